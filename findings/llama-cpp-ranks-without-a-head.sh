#!/usr/bin/env bash
# llama.cpp of October 2026 (xllamacpp 2026.10.11549): asked to rerank with a model that has no head, it gives one channel of the state as the score.
#
# A Llama file without any tensor of a head, in a server with pooling "rank", answers a rerank request with finite scores and no
# word that there is nothing to rank by. The score is the first channel of the last token's normed state: multiplying the first
# weight of output_norm by -3 multiplies every score by -3, and multiplying all others by -3 changes none.
#
# Seen (x86-64 Linux, Python 3.11, xllamacpp 2026.10.11549, gguf 0.19.0):
#   as it is: 0.1337, 1.6729; first channel times -3: -0.4011, -5.0187; all others times -3: 0.1337, 1.6729
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check xllamacpp==2026.10.11549 gguf==0.19.0
FOLDER=$folder "$folder/venv/bin/python" - 2>"$folder/log" <<'PYTHON' || { tail -20 "$folder/log" >&2; exit 1; }
import math
import os

import gguf
import numpy
import xllamacpp

HIDDEN, HEADS, INNER, LAYERS, CONTEXT = 32, 2, 64, 2, 256
# GPT-2's alphabet of bytes, one merge, and the two ends.
printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
others = [byte for byte in range(256) if byte not in printable]
letters = {byte: chr(byte) for byte in printable} | {byte: chr(256 + place) for place, byte in enumerate(others)}
TOKENS = [letters[byte] for byte in range(256)] + ["ab", "<s>", "</s>"]


def write(name, norm):
    """A random Llama of two layers, the same but for the weights of its last norm."""
    path = os.path.join(os.environ["FOLDER"], name)
    file = gguf.GGUFWriter(path, "llama")
    file.add_context_length(CONTEXT)
    file.add_embedding_length(HIDDEN)
    file.add_block_count(LAYERS)
    file.add_feed_forward_length(INNER)
    file.add_head_count(HEADS)
    file.add_layer_norm_rms_eps(1e-5)
    file.add_rope_dimension_count(HIDDEN // HEADS)
    file.add_vocab_size(len(TOKENS))
    file.add_tokenizer_model("gpt2")
    file.add_tokenizer_pre("gpt-2")
    file.add_token_list(TOKENS)
    file.add_token_types([1] * 257 + [3] * 2)
    file.add_token_merges(["a b"])
    file.add_bos_token_id(257)
    file.add_eos_token_id(258)
    random = numpy.random.default_rng(1)

    def matrix(tensor, *shape):
        file.add_tensor(tensor, (random.standard_normal(shape) * 0.3).astype(numpy.float32))

    matrix("token_embd.weight", len(TOKENS), HIDDEN)
    file.add_tensor("output_norm.weight", norm.astype(numpy.float32))
    for layer in range(LAYERS):
        for tensor in ("attn_norm", "ffn_norm"):
            file.add_tensor(f"blk.{layer}.{tensor}.weight", numpy.ones(HIDDEN, numpy.float32))
        for tensor in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"blk.{layer}.{tensor}.weight", HIDDEN, HIDDEN)
        for tensor in ("ffn_gate", "ffn_up"):
            matrix(f"blk.{layer}.{tensor}.weight", INNER, HIDDEN)
        matrix(f"blk.{layer}.ffn_down.weight", HIDDEN, INNER)
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return path


def scores(name, norm):
    settings = xllamacpp.CommonParams()
    settings.model.path = write(name, norm)
    settings.n_ctx = settings.n_batch = settings.n_ubatch = CONTEXT
    settings.n_parallel = 1
    settings.embedding = True
    settings.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_RANK
    server = xllamacpp.Server(settings)
    answer = server.handle_rerank({"query": "why", "documents": ["one", "two words"]})
    assert "error" not in answer, answer
    return [row["relevance_score"] for row in sorted(answer["results"], key=lambda row: row["index"])]


plain = numpy.ones(HIDDEN)
is_first = numpy.arange(HIDDEN) == 0
as_it_is = scores("a.gguf", plain)
turned = scores("b.gguf", numpy.where(is_first, -3, plain))
rest = scores("c.gguf", numpy.where(is_first, plain, -3))
shown = [", ".join(f"{score:.4f}" for score in found) for found in (as_it_is, turned, rest)]
print("as it is: {}; first channel times -3: {}; all others times -3: {}".format(*shown))
assert all(map(math.isfinite, as_it_is)) and abs(as_it_is[0] - as_it_is[1]) > 1e-3
for score, three, same in zip(as_it_is, turned, rest):
    assert abs(three + 3 * score) < 1e-4 and abs(same - score) < 1e-4
print("as stated")
PYTHON
