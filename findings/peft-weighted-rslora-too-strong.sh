#!/usr/bin/env bash
# peft 0.21.2: add_weighted_adapter of rsLoRA adapters gives the square root of the new rank times the weighted sum.
#
# The factors of the joined adapter already hold everything, so it is given alpha = rank, a scale of one under alpha / rank. The
# configuration it copies says use_rslora, under which the scale is alpha / sqrt(rank) = sqrt(rank). The combinations "cat" and
# "svd", exact for ordinary adapters, are twice too strong for two adapters of rank 2 (new rank 4); nothing warns.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0, peft 0.21.2), joined over the sum of 0.5 A and 0.5 B, rank 2 each:
#   LoRA    cat 1.0000  svd 1.0000
#   rsLoRA  cat 2.0000  svd 2.0000
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  torch==2.15.0 transformers==5.23.0 peft==0.21.2 numpy==2.4.6
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from peft import LoraConfig, get_peft_model
from transformers import LlamaConfig, LlamaModel


def strengths(use_rslora):
    torch.manual_seed(0)
    base = LlamaModel(LlamaConfig(
        vocab_size=32, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, num_key_value_heads=2))
    configuration = lambda: LoraConfig(
        r=2, lora_alpha=4, target_modules=["q_proj"], init_lora_weights=False, use_rslora=use_rslora)
    model = get_peft_model(base, configuration(), adapter_name="a")
    model.add_adapter("b", configuration())
    queries = model.base_model.model.layers[0].self_attn.q_proj
    result = {}
    for combination in ("cat", "svd"):
        model.add_weighted_adapter(
            ["a", "b"], [0.5, 0.5], combination, combination_type=combination,
            svd_rank=4 if combination == "svd" else None)
        expected = 0.5 * queries.get_delta_weight("a") + 0.5 * queries.get_delta_weight("b")
        joined = queries.get_delta_weight(combination)
        # The same direction; how much longer?
        result[combination] = ((joined * expected).sum() / (expected * expected).sum()).item()
        assert torch.allclose(joined, result[combination] * expected, atol=1e-5)
    return result


ordinary, stabilized = strengths(False), strengths(True)
for name, values in (("LoRA  ", ordinary), ("rsLoRA", stabilized)):
    print(name, "", "  ".join(f"{combination} {value:.4f}" for combination, value in values.items()))
assert all(abs(value - 1) < 1e-3 for value in ordinary.values()), ordinary
assert all(abs(value - 2) < 1e-3 for value in stabilized.values()), stabilized
print("as stated")
PYTHON
