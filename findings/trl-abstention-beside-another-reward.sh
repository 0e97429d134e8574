#!/usr/bin/env bash
# trl 1.16.0: of two reward functions of GRPO, one that abstains from a completion has as good as answered 0.
#
# A reward function may return None for a completion. If all functions do, the completion is left out of its group's mean and
# gets no advantage. If one of several does, the sum is taken over the others, without its weight: the completion is compared
# with siblings whose sums have a term more. Where that term is usually 10, abstaining costs 10, and the best completion of the
# group by the other function becomes the worst by far. A reward model that could not read one text punishes it. The logged mean
# of the abstaining function leaves the completion out, so nothing shows.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0, trl 1.16.0), a group of four, rewards (quality, length):
#   (10, 1) (10, 2) (10, 3) (None, 4): advantages 0.245 0.490 0.735 -1.470, rewards/quality/mean 10.0
#   the same with quality alone, None, 10, 10 and 10: advantages 0 for all
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  torch==2.15.0 transformers==5.23.0 trl==1.16.0 datasets==5.2.0 tokenizers==0.23.3 numpy==2.4.6
HF_HUB_OFFLINE=1 HF_HOME=$folder/cache "$folder/venv/bin/python" -W ignore - "$folder" 2>"$folder/stderr" <<'PYTHON' ||
import sys

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer

folder = sys.argv[1]
letters = {chr(97 + i): i + 2 for i in range(26)}
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=Tokenizer(models.BPE(vocab={"<pad>": 0, "<eos>": 1, **letters}, merges=[])),
    pad_token="<pad>", eos_token="<eos>")


def advantages(*reward_functions):
    torch.manual_seed(0)
    model = LlamaForCausalLM(LlamaConfig(
        vocab_size=len(letters) + 2, hidden_size=16, intermediate_size=32, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, pad_token_id=0, eos_token_id=1, bos_token_id=None))
    trainer = GRPOTrainer(
        model=model, reward_funcs=list(reward_functions), processing_class=tokenizer,
        train_dataset=Dataset.from_list([{"prompt": "abc"}] * 4),
        args=GRPOConfig(
            output_dir=folder, per_device_train_batch_size=4, num_generations=4, max_completion_length=4, max_steps=1,
            report_to=[], use_cpu=True, bf16=False, logging_steps=1, save_strategy="no", disable_tqdm=True))
    trainer.train()
    return [round(value, 3) for value in list(trainer._logs["advantages"])[:4]], trainer.state.log_history[0]


def quality(completions, **columns):
    return [10.0, 10.0, 10.0, None]


def length(completions, **columns):
    return [1.0, 2.0, 3.0, 4.0]


both, log = advantages(quality, length)
alone, _ = advantages(quality)
print("two functions:", both, "mean of quality", log["rewards/quality/mean"], file=sys.__stdout__)
print("one function: ", alone, file=sys.__stdout__)
assert both[3] < -1 and both[3] == min(both), both
assert log["rewards/quality/mean"] == 10.0, log
assert all(value == 0 for value in alone), alone
print("as stated", file=sys.__stdout__)
PYTHON
{ cat "$folder/stderr" >&2; exit 1; }
