#!/usr/bin/env bash
# transformers 5.23.0: "is_causal": false in the config.json of a Llama turns its causal attention off, and nothing says so.
#
# LlamaConfig has no field of that name, and keys it does not know are kept as attributes. The function that makes the mask looks
# for `is_causal` on any configuration, so that the stray key makes every token see the ones after it. Hidden states, rewards and
# log-probabilities change; a model that was trained causally still loads and scores without a warning.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0): how much another last token changes the state of the first token
#   eager  key absent 0.000  true 0.000  false 0.221
#   sdpa   key absent 0.000  true 0.000  false 0.221
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  torch==2.15.0 transformers==5.23.0 numpy==2.4.6
HF_HUB_OFFLINE=1 FOLDER=$folder "$folder/venv/bin/python" - <<'PYTHON'
import json
import os
import warnings

import torch
from transformers import AutoModel, LlamaConfig, LlamaModel

folder = os.path.join(os.environ["FOLDER"], "model")
torch.manual_seed(0)
LlamaModel(LlamaConfig(
    vocab_size=32, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
    num_attention_heads=2, num_key_value_heads=2)).save_pretrained(folder)
path = os.path.join(folder, "config.json")
original = json.load(open(path))
assert "is_causal" not in original


def change(implementation, value):
    with open(path, "w") as file:
        json.dump(original | ({} if value is None else {"is_causal": value}), file)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a warning would be an answer
        model = AutoModel.from_pretrained(folder, attn_implementation=implementation).eval()
    with torch.no_grad():
        first, other = (
            model(torch.tensor([ids])).last_hidden_state[0, 0] for ids in ([3, 4, 5, 6], [3, 4, 5, 9]))
    return (first - other).abs().max().item()


for implementation in ("eager", "sdpa"):
    values = {name: change(implementation, value) for name, value in
              (("absent", None), ("true", True), ("false", False))}
    print(implementation, " key", "  ".join(f"{name} {value:.3f}" for name, value in values.items()))
    assert values["absent"] == 0 and values["true"] == 0 and values["false"] > 0.01, values
print("as stated")
PYTHON
