#!/usr/bin/env bash
# trl 1.16.0: a reward model of RewardTrainer is trained on <s> text </s>, and GRPOTrainer asks it about the text without both.
#
# For rows of plain strings RewardTrainer appends the end token to each text, and the tokenizer puts its beginning token
# before it. Given that model, with the same tokenizer and the same strings, GRPOTrainer turns completions into text without
# special tokens and tokenizes prompt and completion with add_special_tokens=False: no beginning, and no end, though the
# policy wrote one. The reward is read at a token after which none was read in training. Conversations get the same tokens
# from both, those of the chat template. Nothing warns.
#
# Seen (x86-64 Linux, torch 2.15.0, transformers 5.23.0, trl 1.16.0), what the reward model is given:
#   strings        RewardTrainer <s> why so good </s>   GRPOTrainer why so good
#   conversations  RewardTrainer <s> why so good        GRPOTrainer <s> why so good
#   the rewards of the first line: 2.1565 and -1.9868
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
  torch==2.15.0 transformers==5.23.0 trl==1.16.0 accelerate==1.15.0 datasets==5.2.0 tokenizers==0.23.3 jinja2==3.1.6 numpy==2.4.6
HF_HUB_OFFLINE=1 HF_HOME=$folder/cache FOLDER=$folder "$folder/venv/bin/python" -W ignore - 2>"$folder/stderr" <<'PYTHON' ||
import copy
import os
import sys

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer, RewardConfig, RewardTrainer

sys.stdout = sys.stderr  # the trainers write there, too
WORDS = ["<unk>", "<s>", "</s>", "<pad>", "good", "bad", "why", "so"]
words = Tokenizer(models.WordLevel({word: id for id, word in enumerate(WORDS)}, unk_token="<unk>"))
words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
words.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
tokenizer = PreTrainedTokenizerFast(
    tokenizer_object=words, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>")
tokenizer.chat_template = "{{ bos_token }}{% for message in messages %} {{ message['content'] }}{% endfor %}"

torch.manual_seed(0)
sizes = dict(
    vocab_size=len(WORDS), hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
    num_key_value_heads=2, bos_token_id=1, eos_token_id=2, pad_token_id=3)
reward_model = LlamaForSequenceClassification(LlamaConfig(**sizes, num_labels=1)).eval()
with torch.no_grad():
    reward_model.model.embed_tokens.weight.normal_()
    reward_model.score.weight.normal_()
policy = LlamaForCausalLM(LlamaConfig(**sizes))
common = dict(output_dir=os.environ["FOLDER"], report_to="none", use_cpu=True, bf16=False, gradient_checkpointing=False)


def given(trainer_of, use):
    """The texts that a reward model is given, as words."""
    model, rows = copy.deepcopy(reward_model), []
    model.register_forward_pre_hook(lambda _, __, inputs: rows.extend(inputs["input_ids"].tolist()), with_kwargs=True)
    use(trainer_of(model))
    return {" ".join(WORDS[id] for id in row) for row in rows}


def of_pairs(prompt, chosen, rejected):
    rows = Dataset.from_list([{"prompt": prompt, "chosen": chosen, "rejected": rejected}] * 2)
    return given(lambda model: RewardTrainer(
        model, args=RewardConfig(per_device_eval_batch_size=2, **common), train_dataset=rows, eval_dataset=rows,
        processing_class=tokenizer), lambda trainer: trainer.evaluate())


def of_policy(prompt):
    """Two completions of one word and the end token each."""
    rest = [id for id, word in enumerate(WORDS) if word not in ("good", "bad", "</s>")]
    settings = GRPOConfig(
        per_device_train_batch_size=16, num_generations=16, max_completion_length=2, max_steps=1, seed=1,
        generation_kwargs={"suppress_tokens": rest, "begin_suppress_tokens": [2], "forced_eos_token_id": 2}, **common)
    return given(lambda model: GRPOTrainer(
        copy.deepcopy(policy), model, args=settings, train_dataset=Dataset.from_list([{"prompt": prompt}] * 16),
        processing_class=tokenizer, reward_processing_classes=tokenizer), lambda trainer: trainer.train())


turn = lambda role, content: [{"role": role, "content": content}]
strings = of_pairs("why so ", "good", "bad"), of_policy("why so ")
conversations = of_pairs(
    turn("user", "why so"), turn("assistant", "good"), turn("assistant", "bad")), of_policy(turn("user", "why so"))
shown = []
for name, (trained, scored) in (("strings", strings), ("conversations", conversations)):
    shown.append([next(text for text in texts if "good" in text) for texts in (trained, scored)])
    print(f"{name:<13}  RewardTrainer {shown[-1][0]:<20}  GRPOTrainer {shown[-1][1]}", file=sys.__stdout__)
with torch.no_grad():
    rewards = [
        reward_model(input_ids=torch.tensor([[WORDS.index(word) for word in text.split()]])).logits.item() for text in shown[0]]
print("the rewards of the first line: {:.4f} and {:.4f}".format(*rewards), file=sys.__stdout__)
assert strings == ({"<s> why so good </s>", "<s> why so bad </s>"}, {"why so good", "why so bad"}), strings
assert conversations[0] == conversations[1] == {"<s> why so good", "<s> why so bad"}, conversations
assert abs(rewards[0] - rewards[1]) > 0.1
print("as stated", file=sys.__stdout__)
PYTHON
{ tail -20 "$folder/stderr" >&2; exit 1; }
