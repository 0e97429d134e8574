#!/usr/bin/env bash
# transformers 5.23.0: an id in added_tokens_decoder that is not the next free one is not used; the token gets the next free id.
#
# A tokenizer.json of 257 tokens (ids 0 to 256) beside a tokenizer_config.json whose added_tokens_decoder says that "<z>" has id
# 300, as where rows of the embedding in between are padding: AutoTokenizer gives "<z>" the id 257 and says nothing. The model
# then reads another row of its embedding, and a pad or end-of-turn token that configurations name by its id is another token.
#
# Seen (x86-64 Linux, transformers 5.23.0, tokenizers 0.23.3): said 300, got 257, for PreTrainedTokenizerFast and Qwen2Tokenizer
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0 tokenizers==0.23.3
HF_HUB_OFFLINE=1 FOLDER=$folder "$folder/venv/bin/python" - <<'PYTHON'
import json
import os

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoTokenizer

folder = os.environ["FOLDER"]
alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
tokenizer = Tokenizer(models.BPE(vocab={letter: id for id, letter in enumerate(alphabet)}, merges=[]))
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.add_special_tokens([AddedToken("<a>", normalized=False)])
assert tokenizer.token_to_id("<a>") == 256
tokenizer.save(os.path.join(folder, "tokenizer.json"))


def entry(content):
    return {"content": content, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False, "special": True}


for name in ("PreTrainedTokenizerFast", "Qwen2Tokenizer"):
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as file:
        json.dump({"tokenizer_class": name, "added_tokens_decoder": {"256": entry("<a>"), "300": entry("<z>")}}, file)
    loaded = AutoTokenizer.from_pretrained(folder)
    id = loaded.convert_tokens_to_ids("<z>")
    print(f"{name}: said 300, got {id}; ids of 'x<z>': {loaded('x<z>')['input_ids']}")
    assert id == 257 and loaded("x<z>")["input_ids"][-1] == 257
    assert 300 not in loaded.added_tokens_decoder
print("as stated")
PYTHON
