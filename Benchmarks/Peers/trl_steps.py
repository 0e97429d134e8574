#!/usr/bin/env python3
"""Takes steps of TRL's GRPOTrainer on the CPU, with a reward that costs nothing; prints each step's seconds and the peak memory.

The same policy, adapter, prompts, group and longest length as `dmoerm rl` is given; texts end where the policy ends them, as ours do.
Prints a line of JSON: {"seconds": [of each step], "tokens": [of a text, by step], "peakBytes": N}.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

os.environ.setdefault("TQDM_DISABLE", "1")

import datasets
import peft
import torch
import transformers
import trl

import peer

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--backbone", required=True, help="a GGUF file")
parser.add_argument("--prompts", required=True, help="JSON Lines with prompt")
parser.add_argument("--steps", type=int, default=3)
parser.add_argument("--group-size", type=int, default=8)
parser.add_argument("--prompts-per-step", type=int, default=4)
parser.add_argument("--max-tokens", type=int, default=64)
parser.add_argument("--rank", type=int, default=16)
parser.add_argument("--threads", type=int, default=os.cpu_count())
parser.add_argument("--checkpointing", action="store_true", help="TRL's default: less memory, more time")
options = parser.parse_args()
torch.set_num_threads(options.threads)
transformers.logging.set_verbosity_error()

gguf = pathlib.Path(options.backbone)
# A model that came out of a GGUF file is refused as a quantized one, though its weights are floats; and reading one takes more
# memory than training. So it is kept as others have it.
folder = pathlib.Path(peer.CACHE) / "peer-models" / (gguf.stem + ".causal-f32")
if not (folder / "complete").exists():
    read = transformers.AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    if hasattr(read.config, "quantization_config"):
        del read.config.quantization_config
    model = transformers.AutoModelForCausalLM.from_config(read.config, dtype=torch.float32)
    model.load_state_dict(read.state_dict())
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)
    (folder / "complete").touch()  # last, so that a folder that was broken off is made anew
    os.execv(sys.executable, [sys.executable] + sys.argv)  # the peak memory is that of training alone
model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
if tokenizer.pad_token is None:
    tokenizer.pad_token = tokenizer.eos_token
rows = [json.loads(line) for line in open(options.prompts) if line.strip()]
data = datasets.Dataset.from_list([{"prompt": [{"role": "user", "content": row["prompt"]}]} for row in rows])

count = options.group_size * options.prompts_per_step
scratch = tempfile.TemporaryDirectory()  # the trainer wants one, and writes nothing of use into it
configuration = trl.GRPOConfig(
    output_dir=scratch.name, use_cpu=True, bf16=False, fp16=False, report_to="none", save_strategy="no",
    logging_strategy="steps", logging_steps=1, disable_tqdm=True, max_steps=options.steps, learning_rate=1e-4,
    per_device_train_batch_size=count, gradient_accumulation_steps=1, num_generations=options.group_size,
    max_completion_length=options.max_tokens, temperature=1.0, beta=0.04, loss_type="grpo",
    mask_truncated_completions=False, gradient_checkpointing=options.checkpointing)


class Clock(transformers.TrainerCallback):
    def __init__(self):
        self.seconds = []

    def on_step_begin(self, *_, **__):
        self.start = time.perf_counter()

    def on_step_end(self, *_, **__):
        self.seconds.append(time.perf_counter() - self.start)


clock = Clock()
trainer = trl.GRPOTrainer(
    model=model, processing_class=tokenizer, args=configuration, train_dataset=data, callbacks=[clock],
    reward_funcs=lambda completions, **_: [float(len(text[0]["content"])) for text in completions],
    peft_config=peft.LoraConfig(
        r=options.rank, lora_alpha=2 * options.rank, lora_dropout=0.0, target_modules=["q_proj", "v_proj"],
        task_type="CAUSAL_LM"))
trainer.train()
lengths = [entry["completions/mean_length"] for entry in trainer.state.log_history if "completions/mean_length" in entry]
print(json.dumps({"seconds": clock.seconds, "tokens": [float(length) for length in lengths], "peakBytes": peer.peak_bytes()}))
