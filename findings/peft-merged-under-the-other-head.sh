#!/usr/bin/env bash
# peft 0.21.2: merge_and_unload(adapter_names=["b"]) merges b's matrices under the head of whichever adapter is active.
#
# A reward adapter has a LoRA and a head of its own (modules_to_save, which task type SEQ_CLS adds by itself). Two of them
# over one backbone, "a" and "b", each give their own rewards once chosen with set_adapter. `adapter_names` says which ones
# become weights, but the heads do not go by it: the model that is left has b's layers and the head of "a" if that was active,
# as is the adapter that was read first. Its rewards are those of neither. The same holds for merge_adapter(adapter_names).
# Nothing warns.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0, peft 0.21.2), the reward of one text:
#   a -4.1207, b 4.3474
#   merged "b", active a: -2.9950 (b's layers with a's head: -2.9950)
#   merged "b", active b: 4.3474
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
from transformers import LlamaConfig, LlamaForSequenceClassification

folder = sys.argv[1]
torch.manual_seed(0)
base = LlamaForSequenceClassification(LlamaConfig(
    vocab_size=32, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2,
    num_labels=1, pad_token_id=0)).eval()
ids = torch.arange(1, 9)[None]


@torch.no_grad()
def reward(model):
    return model(input_ids=ids).logits.item()


heads = {}
for seed, name in enumerate("ab", start=1):
    torch.manual_seed(seed)
    model = get_peft_model(copy.deepcopy(base), LoraConfig(
        task_type="SEQ_CLS", r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], init_lora_weights=False))
    heads[name] = model.base_model.model.score.modules_to_save["default"].weight
    with torch.no_grad():
        heads[name].normal_()
    model.save_pretrained(f"{folder}/{name}")


def read(active):
    model = PeftModel.from_pretrained(copy.deepcopy(base), f"{folder}/a", adapter_name="a").eval()
    model.load_adapter(f"{folder}/b", "b")
    model.set_adapter(active)
    return model


rewards = {name: reward(read(name)) for name in "ab"}
merged = {active: reward(read(active).merge_and_unload(adapter_names=["b"])) for active in "ab"}
in_place = read("a")
in_place.merge_adapter(adapter_names=["b"])
mixed = read("b").merge_and_unload()
with torch.no_grad():
    mixed.score.weight.copy_(heads["a"])
print("a {a:.4f}, b {b:.4f}".format(**rewards))
print(f"merged \"b\", active a: {merged['a']:.4f} (b's layers with a's head: {reward(mixed):.4f})")
print(f"merged \"b\", active b: {merged['b']:.4f}")
assert abs(merged["b"] - rewards["b"]) < 1e-4, merged
assert abs(merged["a"] - reward(mixed)) < 1e-4 and abs(reward(in_place) - reward(mixed)) < 1e-4, merged
assert min(abs(merged["a"] - value) for value in rewards.values()) > 0.5, merged
print("as stated")
PYTHON
