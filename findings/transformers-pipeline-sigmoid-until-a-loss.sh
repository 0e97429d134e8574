#!/usr/bin/env bash
# transformers 5.23.0: the pipeline gives a reward as a sigmoid or as it is, by whether a loss was ever computed with the model.
#
# A classifier of one output whose config names no problem_type: the pipeline "text-classification" gives the sigmoid of its
# logit. Calling the model once with labels, as for a validation loss, writes problem_type "regression" into its config,
# weights and all else unchanged, and from then on the same pipeline object gives the logit itself. The key is saved: of two
# copies of one reward model, the folder written after a loss gives other scores than the one written before, where all
# rewards above 17 are one score, 1.0. Trainers that compute their loss from the logits, as trl's RewardTrainer does, leave
# the key out.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0), the score of one text:
#   before a loss: problem_type None, score 0.9991; after one: problem_type regression, score 7.0565
#   saved before, read again: 0.9991; saved after, read again: 7.0565; weights equal
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  torch==2.15.0 transformers==5.23.0 tokenizers==0.23.3 numpy==2.4.6
HF_HUB_OFFLINE=1 FOLDER=$folder "$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { tail -20 "$folder/log" >&2; exit 1; }
import math
import os

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    AutoModelForSequenceClassification, LlamaConfig, LlamaForSequenceClassification, PreTrainedTokenizerFast, pipeline)

folder = os.environ["FOLDER"]
WORDS = ["<unk>", "</s>", "<pad>", "good", "bad", "why", "so"]
words = Tokenizer(models.WordLevel({word: id for id, word in enumerate(WORDS)}, unk_token="<unk>"))
words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>", eos_token="</s>", pad_token="<pad>")
torch.manual_seed(0)
model = LlamaForSequenceClassification(LlamaConfig(
    vocab_size=len(WORDS), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
    num_key_value_heads=2, num_labels=1, pad_token_id=2, eos_token_id=1)).eval()
with torch.no_grad():
    model.score.weight.normal_(0, 3)
ids = torch.tensor([tokenizer("why good")["input_ids"]])
scorer = pipeline("text-classification", model=model, tokenizer=tokenizer)
seen, weights = [], []
for when in ("before", "after"):
    seen.append((model.config.problem_type, scorer("why good")[0]["score"]))
    model.save_pretrained(f"{folder}/{when}")
    with torch.no_grad():
        logit = model(input_ids=ids).logits.item()
        model(input_ids=ids, labels=torch.tensor([1.0]))
print("before a loss: problem_type {}, score {:.4f}; after one: problem_type {}, score {:.4f}".format(*seen[0], *seen[1]))
again = []
for when in ("before", "after"):
    read = AutoModelForSequenceClassification.from_pretrained(f"{folder}/{when}", dtype=torch.float32)
    weights.append(read.state_dict())
    again.append(pipeline("text-classification", model=read, tokenizer=tokenizer)("why good")[0]["score"])
equal = all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())
print(
    f"saved before, read again: {again[0]:.4f}; saved after, read again: {again[1]:.4f}; "
    f"weights {'equal' if equal else 'differ'}")
assert [kind for kind, _ in seen] == [None, "regression"], seen
assert abs(seen[0][1] - 1 / (1 + math.exp(-logit))) < 1e-5 and abs(seen[1][1] - logit) < 1e-5, (seen, logit)
assert equal and abs(again[0] - seen[0][1]) < 1e-6 and abs(again[1] - logit) < 1e-5, again
print("as stated")
PYTHON
