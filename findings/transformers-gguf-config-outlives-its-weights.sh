#!/usr/bin/env bash
# transformers 5.23.0: a model read from a GGUF file cannot be saved, and what is made of its config says for ever that it is GGUF.
#
# `from_pretrained(..., gguf_file=FILE)` gives ordinary float32 weights in ordinary layers (but where a GPU kernel is at hand), and
# leaves a `quantization_config` of method "gguf" in the config. `save_pretrained` then refuses the model as one that cannot be
# written, although the documentation of version 4 shows it as the way from such a file to a folder. Any other model that is made of that config (a
# classifier with a new head, say) is saved without a word, and its config.json says that the weights beside it, plain floats, are
# quantized by GGUF and names a file that is not there. transformers reads that folder as what it is. A reader that takes the key
# at its word refuses a folder of floats, or looks for blocks in it.
#
# Seen (x86-64 Linux, gguf 0.19.0, torch 2.15.0, transformers 5.23.0):
#   read from GGUF: torch.float32, Linear
#   saved: ValueError, not serializable
#   made of its config: quant_method gguf in config.json beside F32 in model.safetensors; read again, weights equal
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  gguf==0.19.0 torch==2.15.0 transformers==5.23.0 accelerate==1.15.0 numpy==2.4.6
HF_HUB_OFFLINE=1 FOLDER=$folder "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import json
import os

import gguf
import numpy
import torch
from safetensors import safe_open
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, LlamaForSequenceClassification

folder = os.environ["FOLDER"]
HIDDEN, INNER, WORDS = 32, 64, 40
writer = gguf.GGUFWriter(os.path.join(folder, "tiny.gguf"), "llama")
writer.add_context_length(64)
writer.add_embedding_length(HIDDEN)
writer.add_block_count(1)
writer.add_feed_forward_length(INNER)
writer.add_head_count(2)
writer.add_head_count_kv(2)
writer.add_layer_norm_rms_eps(1e-5)
writer.add_rope_dimension_count(16)
writer.add_rope_freq_base(10000.0)
writer.add_vocab_size(WORDS)
writer.add_tokenizer_model("llama")
writer.add_token_list([f"<{number}>" for number in range(WORDS)])
writer.add_token_scores([0.0] * WORDS)
writer.add_token_types([1] * WORDS)
source = numpy.random.default_rng(1)
shapes = {"token_embd": (WORDS, HIDDEN), "output_norm": (HIDDEN,), "output": (WORDS, HIDDEN)}
shapes |= {"blk.0.attn_norm": (HIDDEN,), "blk.0.ffn_norm": (HIDDEN,), "blk.0.ffn_down": (HIDDEN, INNER)}
shapes |= {f"blk.0.attn_{name}": (HIDDEN, HIDDEN) for name in ("q", "k", "v", "output")}
shapes |= {f"blk.0.ffn_{name}": (INNER, HIDDEN) for name in ("gate", "up")}
for name, shape in shapes.items():
    writer.add_tensor(f"{name}.weight", (0.1 * source.normal(size=shape)).astype(numpy.float32))
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()

model = AutoModelForCausalLM.from_pretrained(folder, gguf_file="tiny.gguf", dtype=torch.float32)
kinds = {str(parameter.dtype) for parameter in model.parameters()}
print(f"read from GGUF: {', '.join(kinds)}, {type(model.model.layers[0].mlp.up_proj).__name__}")
try:
    model.save_pretrained(os.path.join(folder, "saved"))
    refused = False
except ValueError as error:
    refused = "not serializable" in str(error)
print("saved: " + ("ValueError, not serializable" if refused else "without an error"))

config = model.config
config.num_labels = 1
classifier = LlamaForSequenceClassification(config)
place = os.path.join(folder, "classifier")
classifier.save_pretrained(place)
with open(os.path.join(place, "config.json")) as file:
    method = (json.load(file).get("quantization_config") or {}).get("quant_method")
with safe_open(os.path.join(place, "model.safetensors"), "pt") as file:
    stored = {file.get_slice(name).get_dtype() for name in file.keys()}
again = AutoModelForSequenceClassification.from_pretrained(place, dtype=torch.float32)
equal = all(torch.equal(value, again.state_dict()[name]) for name, value in classifier.state_dict().items())
print(
    f"made of its config: quant_method {method} in config.json beside {', '.join(stored)} in model.safetensors; read again, "
    f"weights {'equal' if equal else 'differ'}")
assert kinds == {"torch.float32"} and refused, "transformers behaves otherwise now"
assert method == "gguf" and stored == {"F32"} and equal, "transformers behaves otherwise now"
PYTHON
