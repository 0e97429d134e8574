#!/usr/bin/env python3
"""Makes a GGUF file with the weights of another in another format.

    gguf_variants.py FILE.gguf FORMAT FOLDER     FORMAT: f32, bf16, Q8_0, Q4_0, Q4_K_M, Q6_K, or that of the file itself

Matrices are turned into floats and from these into the format; vectors (norms) stay F32. f32, bf16 and Q8_0 have all matrices
in the one format; the others are llama.cpp's own mixtures, as files are published. Prints the path.
"""

import ctypes
import os
import pathlib
import sys

import gguf
import llama_cpp
import numpy

TYPES = {"f32": gguf.GGMLQuantizationType.F32, "bf16": gguf.GGMLQuantizationType.BF16,
         "Q8_0": gguf.GGMLQuantizationType.Q8_0}
FILE_TYPES = {"f32": gguf.LlamaFileType.ALL_F32, "bf16": gguf.LlamaFileType.MOSTLY_BF16,
              "Q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}
# What llama.cpp quantizes itself.
MIXTURES = {"Q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0, "Q4_K_M": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_K_M,
            "Q6_K": llama_cpp.LLAMA_FTYPE_MOSTLY_Q6_K}


def variant(source, form, folder):
    """The path of the file in the format; made if it is not there yet."""
    source = pathlib.Path(source)
    if source.stem.endswith("." + form):
        return source
    path = pathlib.Path(folder) / f"{source.stem}.as-{form}.gguf"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        if form in MIXTURES:
            mix(variant(source, "f32", folder), form, unfinished)
        else:
            write(gguf.GGUFReader(source), form, unfinished)
        unfinished.rename(path)
    return path


def mix(floats, form, path):
    silence = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(silence, ctypes.c_void_p(0))
    parameters = llama_cpp.llama_model_quantize_default_params()
    parameters.ftype = MIXTURES[form]
    status = llama_cpp.llama_model_quantize(os.fsencode(floats), os.fsencode(path), ctypes.byref(parameters))
    if status != 0:
        raise RuntimeError(f"llama.cpp does not quantize {floats} to {form}: {status}")


def write(reader, form, path):
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(path, architecture)
    for name, field in reader.fields.items():
        if name.startswith("GGUF.") or name in ("general.architecture", "general.file_type"):
            continue
        kind = field.types[0]
        inner = field.types[-1] if kind == gguf.GGUFValueType.ARRAY else None
        writer.add_key_value(name, field.contents(), kind, inner)
    writer.add_file_type(FILE_TYPES[form])
    for tensor in reader.tensors:
        values = gguf.dequantize(tensor.data, tensor.tensor_type).astype(numpy.float32)
        kind = TYPES[form] if values.ndim > 1 else gguf.GGMLQuantizationType.F32
        data = gguf.quantize(values, kind) if kind != gguf.GGMLQuantizationType.F32 else values
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    print(variant(*sys.argv[1:]))
