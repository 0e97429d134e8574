#!/usr/bin/env bash
# trl 1.16.0: eval_accuracy of RewardTrainer is a mean over batches: a last pair alone counts as much as four.
#
# Five pairs of which the model orders four right, in batches of four and one: eval_accuracy is 0.5 where the last pair is the
# wrong one, 0.875 where it is one of the first four, and 0.8 in one batch. So the same model on the same pairs has an
# accuracy that depends on their order and on per_device_eval_batch_size, and two models that were evaluated with other
# batches cannot be compared by it. eval_margin goes by batches, too; eval_loss beside them is the mean over pairs.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0, trl 1.16.0), four of five pairs right:
#   batches of 4 and 1, the wrong pair last: eval_accuracy 0.500, eval_margin 0.000, eval_loss 0.6369
#   batches of 4 and 1, the wrong pair first: eval_accuracy 0.875, eval_margin 0.154, eval_loss 0.6369
#   one batch of 5: eval_accuracy 0.800, eval_margin 0.123, eval_loss 0.6369
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  torch==2.15.0 transformers==5.23.0 trl==1.16.0 accelerate==1.15.0 datasets==5.2.0 tokenizers==0.23.3 numpy==2.4.6
HF_HUB_OFFLINE=1 HF_HOME=$folder/cache FOLDER=$folder "$folder/venv/bin/python" -W ignore - 2>"$folder/stderr" <<'PYTHON' ||
import os
import sys

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForSequenceClassification, PreTrainedTokenizerFast
from trl import RewardConfig, RewardTrainer

sys.stdout = sys.stderr  # the trainer writes there, too
WORDS = ["<unk>", "</s>", "<pad>", "good", "bad", "why", "so"]
words = Tokenizer(models.WordLevel({word: id for id, word in enumerate(WORDS)}, unk_token="<unk>"))
words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, unk_token="<unk>", eos_token="</s>", pad_token="<pad>")
torch.manual_seed(0)
model = LlamaForSequenceClassification(LlamaConfig(
    vocab_size=len(WORDS), hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2,
    num_key_value_heads=2, num_labels=1, pad_token_id=2, eos_token_id=1)).eval()
with torch.no_grad():
    for weights in (weights for weights in model.parameters() if weights.dim() == 2):
        weights.normal_(0, 0.5)
    ids = torch.tensor([[WORDS.index("why"), WORDS.index(word), WORDS.index("</s>")] for word in ("good", "bad")])
    good, bad = model(input_ids=ids).logits.flatten().tolist()
better, worse = ("good", "bad") if good > bad else ("bad", "good")
right = {"prompt": "why ", "chosen": better, "rejected": worse}
wrong = {"prompt": "why ", "chosen": worse, "rejected": better}


def evaluated(rows, batch):
    rows = Dataset.from_list(rows)
    settings = RewardConfig(
        output_dir=os.environ["FOLDER"], report_to="none", use_cpu=True, bf16=False, gradient_checkpointing=False,
        per_device_eval_batch_size=batch)
    trainer = RewardTrainer(model, args=settings, train_dataset=rows, eval_dataset=rows, processing_class=tokenizer)
    found = trainer.evaluate()
    return tuple(round(found[f"eval_{name}"], 4) + 0.0 for name in ("accuracy", "margin", "loss"))


seen = []
for name, rows, batch in (
    ("batches of 4 and 1, the wrong pair last", [right] * 4 + [wrong], 4),
    ("batches of 4 and 1, the wrong pair first", [wrong] + [right] * 4, 4),
    ("one batch of 5", [right] * 4 + [wrong], 5),
):
    seen.append(evaluated(rows, batch))
    print("{}: eval_accuracy {:.3f}, eval_margin {:.3f}, eval_loss {:.4f}".format(name, *seen[-1]), file=sys.__stdout__)
assert all(abs(found[0] - stated) < 1e-6 for found, stated in zip(seen, (0.5, 0.875, 0.8))), seen
margin, losses = abs(good - bad), [loss for *_, loss in seen]
assert all(abs(found[1] - share * margin) < 1e-4 for found, share in zip(seen, (0, 0.75, 0.6))), seen
assert max(losses) - min(losses) < 1e-4, seen
print("as stated", file=sys.__stdout__)
PYTHON
{ tail -20 "$folder/stderr" >&2; exit 1; }
