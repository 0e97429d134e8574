#!/usr/bin/env python3
"""Does the work of dmoerm-bench with torch, transformers and peft.

Scoring does what a user of peft does: an adapter is switched on, the whole backbone runs over all texts (prompt with
every response) in one batch, the last hidden states are kept, and so on for every expert.
"""

import os
import pathlib
import platform
import sys
import warnings

os.environ.setdefault("TQDM_DISABLE", "1")  # read when transformers is imported

import peft
import safetensors.torch
import torch
import transformers

import peer

EXPERTS = 6
DTYPES = {"torch f32": torch.float32, "torch bf16": torch.bfloat16}
LINEAR = ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj",
          "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]
LARGE = "training-step/16x400/all-linear"


class TorchPeer:
    def __init__(self, options):
        self.gguf = pathlib.Path(options.backbone)
        self.memory_hog = options.memory_hog
        self.backbones = {}
        self.makers = {"start": lambda engine: self.scoring(engine, "all-layers", 1, 100)}
        for sequences, length in [(1, 32), (1, 128), (1, 256), (1, 512), (8, 128)]:
            self.makers[f"forward/{sequences}x{length}"] = lambda e, s=sequences, n=length: self.forward(e, s, n)
        for prompts, samples in [(1, 1), (8, 8)]:
            self.makers[f"decode/{prompts}x{samples}x64"] = lambda e, p=prompts, s=samples: self.writing(e, p, s, 64)
        for length in [1024, 2048, 4096, 8192]:
            self.makers[f"scale/{length}"] = lambda e, n=length: self.forward(e, 1, n)
        for reach in ["all-layers", "top-third"]:
            self.makers[f"score/100/{reach}"] = lambda e, r=reach: self.scoring(e, r, 1, 100)
            self.makers[f"best-of-16/{reach}"] = lambda e, r=reach: self.scoring(e, r, 16, 128 + 64)
            self.makers[f"extra-response/{reach}"] = lambda e, r=reach: self.scoring(e, r, 1, 128 + 64)
        for name, outputs, inputs in [("576x576", 576, 576), ("192x576", 192, 576), ("1536x576", 1536, 576),
                                      ("576x1536", 576, 1536)]:
            for rows in [16, 256, 1024]:
                self.makers[f"gemm/{name}/{rows}"] = lambda e, o=outputs, i=inputs, r=rows: self.product(e, o, i, r)
        self.makers["training-step/8x192"] = lambda e: self.training(e, 8, 192, self.adapter(e, "all-layers", 0.05))
        self.makers["epoch/16x192/top-third"] = lambda e: self.training(
            e, 8, 192, self.adapter(e, "top-third", 0.05), steps=2)
        self.makers[LARGE] = lambda e: self.training(e, 16, 400, self.adapter(e, "all-layers", 0.05, 16, LINEAR))

    def versions(self):
        return {"Python": platform.python_version(), "torch": torch.__version__,
                "transformers": transformers.__version__, "peft": peft.__version__}

    def engines(self):
        timed = [item for item in self.makers if item != LARGE]
        jobs = ["best-of-16/all-layers", "training-step/8x192", "scale/1024", "scale/8192"]
        jobs += [LARGE] if self.memory_hog else []
        items = {item: self.tokens(item) for item in timed} | {f"memory/{job}": self.tokens(job) for job in jobs}
        return {engine: items for engine in DTYPES}

    @staticmethod
    def tokens(item):
        """How many tokens a run takes through all layers; a backward pass counts as two more."""
        kind, *rest = item.split("/")
        sizes = [int(size) for size in rest[0].split("x")] if rest and rest[0][0].isdigit() else []
        if kind in ("forward", "scale"):
            return sizes[0] * (sizes[1] if len(sizes) > 1 else 1)
        if kind == "decode":
            return sizes[0] * (1 + sizes[1]) * sizes[2]
        if kind in ("training-step", "epoch"):
            return 3 * 2 * sizes[0] * sizes[1]
        texts = {"score": 100, "start": 100, "best-of-16": 16 * 192, "extra-response": 192}
        return EXPERTS * texts.get(kind, 0)

    def prepare(self, item, engine):
        if item == LARGE:
            limit_memory()
        made = self.makers[item](engine)
        return made if isinstance(made, tuple) else (made, lambda: None)

    def backbone(self, engine):
        """The backbone without adapters; kept.

        Read from safetensors in the cache folder, which transformers maps, as its users have them; the first time made
        from the GGUF file.
        """
        if engine not in self.backbones:
            dtype = DTYPES[engine]
            folder = pathlib.Path(peer.CACHE) / "peer-models" / (self.gguf.stem + "." + engine.split()[1])
            if not (folder / "complete").exists():
                model = transformers.AutoModel.from_pretrained(
                    self.gguf.parent, gguf_file=self.gguf.name, dtype=dtype)
                # save_pretrained refuses what came out of a GGUF file, though these are floats.
                if hasattr(model.config, "quantization_config"):
                    del model.config.quantization_config
                folder.mkdir(parents=True, exist_ok=True)
                model.config.save_pretrained(folder)
                weights = {name: value.contiguous() for name, value in model.state_dict().items()}
                safetensors.torch.save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
                del model, weights
                (folder / "complete").touch()  # last, so that a folder that was broken off is made anew
            model = transformers.AutoModel.from_pretrained(folder, dtype=dtype)
            model.config.use_cache = False
            self.backbones[engine] = model.eval()
        return self.backbones[engine]

    def ids(self, engine, sequences, length):
        size = self.backbone(engine).config.vocab_size
        return torch.tensor(peer.ids(sequences * length, size)).view(sequences, length)

    def adapter(self, engine, reach, dropout=0.0, rank=32, names=("self_attn.q_proj", "self_attn.v_proj")):
        layers = self.backbone(engine).config.num_hidden_layers
        first = layers - max(1, layers // 3) if reach == "top-third" else 0
        targets = [f"layers.{i}.{name}" for i in range(first, layers) for name in names]
        return peft.LoraConfig(
            r=rank, lora_alpha=rank, lora_dropout=dropout, target_modules=targets, bias="none")

    # Each of these returns what is timed, or that and what is called afterwards.

    def product(self, engine, outputs, inputs, rows):
        x, w = (torch.randn(shape, dtype=DTYPES[engine]) for shape in [(rows, inputs), (outputs, inputs)])
        return torch.inference_mode()(lambda: torch.nn.functional.linear(x, w))

    def forward(self, engine, sequences, length):
        model, ids = self.backbone(engine), self.ids(engine, sequences, length)
        return torch.inference_mode()(lambda: model(input_ids=ids, use_cache=False).last_hidden_state)

    def writing(self, engine, prompts, samples, length):
        """Draws samples after every prompt, by generate and its cache; no token ends a text."""
        backbone = self.backbone(engine)
        model = transformers.AutoModelForCausalLM.from_config(backbone.config, dtype=DTYPES[engine]).eval()
        model.model = backbone
        model.tie_weights()
        ids = self.ids(engine, prompts, length)
        settings = transformers.GenerationConfig(
            do_sample=True, top_k=0, num_return_sequences=samples, max_new_tokens=length, min_new_tokens=length,
            use_cache=True, pad_token_id=0)
        mask = torch.ones_like(ids)
        return torch.inference_mode()(lambda: model.generate(ids, attention_mask=mask, generation_config=settings))

    def scoring(self, engine, reach, texts, length):
        """Rewards of texts of one length: six adapters one after the other, and an MLP over their last states."""
        backbone = self.backbone(engine)
        hidden = backbone.config.hidden_size
        model = peft.get_peft_model(backbone, self.adapter(engine, reach), adapter_name="expert-0")
        for expert in range(1, EXPERTS):
            model.add_adapter(f"expert-{expert}", self.adapter(engine, reach))
        model.eval()
        aggregator = torch.nn.Sequential(
            torch.nn.Linear(EXPERTS * hidden, hidden), torch.nn.PReLU(), torch.nn.Linear(hidden, 1)).to(DTYPES[engine])
        ids = self.ids(engine, texts, length)

        @torch.inference_mode()
        def run():
            states = []
            for expert in range(EXPERTS):
                model.set_adapter(f"expert-{expert}")
                states.append(model(input_ids=ids, use_cache=False).last_hidden_state[:, -1])
            return aggregator(torch.cat(states, dim=1))

        return run, model.unload

    def training(self, engine, pairs, length, adapter, steps=1):
        """Forward, backward and AdamW over chosen and rejected texts in one batch, so many times."""
        backbone = self.backbone(engine)
        model = peft.get_peft_model(backbone, adapter)
        head = torch.nn.Linear(backbone.config.hidden_size, 1, bias=False).to(DTYPES[engine])
        model.train()
        trained = [p for p in model.parameters() if p.requires_grad] + list(head.parameters())
        optimizer = torch.optim.AdamW(trained, lr=1e-4)
        ids = self.ids(engine, 2 * pairs, length)

        def run():
            for _ in range(steps):
                rewards = head(model(input_ids=ids, use_cache=False).last_hidden_state[:, -1]).squeeze(1).float()
                loss = -torch.nn.functional.logsigmoid(rewards[:pairs] - rewards[pairs:]).mean()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()

        return run, lambda: (model.unload(), backbone.eval())


def limit_memory():
    """Lets this process fail before it takes the machine's last memory: it may have nine tenths of what is available."""
    try:
        import resource
        with open("/proc/meminfo") as file:
            available = 1024 * next(int(line.split()[1]) for line in file if line.startswith("MemAvailable:"))
        resource.setrlimit(resource.RLIMIT_DATA, (int(0.9 * available),) * 2)
    except (ImportError, OSError, StopIteration):
        sys.exit("the memory of this process cannot be limited here")


if __name__ == "__main__":
    options = peer.arguments(__doc__.splitlines()[0])
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    warnings.simplefilter("ignore", FutureWarning)
    peer.main(TorchPeer(options), options)
