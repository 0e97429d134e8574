#!/usr/bin/env bash
# trl 1.16.0: RewardTrainer appends the end-of-sequence token to every text, and without a pad token the reward is read before it.
#
# A tokenizer without a pad token is given its end-of-sequence token as one, and the model's pad_token_id is set to the same id.
# The classifier of transformers reads its reward at the right-most token that is not that id: the token appended to every text
# to mark its end is the one token that no reward is read at, and, attention being causal, that no reward depends on.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0, trl 1.16.0), the change of a reward when the end token's embedding changes:
#   no pad token of its own   0.0000
#   with one                  0.2836
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
from transformers import LlamaConfig, LlamaForSequenceClassification, PreTrainedTokenizerFast
from trl import RewardConfig, RewardTrainer

WORDS = ["<unk>", "</s>", "<pad>", "good", "bad", "why", "so"]


def change(**special):
    words = Tokenizer(models.WordLevel({word: id for id, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>", eos_token="</s>", **special)
    torch.manual_seed(0)
    model = LlamaForSequenceClassification(LlamaConfig(
        vocab_size=len(WORDS), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, num_labels=1, pad_token_id=None))
    rows = Dataset.from_list([{"prompt": "why ", "chosen": "so good", "rejected": "so bad"}])
    trainer = RewardTrainer(
        model, RewardConfig(output_dir=os.environ["FOLDER"], report_to="none", use_cpu=True, bf16=False),
        train_dataset=rows, processing_class=tokenizer)
    ids = trainer.train_dataset[0]["chosen_ids"]
    assert ids[-1] == tokenizer.eos_token_id, ids
    model = trainer.model.eval()

    def reward():
        with torch.no_grad():
            return model(torch.tensor([ids])).logits.item()

    before = reward()
    with torch.no_grad():
        model.model.embed_tokens.weight[tokenizer.eos_token_id] += 1
    return abs(reward() - before)


without, own = change(), change(pad_token="<pad>")
print(f"no pad token of its own   {without:.4f}\nwith one                  {own:.4f}")
assert without == 0 and own > 1e-3
print("as stated")
PYTHON
