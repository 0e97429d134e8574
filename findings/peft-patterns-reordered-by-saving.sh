#!/usr/bin/env bash
# peft 0.21.2: an adapter with two patterns that match one module is another adapter after save_pretrained and from_pretrained.
#
# `alpha_pattern` and `rank_pattern` are dictionaries; where several patterns match a module, peft takes the first one in the
# dictionary's order. `save_pretrained` writes adapter_config.json with sorted keys, so the order, and with it the pattern that
# wins, is another one for whoever reads the file. Two alphas: the scale of a module changes without a word, and with it what
# the model computes. Two ranks: the file cannot be read back at all (RuntimeError, "size mismatch").
# Nothing warns when the adapter is made, saved or (alphas) loaded.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0, peft 0.21.2):
#   alphas  in memory {'0': 4.0, '1': 4.0}  read back {'0': 8.0, '1': 4.0}  hidden states differ
#   ranks   in memory {'0': 4, '1': 4}  read back: RuntimeError (size mismatch)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  torch==2.15.0 transformers==5.23.0 peft==0.21.2 numpy==2.4.6
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import copy
import sys

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaConfig, LlamaModel

folder = sys.argv[1]
torch.manual_seed(0)
base = LlamaModel(LlamaConfig(
    vocab_size=32, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
    num_attention_heads=2, num_key_value_heads=2))
ids = torch.arange(8)[None]
general_first = lambda general, special: {"q_proj": general, "layers.0.self_attn.q_proj": special}


def of_queries(model, attribute):
    return {
        name.split(".layers.")[1].split(".")[0]: getattr(module, attribute)["default"]
        for name, module in model.named_modules() if name.endswith("self_attn.q_proj")}


def adapted(**patterns):
    configuration = LoraConfig(
        r=8, lora_alpha=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False, **patterns)
    return get_peft_model(copy.deepcopy(base), configuration).eval()


model = adapted(alpha_pattern=general_first(32, 64))
model.save_pretrained(f"{folder}/alphas")
back = PeftModel.from_pretrained(copy.deepcopy(base), f"{folder}/alphas").eval()
before, after = of_queries(model, "scaling"), of_queries(back, "scaling")
with torch.no_grad():
    apart = (model(input_ids=ids).last_hidden_state - back(input_ids=ids).last_hidden_state).abs().max().item()
print(f"alphas  in memory {before}  read back {after}  hidden states {'differ' if apart > 1e-3 else 'agree'}")

model = adapted(rank_pattern=general_first(4, 2))
model.save_pretrained(f"{folder}/ranks")
try:
    PeftModel.from_pretrained(copy.deepcopy(base), f"{folder}/ranks")
    ranks_read = "read"
except RuntimeError as error:
    ranks_read = "RuntimeError (size mismatch)" if "size mismatch" in str(error) else f"RuntimeError: {error}"
print(f"ranks   in memory {of_queries(model, 'r')}  read back: {ranks_read}")

assert before == {"0": 4.0, "1": 4.0}, before
assert after == {"0": 8.0, "1": 4.0}, after
assert apart > 1e-3, apart
assert ranks_read == "RuntimeError (size mismatch)", ranks_read
print("as stated")
PYTHON
