#!/usr/bin/env bash
# trl 1.16.0: the reference policy of RLOOTrainer and GRPOTrainer is read by the name in the model's config, not of the model given.
#
# Both trainers take a model that is already in memory. Where a divergence from a reference counts (beta is not 0; 0.05 is the
# default of RLOO), the reference is read anew from the place that the model's config says it came from. What was done to the
# weights in between (an adapter merged, a step of supervised training, a state dict) is not in it, without a warning: the
# policy is penalized for having left weights that it never had in this run. A model made of a config has the name "", and there
# the trainer fails.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0, trl 1.16.0), the greatest difference of a weight before the first step:
#   RLOOTrainer   reference and policy 1.0000, reference and folder 0.0000
#   GRPOTrainer   reference and policy 1.0000, reference and folder 0.0000
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  torch==2.15.0 transformers==5.23.0 trl==1.16.0 accelerate==1.15.0 datasets==5.2.0 numpy==2.4.6
HF_HUB_OFFLINE=1 FOLDER=$folder "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import os

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer

WORDS = ["<unk>", "</s>", "<pad>", "good", "bad", "why", "so"]
words = Tokenizer(models.WordLevel({word: id for id, word in enumerate(WORDS)}, unk_token="<unk>"))
words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=words, unk_token="<unk>", eos_token="</s>", pad_token="<pad>", padding_side="left")

torch.manual_seed(0)
stored = LlamaForCausalLM(LlamaConfig(
    vocab_size=len(WORDS), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
    num_key_value_heads=2, eos_token_id=1, pad_token_id=2))
path = os.path.join(os.environ["FOLDER"], "policy")
stored.save_pretrained(path)
rows = Dataset.from_list([{"prompt": "why so"}] * 4)


def apart(one, other):
    other = other.state_dict()
    return max((value - other[name]).abs().max().item() for name, value in one.state_dict().items())


seen = []
for trainer_type, config_type in [(RLOOTrainer, RLOOConfig), (GRPOTrainer, GRPOConfig)]:
    policy = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    with torch.no_grad():
        policy.model.norm.weight += 1
    options = dict(
        output_dir=os.environ["FOLDER"], report_to="none", use_cpu=True, bf16=False, beta=0.05,
        per_device_train_batch_size=2, num_generations=2, max_completion_length=4)
    trainer = trainer_type(
        policy, lambda completions, **_: [0.0] * len(completions), args=config_type(**options), train_dataset=rows,
        processing_class=tokenizer)
    found = apart(trainer.ref_model, trainer.model), apart(trainer.ref_model, stored)
    print(f"{trainer_type.__name__:<12}  reference and policy {found[0]:.4f}, reference and folder {found[1]:.4f}")
    seen.append(found)
assert all(policy > 0.9 and folder == 0 for policy, folder in seen)
print("as stated")
PYTHON
