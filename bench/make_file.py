"""Writes a safetensors file of Gaussian weights. Usage: make_file.py PATH DTYPE MEBIBYTES TENSORS [SEED]"""

import json
import struct
import sys

import ml_dtypes
import numpy as np

NUMPY = {"F32": np.float32, "F64": np.float64, "BF16": ml_dtypes.bfloat16, "F16": np.float16, "I8": np.int8,
         "F8_E4M3": ml_dtypes.float8_e4m3fn}


def header(dtype, elements, size, tensors):
    entries = {f"layer.{i}.weight": {"dtype": dtype, "shape": [elements], "data_offsets": [i * size, (i + 1) * size]}
               for i in range(tensors)}
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text


def main():
    path, dtype, mebibytes, tensors = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    width = np.dtype(NUMPY[dtype]).itemsize
    elements = (mebibytes << 20) // width // tensors
    random = np.random.default_rng(int(sys.argv[5]) if len(sys.argv) > 5 else 1)
    with open(path, "wb") as file:
        file.write(header(dtype, elements, elements * width, tensors))
        for _ in range(tensors):
            values = random.standard_normal(elements, dtype=np.float32) * np.float32(0.02)
            scaled = values * 500 if dtype == "I8" else values
            scaled.astype(NUMPY[dtype]).tofile(file)


if __name__ == "__main__":
    main()
