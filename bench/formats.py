#!/usr/bin/env python3
"""Profiles the same tensors in PyTorch (one file, and distributed), GGUF, NumPy and ONNX files beside safetensors: how much
slower are other formats?

Usage: .venv/bin/python bench/formats.py [ROUNDS] [MIB]     (default: 8 rounds of 512 MiB; files in TMPDIR)

Whole runs of `profile --threads 1` with everything in the page cache, each round all formats in turn. Prints, for
each, the median and the spread of the rate beside that of safetensors in the same round: 1 is as fast. Then how long
`inspect` takes for a checkpoint of 1,000 tensors in each format, also by the clock. The others are CPU seconds of the
program, user's and kernel's: with one thread and nothing to wait for they are its time, whatever else the machine does.

All files are written anew in the same way: in how large pieces a file was written decides how large the pages are
that the kernel keeps it in, and that makes up to a third of the time (the same bytes: 0.055 s in writes of 256 MiB,
0.063 s as the safetensors library writes them, 0.083 s in writes of 8 KiB).
"""

import os
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

import dcp_file  # noqa: E402
import gguf_file  # noqa: E402
import onnx_file  # noqa: E402
import torch_file  # noqa: E402

PROGRAM = Path(os.environ.get("WS", ROOT / "build/bin/weightsieve"))
TENSORS = 8
PIECE = 16 << 20


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
             "ONNX": folder / "m.onnx", "DCP": dcp_file.save(folder / "m", arrays)}
    if next(iter(arrays.values())).dtype == np.float32:
        np.savez(folder / "m.npz", **arrays)
        paths["NumPy"] = folder / "m.npz"
    for path in paths.values():
        for file in path.iterdir() if path.is_dir() else (path,):
            write_again(file)
    return paths


def write_again(path):
    old = path.with_name("old")
    path.rename(old)
    with old.open("rb") as source, path.open("wb", buffering=0) as target:
        while piece := source.read(PIECE):
            target.write(piece)
    old.unlink()


def seconds(path, verb=("profile", "--threads", "1")):
    process = subprocess.Popen([PROGRAM, *verb, "-q", path], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, path
    return usage.ru_utime + usage.ru_stime


def clock_and_cpu(path):
    start = time.perf_counter()
    cpu = seconds(path, ("inspect",))
    return 1000 * (time.perf_counter() - start), 1000 * cpu


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


def spread(times):
    return f"{np.median(times):.0f} ({min(times):.0f}–{max(times):.0f})"


def inventories(runs=20, tensors=1000):
    print("\n| inspect, 1,000 tensors | ms | ms of CPU |\n|---|---|---|")
    random = np.random.default_rng(2)
    arrays = {f"layers.{i // 10}.part.{i % 10}.weight": random.standard_normal((16, 32), "f4") for i in range(tensors)}
    with tempfile.TemporaryDirectory() as folder:
        for name, path in write(Path(folder), arrays).items():
            clock, cpu = zip(*(clock_and_cpu(path) for _ in range(runs)))
            print(f"| {name} | {spread(clock)} | {spread(cpu)} |")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
    inventories()
