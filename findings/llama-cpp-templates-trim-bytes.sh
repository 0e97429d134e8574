#!/usr/bin/env bash
# llama.cpp of October 2026 (xllamacpp 2026.10.11549): a template's trim leaves white space beyond ASCII, length counts bytes.
#
# Templates in wide use trim each content. In jinja2, which runs them for training and in transformers, that takes away all
# white space of Unicode: the ideographic space of Chinese and Japanese, the no-break space that copied text ends in, the
# separators of lines. llama.cpp has an interpreter of its own, whose trim leaves those where they are, so that the
# model reads tokens before the end of a turn that no training with this template has shown it; a reward that is read at that
# end is another. `length` counts bytes there: a template that asks whether a content is longer than so many
# characters takes another branch.
#
# Seen (x86-64 Linux, xllamacpp 2026.10.11549, transformers 5.23.0, jinja2 3.1.6), what a template makes of a content:
#   '\u3000日本\u3000'  transformers '<user>日本</user>' 4        llama.cpp '<user>\u3000日本\u3000</user>' 12
#   'so\xa0'            transformers '<user>so</user>' 3          llama.cpp '<user>so\xa0</user>' 4
#   ' so\n'             transformers '<user>so</user>' 4          llama.cpp '<user>so</user>' 4
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  xllamacpp==2026.10.11549 gguf==0.19.0 transformers==5.23.0 tokenizers==0.23.3 jinja2==3.1.6
HF_HUB_OFFLINE=1 FOLDER=$folder "$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { tail -20 "$folder/log" >&2; exit 1; }
import json
import os
import sys
import urllib.request

import gguf
import numpy
import xllamacpp
from tokenizers import Tokenizer, models
from transformers import PreTrainedTokenizerFast

TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] | trim }}</{{ message['role'] }}>"
    "{{ message['content'] | length }}{% endfor %}")
HIDDEN, CONTEXT = 32, 64
# GPT-2's alphabet of bytes, one merge, and the two ends.
printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
others = [byte for byte in range(256) if byte not in printable]
letters = {byte: chr(byte) for byte in printable} | {byte: chr(256 + place) for place, byte in enumerate(others)}
TOKENS = [letters[byte] for byte in range(256)] + ["ab", "<s>", "</s>"]

# A server that applies a template needs a model, whose weights do not matter here.
path = os.path.join(os.environ["FOLDER"], "tiny.gguf")
file = gguf.GGUFWriter(path, "llama")
file.add_context_length(CONTEXT)
file.add_embedding_length(HIDDEN)
file.add_block_count(1)
file.add_feed_forward_length(HIDDEN)
file.add_head_count(2)
file.add_layer_norm_rms_eps(1e-5)
file.add_rope_dimension_count(HIDDEN // 2)
file.add_vocab_size(len(TOKENS))
file.add_tokenizer_model("gpt2")
file.add_tokenizer_pre("gpt-2")
file.add_token_list(TOKENS)
file.add_token_types([1] * 257 + [3] * 2)
file.add_token_merges(["a b"])
file.add_bos_token_id(257)
file.add_eos_token_id(258)
file.add_tensor("token_embd.weight", numpy.ones((len(TOKENS), HIDDEN), numpy.float32))
for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
    file.add_tensor(f"{name}.weight", numpy.ones(HIDDEN, numpy.float32))
for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"):
    file.add_tensor(f"blk.0.{name}.weight", numpy.ones((HIDDEN, HIDDEN), numpy.float32))
file.write_header_to_file()
file.write_kv_data_to_file()
file.write_tensors_to_file()
file.close()

settings = xllamacpp.CommonParams()
settings.model.path = path
settings.n_ctx = settings.n_batch = settings.n_ubatch = CONTEXT
settings.n_parallel = 1
settings.warmup = False
settings.use_jinja = True
settings.chat_template = TEMPLATE
server = xllamacpp.Server(settings)
tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"<unk>": 0}, unk_token="<unk>")))
tokenizer.chat_template = TEMPLATE


def by_llama(messages):
    request = urllib.request.Request(
        f"{server.listening_address}/apply-template", json.dumps({"messages": messages}).encode(),
        {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["prompt"]


def parts(text):
    """The turn and the length behind it."""
    turn, length = text.rsplit(">", 1)
    return f"{turn}>", int(length)


seen = {}
for content in ("\u3000日本\u3000", "so\u00a0", " so\n"):
    messages = [{"role": "user", "content": content}]
    seen[content] = parts(tokenizer.apply_chat_template(messages, tokenize=False)), parts(by_llama(messages))
    print("{!r:<18}  transformers {!r} {}  llama.cpp {!r} {}".format(content, *seen[content][0], *seen[content][1]))
expected = {
    "\u3000日本\u3000": (("<user>日本</user>", 4), ("<user>\u3000日本\u3000</user>", 12)),
    "so\u00a0": (("<user>so</user>", 3), ("<user>so\u00a0</user>", 4)),
    " so\n": (("<user>so</user>", 4), ("<user>so</user>", 4))}
print("as stated" if seen == expected else "changed")
sys.stdout.flush()
os._exit(0 if seen == expected else 1)  # the server's thread is not waited for
PYTHON
