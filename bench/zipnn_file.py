"""ZipNN on a file, one thread. Usage: zipnn_file.py pack|unpack DTYPE IN OUT. Prints the seconds without the imports."""

import sys
import time

import torch

# ZipNN names dtypes that older releases of torch lack. It does not need them to compress bytes.
for late in ("float8_e4m3fn", "float8_e5m2", "uint16", "uint32", "uint64"):
    if not hasattr(torch, late):
        setattr(torch, late, late)

from zipnn import ZipNN  # noqa: E402

DTYPES = {"F32": "float32", "BF16": "bfloat16", "F16": "float16"}


def main():
    verb, dtype, source, target = sys.argv[1:]
    begin = time.perf_counter()
    with open(source, "rb") as file:
        content = bytearray(file.read())
    coder = ZipNN(bytearray_dtype=DTYPES[dtype], threads=1)
    result = coder.compress(content) if verb == "pack" else coder.decompress(content)
    with open(target, "wb") as file:
        file.write(result)
    print(time.perf_counter() - begin)


if __name__ == "__main__":
    main()
