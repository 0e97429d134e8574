#!/usr/bin/env bash
# transformers 5.23.0: under the class LlamaTokenizer a tokenizer.json's own normalizer is replaced, so texts after a special token get other ids.
#
# A tokenizer.json as converted from SentencePiece (BPE with byte fallback) has the normalizer Prepend("▁") + Replace(" ", "▁"), which
# puts a "▁" before every stretch of text between special tokens: the tokenizers library reads "a</s>b" as ▁a </s> ▁b. AutoTokenizer
# with tokenizer_class LlamaTokenizer or LlamaTokenizerFast builds the pipeline anew and puts the "▁" before the first stretch only:
# ▁a </s> b. Every turn of a chat after the first then begins with another token than in a program that reads the file as it stands
# (tokenizers itself, PreTrainedTokenizerFast). With "legacy": true in tokenizer_config.json both agree; without the key they do not.
#
# Seen (x86-64 Linux, transformers 5.23.0, tokenizers 0.23.3):
#   the file itself:                    ▁a </s> ▁b
#   LlamaTokenizer:                     ▁a </s> b
#   LlamaTokenizer, legacy false:       ▁a </s> b
#   LlamaTokenizer, legacy true:        ▁a </s> ▁b
#   PreTrainedTokenizerFast:            ▁a </s> ▁b
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check transformers==5.23.0 tokenizers==0.23.3
HF_HUB_OFFLINE=1 FOLDER=$folder "$folder/venv/bin/python" - <<'PYTHON'
import json
import os

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers
from transformers import AutoTokenizer

folder = os.environ["FOLDER"]
specials = ["<unk>", "<s>", "</s>"]
tokens = specials + [f"<0x{byte:02X}>" for byte in range(256)] + ["▁", "a", "b", "▁a", "▁b"]
file = Tokenizer(
    models.BPE(
        vocab={token: id for id, token in enumerate(tokens)},
        merges=[("▁", "a"), ("▁", "b")],
        unk_token="<unk>",
        fuse_unk=True,
        byte_fallback=True,
    )
)
file.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
file.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
file.add_special_tokens([AddedToken(token, normalized=False) for token in specials])
file.save(os.path.join(folder, "tokenizer.json"))

text = "a</s>b"
as_written = ["▁a", "</s>", "▁b"]
got = file.encode(text, add_special_tokens=False).tokens
print(f"{'the file itself:':35} {' '.join(got)}")
assert got == as_written

for name, settings, expected in [
    ("LlamaTokenizer", {}, ["▁a", "</s>", "b"]),
    ("LlamaTokenizerFast", {}, ["▁a", "</s>", "b"]),
    ("LlamaTokenizer", {"legacy": False}, ["▁a", "</s>", "b"]),
    ("LlamaTokenizer", {"legacy": True}, as_written),
    ("PreTrainedTokenizerFast", {}, as_written),
]:
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as out:
        json.dump({"tokenizer_class": name, "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", **settings}, out)
    loaded = AutoTokenizer.from_pretrained(folder)
    got = loaded.convert_ids_to_tokens(loaded(text, add_special_tokens=False)["input_ids"])
    print(f"{name + ''.join(f', {key} {value}'.lower() for key, value in settings.items()) + ':':35} {' '.join(got)}")
    assert got == expected, got
print("as stated")
PYTHON
