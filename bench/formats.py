#!/usr/bin/env python3
"""Profiles the same tensors in PyTorch, GGUF, NumPy and ONNX files beside safetensors: how much slower are other formats?

Usage: .venv/bin/python bench/formats.py [ROUNDS] [MIB]     (default: 8 rounds of 512 MiB; files in TMPDIR)

Whole runs of `profile --threads 1` with everything in the page cache, each round all formats in turn. Prints, for
each, the median and the spread of the rate beside that of safetensors in the same round: 1 is as fast.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests/python"))

import gguf_file  # noqa: E402
import onnx_file  # noqa: E402
import torch_file  # noqa: E402

PROGRAM = ROOT / "build/bin/weightsieve"
TENSORS = 8


def made(dtype, mebibytes):
    random = np.random.default_rng(1)
    elements = (mebibytes << 20) // TENSORS // np.dtype(dtype).itemsize
    return {f"layers.{i}.weight": random.standard_normal(elements, "f4").astype(dtype).reshape(-1, 1024)
            for i in range(TENSORS)}


def gguf_tensor(array):
    if array.dtype == np.float32:
        return gguf_file.Tensor(gguf_file.Type.F32, array, array)
    return gguf_file.Tensor(gguf_file.Type.BF16, array.view("u1"), None)


def write(folder, arrays):
    save_file(arrays, folder / "m.safetensors")
    torch_file.save(folder / "m.pt", {name: torch_file.whole(array) for name, array in arrays.items()})
    gguf_file.save(folder / "m.gguf", {name: gguf_tensor(array) for name, array in arrays.items()})
    kind = "FLOAT" if next(iter(arrays.values())).dtype == np.float32 else "BFLOAT16"
    model = onnx_file.model_of([onnx_file.tensor_of(name, kind, array) for name, array in arrays.items()])
    onnx_file.save(folder / "m.onnx", model, "m.onnx.data")
    paths = {"safetensors": folder / "m.safetensors", "PyTorch": folder / "m.pt", "GGUF": folder / "m.gguf",
             "ONNX": folder / "m.onnx"}
    if next(iter(arrays.values())).dtype == np.float32:
        np.savez(folder / "m.npz", **arrays)
        paths["NumPy"] = folder / "m.npz"
    return paths


def seconds(path):
    begin = time.perf_counter()
    subprocess.run([PROGRAM, "profile", "-q", "--threads", "1", path], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def one_round(paths, first):
    """All formats in turn; another one is first each time, as what runs before matters."""
    names = list(paths)
    first %= len(names)
    return {name: seconds(paths[name]) for name in names[first:] + names[:first]}


def main(rounds=8, mebibytes=512):
    print("| | against safetensors | GB/s of safetensors |\n|---|---|---|")
    for label, dtype in (("F32", np.float32), ("BF16", ml_dtypes.bfloat16)):
        with tempfile.TemporaryDirectory() as folder:
            paths = write(Path(folder), made(dtype, mebibytes))
            for path in paths.values():
                seconds(path)
            times = [one_round(paths, first) for first in range(rounds)]
        rate = (mebibytes << 20) / np.median([one["safetensors"] for one in times]) / 1e9
        for name in list(paths)[1:]:
            ratios = [one["safetensors"] / one[name] for one in times]
            print(f"| {label} {name} | {np.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}) | {rate:.1f} |")


main(*map(int, sys.argv[1:]))
