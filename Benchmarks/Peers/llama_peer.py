#!/usr/bin/env python3
"""Does the forward passes of dmoerm-bench with llama.cpp, through llama-cpp-python's bindings of its C functions.

No token of a batch is marked for output, so llama.cpp computes neither the vocabulary's logits nor the final norm, and
of the last layer no feed-forward part: a little less than a hidden state takes. Flash attention is tried both ways
when an item is made ready, and the faster is timed. Writing tries a cache for all texts and one for each, and takes the
likeliest token, which costs less than a draw.
"""

import ctypes
import os
import pathlib
import platform

import llama_cpp
import numpy

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
        self.decoding = {f"decode/{p}x{s}x64": (p, s, 64) for p, s in [(1, 1), (8, 8)]}

    def versions(self):
        features = llama_cpp.llama_print_system_info().decode().strip(" |")
        return {"llama-cpp-python": f"{llama_cpp.__version__}, Python {platform.python_version()}",
                "llama.cpp": features}

    def engines(self):
        written = {item: p * (1 + s) * n for item, (p, s, n) in self.decoding.items()}
        return {engine: written | {item: s * n for item, (s, n) in self.shapes.items()
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
        if item in self.decoding:
            prompts, samples, length = self.decoding[item]
            made = {mode: self.writing(engine, prompts, samples, length, unified)
                    for mode, unified in [("split", False), ("unified", True)]}
        else:
            sequences, length = self.shapes[item]
            made = {mode: self.forward(engine, sequences, length, value) for mode, value in FLASH.items()}
        times = {}
        for mode, (run, _) in made.items():
            run()
            times[mode] = min(peer.seconds(run, 1) for _ in range(1 if item in self.decoding or length >= 2048 else 3))
        best = min(times, key=times.get)
        for mode, (_, finish) in made.items():
            if mode != best:
                finish()
        return made[best]

    def writing(self, engine, prompts, samples, length, unified):
        """Reads the prompts, each once, and writes the likeliest tokens after them, one of every text at a time."""
        model, texts = self.model(engine), prompts * samples
        parameters = llama_cpp.llama_context_default_params()
        room = (2 * length + 255) // 256 * 256
        parameters.n_ctx = texts * room
        parameters.n_batch = parameters.n_ubatch = max(prompts * length, texts)
        parameters.n_seq_max = texts
        parameters.n_threads = parameters.n_threads_batch = self.threads
        parameters.kv_unified = unified
        context = llama_cpp.llama_init_from_model(model, parameters)
        if not context:
            raise RuntimeError(f"{engine}: no context of {texts} texts")
        vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
        ids = peer.ids(prompts * length, vocabulary)
        reading = llama_cpp.llama_batch_init(prompts * length, 0, 1)
        reading.n_tokens = prompts * length
        for row, token in enumerate(ids):
            reading.token[row], reading.pos[row] = token, row % length
            reading.n_seq_id[row], reading.seq_id[row][0] = 1, row // length * samples
            reading.logits[row] = row % length == length - 1
        step = llama_cpp.llama_batch_init(texts, 0, 1)
        step.n_tokens = texts
        for row in range(texts):
            step.n_seq_id[row], step.seq_id[row][0], step.logits[row] = 1, row, 1
        memory = llama_cpp.llama_get_memory(context)

        def decode(batch):
            status = llama_cpp.llama_decode(context, batch)
            if status != 0:
                raise RuntimeError(f"llama_decode: {status}")

        def likeliest(row):
            logits = llama_cpp.llama_get_logits_ith(context, row)
            return int(numpy.ctypeslib.as_array(logits, shape=(vocabulary,)).argmax())

        def run():
            llama_cpp.llama_memory_clear(memory, False)
            decode(reading)
            first = [likeliest(prompt * length + length - 1) for prompt in range(prompts)]
            for text in range(texts):
                if text % samples:
                    llama_cpp.llama_memory_seq_cp(memory, text // samples * samples, text, -1, -1)
                step.token[text] = first[text // samples]
            # The last token of a text is never read.
            for position in range(length, 2 * length - 1):
                for text in range(texts):
                    step.pos[text] = position
                decode(step)
                for text in range(texts):
                    step.token[text] = likeliest(text)

        def finish():
            for batch in (reading, step):
                llama_cpp.llama_batch_free(batch)
            llama_cpp.llama_free(context)

        return run, finish

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
