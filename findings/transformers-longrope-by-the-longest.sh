#!/usr/bin/env bash
# transformers 5.23.0: in a batch, LongRoPE turns a short text by the factors of the longest one, and its reward is another.
#
# Phi-3's rotary embedding has two sets of factors: for texts up to the original context, and for longer ones. Which of them
# is taken depends on the greatest position of the whole batch, so that what a text is worth depends on its neighbors (padding
# alone does that, too: it has positions). The same holds for a conversation that grows: its first tokens are turned anew.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0), the reward of a text of 10 tokens, original context 16:
#   alone                             0.1514
#   padded to 16 tokens               0.1514
#   padded to 17 tokens               0.1663
#   in a batch with one of 30 tokens  0.1663
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 transformers==5.23.0 numpy==2.4.6
HF_HUB_OFFLINE=1 "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from transformers import Phi3Config, Phi3ForSequenceClassification

torch.manual_seed(0)
model = Phi3ForSequenceClassification(Phi3Config(
    vocab_size=50, hidden_size=16, intermediate_size=20, num_hidden_layers=2, num_attention_heads=2,
    num_key_value_heads=1, max_position_embeddings=128, original_max_position_embeddings=16, pad_token_id=0,
    bos_token_id=1, eos_token_id=2, num_labels=1, rope_parameters={
        "rope_type": "longrope", "rope_theta": 1000.0, "short_factor": [1.0, 1.3, 1.7, 2.0],
        "long_factor": [3.0, 5.0, 7.0, 9.0], "original_max_position_embeddings": 16})).eval()
for parameter in model.parameters():
    parameter.data.normal_(0, 0.3)
text, other = torch.randint(3, 50, (10,)), torch.randint(3, 50, (30,))


def reward(*rows):
    ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True)
    with torch.no_grad():
        return model(ids, attention_mask=(ids != 0).long()).logits[0].item()


def padded(length):
    return torch.nn.functional.pad(text, (0, length - len(text)))


seen = {"alone": reward(text), "padded to 16 tokens": reward(padded(16)), "padded to 17 tokens": reward(padded(17)),
        "in a batch with one of 30 tokens": reward(text, other)}
for name, value in seen.items():
    print(f"{name:<33}{value:7.4f}")
first, same, turned, batched = seen.values()
assert abs(same - first) < 1e-5 and abs(turned - first) > 1e-3 and abs(batched - first) > 1e-3
print("as stated")
PYTHON
