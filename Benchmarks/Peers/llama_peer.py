#!/usr/bin/env python3
"""Does the forward passes of dmoerm-bench with llama.cpp, through llama-cpp-python's bindings of its C functions.

No token of a batch is marked for output, so llama.cpp computes neither the vocabulary's logits nor the final norm, and
of the last layer no feed-forward part: a little less than a hidden state takes. Flash attention is tried both ways
when an item is made ready, and the faster is timed.
"""

import ctypes
import os
import pathlib
import platform

import llama_cpp

import gguf_variants
import peer

FORMATS = {f"llama.cpp {name}": name for name in ["f32", "bf16", "Q8_0", "Q4_1", "Q4_0", "Q4_K_M", "Q6_K"]}
FLASH = {"on": 1, "off": 0}  # llama_flash_attn_type


class LlamaPeer:
    def __init__(self, options):
        self.gguf, self.threads = pathlib.Path(options.backbone), options.threads
        self.models = {}
        llama_cpp.llama_backend_init()
        self.silence = llama_cpp.llama_log_callback(lambda level, text, data: None)
        llama_cpp.llama_log_set(self.silence, ctypes.c_void_p(0))
        self.shapes = {f"forward/{s}x{n}": (s, n) for s, n in [(1, 32), (1, 128), (1, 256), (1, 512), (8, 128)]}
        self.shapes |= {f"scale/{n}": (1, n) for n in [1024, 2048, 4096, 8192]}
        self.flash = {}

    def versions(self):
        features = llama_cpp.llama_print_system_info().decode().strip(" |")
        return {"llama-cpp-python": f"{llama_cpp.__version__}, Python {platform.python_version()}",
                "llama.cpp": features}

    def engines(self):
        return {engine: {item: s * n for item, (s, n) in self.shapes.items()
                         if item.startswith("forward/") or engine == "llama.cpp f32"} for engine in FORMATS}

    def model(self, engine):
        if engine not in self.models:
            path = gguf_variants.variant(self.gguf, FORMATS[engine], pathlib.Path(peer.CACHE) / "peer-models")
            model = llama_cpp.llama_model_load_from_file(
                os.fsencode(path), llama_cpp.llama_model_default_params())
            if not model:
                raise RuntimeError(f"llama.cpp does not read {path}")
            self.models[engine] = model
        return self.models[engine]

    def prepare(self, item, engine):
        sequences, length = self.shapes[item]
        made = {mode: self.forward(engine, sequences, length, value) for mode, value in FLASH.items()}
        times = {}
        for mode, (run, _) in made.items():
            run()
            times[mode] = min(peer.seconds(run, 1) for _ in range(3 if length < 2048 else 1))
        best = min(times, key=times.get)
        for mode, (_, finish) in made.items():
            if mode != best:
                finish()
        return made[best]

    def forward(self, engine, sequences, length, flash):
        model, rows = self.model(engine), sequences * length
        parameters = llama_cpp.llama_context_default_params()
        parameters.n_ctx = sequences * ((length + 255) // 256 * 256)  # each sequence's part is a multiple of 256
        parameters.n_batch = rows
        parameters.n_ubatch = min(rows, 1024)
        parameters.n_seq_max = sequences
        parameters.n_threads = parameters.n_threads_batch = self.threads
        parameters.flash_attn_type = flash
        parameters.kv_unified = False  # sequences do not look at each other's keys
        if flash == 0:
            parameters.type_v = llama_cpp.GGML_TYPE_F16
        context = llama_cpp.llama_init_from_model(model, parameters)
        if not context:
            raise RuntimeError(f"{engine}: no context of {rows} tokens")
        vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
        batch = llama_cpp.llama_batch_init(rows, 0, 1)
        batch.n_tokens = rows
        for row, token in enumerate(peer.ids(rows, vocabulary)):
            batch.token[row], batch.pos[row] = token, row % length
            batch.n_seq_id[row], batch.seq_id[row][0] = 1, row // length
            batch.logits[row] = 0
        memory = llama_cpp.llama_get_memory(context)

        def run():
            llama_cpp.llama_memory_clear(memory, False)
            status = llama_cpp.llama_decode(context, batch)
            if status != 0:
                raise RuntimeError(f"llama_decode: {status}")
            llama_cpp.llama_synchronize(context)

        def finish():
            llama_cpp.llama_batch_free(batch)
            llama_cpp.llama_free(context)

        return run, finish


if __name__ == "__main__":
    options = peer.arguments(__doc__.splitlines()[0])
    peer.main(LlamaPeer(options), options)
