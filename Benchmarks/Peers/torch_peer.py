#!/usr/bin/env python3
"""Times torch + transformers + peft on the work of dmoerm-bench, and writes JSON of the same form.

    torch_peer.py --json peers.json [--bf16] [--threads N] [--quick] [--only NAME] [--backbone FILE.gguf]

The weights are those of the backbone's GGUF file, made into floats by transformers. Scoring does what a user of peft
does: an adapter is switched on, the whole backbone runs over all texts (prompt with every response), the last hidden
states are kept, and so on for every expert.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import sys
import time
import warnings

os.environ.setdefault("TQDM_DISABLE", "1")  # read when transformers is imported

import peft
import torch
import transformers

SCHEMA = "dmoerm-bench/1"
EXPERTS = 6
RANK = 32


class Timer:
    """As InterleavedTimer of dmoerm-bench, for one engine."""

    def __init__(self, quick):
        self.sample_seconds, self.budget, self.rounds = (0.01, 1, (1, 3)) if quick else (0.05, 15, (3, 15))

    def measure(self, run):
        first = self.seconds(run, 1)
        if first > self.budget:
            return [first]
        once = first if first > self.sample_seconds else self.seconds(run, 2)
        repetitions = max(1, -int(-self.sample_seconds // once))
        wanted = int(self.budget / (once * repetitions))
        rounds = min(max(wanted, self.rounds[0]), self.rounds[1])
        return [self.seconds(run, repetitions) for _ in range(rounds)]

    @staticmethod
    def seconds(run, repetitions):
        start = time.perf_counter()
        for _ in range(repetitions):
            run()
        return (time.perf_counter() - start) / repetitions


class Peer:
    def __init__(self, gguf, dtype):
        self.gguf, self.dtype = pathlib.Path(gguf), dtype
        self._backbone = None

    def load(self):
        model = transformers.AutoModel.from_pretrained(
            self.gguf.parent, gguf_file=self.gguf.name, dtype=self.dtype)
        model.config.use_cache = False
        return model.eval()

    @property
    def backbone(self):
        """The backbone without adapters; kept, because reading it takes long."""
        if self._backbone is None:
            self._backbone = self.load()
        return self._backbone

    def ids(self, sequences, length):
        size = self.backbone.config.vocab_size
        numbers = [(i * 7919 + 13) % size for i in range(sequences * length)]
        return torch.tensor(numbers).view(sequences, length)

    def adapter(self, reach, dropout=0.0):
        layers = self.backbone.config.num_hidden_layers
        first = layers - max(1, layers // 3) if reach == "top-third" else 0
        targets = [f"layers.{i}.self_attn.{name}" for i in range(first, layers) for name in ("q_proj", "v_proj")]
        return peft.LoraConfig(
            r=RANK, lora_alpha=RANK, lora_dropout=dropout, target_modules=targets, bias="none")

    # Each of these returns what is timed.

    def product(self, outputs, inputs, rows):
        x, w = torch.randn(rows, inputs, dtype=self.dtype), torch.randn(outputs, inputs, dtype=self.dtype)
        return torch.inference_mode()(lambda: torch.nn.functional.linear(x, w))

    def forward(self, sequences, length):
        model, ids = self.backbone, self.ids(sequences, length)
        return torch.inference_mode()(lambda: model(input_ids=ids, use_cache=False).last_hidden_state)

    def scoring(self, reach, texts, length):
        """Rewards of texts of one length: six adapters one after the other, and an MLP over their last states."""
        hidden = self.backbone.config.hidden_size
        model = peft.get_peft_model(self.backbone, self.adapter(reach), adapter_name="expert-0")
        for expert in range(1, EXPERTS):
            model.add_adapter(f"expert-{expert}", self.adapter(reach))
        model.eval()
        aggregator = torch.nn.Sequential(
            torch.nn.Linear(EXPERTS * hidden, hidden), torch.nn.PReLU(), torch.nn.Linear(hidden, 1)).to(self.dtype)
        ids = self.ids(texts, length)

        @torch.inference_mode()
        def run():
            states = []
            for expert in range(EXPERTS):
                model.set_adapter(f"expert-{expert}")
                states.append(model(input_ids=ids, use_cache=False).last_hidden_state[:, -1])
            return aggregator(torch.cat(states, dim=1))

        return run, model.unload

    def training_step(self, pairs, length):
        """Forward, backward and AdamW over chosen and rejected texts in one batch."""
        model = peft.get_peft_model(self.backbone, self.adapter("all-layers", dropout=0.05))
        head = torch.nn.Linear(self.backbone.config.hidden_size, 1, bias=False).to(self.dtype)
        model.train()
        trained = [p for p in model.parameters() if p.requires_grad] + list(head.parameters())
        optimizer = torch.optim.AdamW(trained, lr=1e-4)
        ids = self.ids(2 * pairs, length)

        def run():
            rewards = head(model(input_ids=ids, use_cache=False).last_hidden_state[:, -1]).squeeze(1).float()
            loss = -torch.nn.functional.logsigmoid(rewards[:pairs] - rewards[pairs:]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

        return run, lambda: (model.unload(), self.backbone.eval())


def work(peer):
    """(item, unit, units of work in a run, how to make what runs); the items of dmoerm-bench."""
    for outputs, inputs in [(576, 576), (192, 576), (1536, 576), (576, 1536)]:
        for rows in [16, 128, 256, 1024]:
            yield (f"gemm/{outputs}x{inputs}/{rows}", "GFLOP/s", 2 * rows * outputs * inputs,
                   lambda o=outputs, i=inputs, r=rows: (peer.product(o, i, r), None))
    for sequences, length in [(1, 32), (1, 128), (1, 256), (1, 512), (8, 128)]:
        yield (f"forward/{sequences}x{length}", "tokens/s", sequences * length,
               lambda s=sequences, n=length: (peer.forward(s, n), None))
    for reach in ["all-layers", "top-third"]:
        yield f"score/100/{reach}", "ms", 1, lambda r=reach: peer.scoring(r, 1, 100)
    for reach in ["all-layers", "top-third"]:
        yield f"best-of-16/{reach}", "s", 1, lambda r=reach: peer.scoring(r, 16, 128 + 64)
    yield "training-step/8x192", "s", 1, lambda: peer.training_step(8, 192)


def machine():
    cpu = platform.processor() or "unknown"
    try:
        with open("/proc/cpuinfo") as file:
            cpu = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"cpu": cpu, "cores": cores, "system": platform.platform(), "load": os.getloadavg()[0]}


def default_backbone():
    cache = os.environ.get("DMOERM_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "dmoerm")
    return os.environ.get("DMOERM_BACKBONE") or os.path.join(cache, "SmolLM2-135M-Instruct.Q4_1.gguf")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", default=default_backbone(), help="a GGUF file that transformers reads")
    parser.add_argument("--json", help="where to write; default: standard output")
    parser.add_argument("--threads", type=int, help="default: every core")
    parser.add_argument("--only", action="append", help="run only items whose names contain this")
    parser.add_argument("--bf16", action="store_true", help="time bfloat16 too")
    parser.add_argument("--quick", action="store_true", help="few rounds")
    arguments = parser.parse_args()

    here = machine()
    threads = arguments.threads or here["cores"]
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    warnings.simplefilter("ignore", FutureWarning)
    timer = Timer(arguments.quick)
    results = []
    for name, dtype in [("torch-f32", torch.float32)] + ([("torch-bf16", torch.bfloat16)] if arguments.bf16 else []):
        peer = Peer(arguments.backbone, dtype)
        for item, unit, amount, make in work(peer):
            if arguments.only and not any(part in item for part in arguments.only):
                continue
            print(f"{name} {item}", file=sys.stderr, flush=True)
            run, finish = make()
            samples = timer.measure(run)
            del run
            if finish:
                finish()
            results.append({
                "item": item, "engine": name, "unit": unit, "work": amount,
                "seconds": {"median": statistics.median(samples), "minimum": min(samples), "maximum": max(samples),
                            "rounds": len(samples)}})
    report = {
        "schema": SCHEMA, "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "machine": here, "threads": threads,
        "versions": {"Python": platform.python_version(), "torch": torch.__version__,
                     "transformers": transformers.__version__, "peft": peft.__version__},
        "backbone": os.path.basename(arguments.backbone), "results": results}
    text = json.dumps(report, indent=2) + "\n"
    if arguments.json:
        pathlib.Path(arguments.json).write_text(text)
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
