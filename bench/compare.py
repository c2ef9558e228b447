"""Times weightsieve beside plain reading, numpy and torch: same files, one run, rounds interleaved, medians.

Usage: compare.py WEIGHTSIEVE ROOFLINE [--rounds N] [--mebibytes N] [--peer-mebibytes N]

Prints a table in markdown. Files are made in a scratch folder and stay in the page cache. A ratio is to `roofline`
(mmap and sum) on the same file with as many threads, in the same round. torch runs where a python3 has it (Debian's
python3-torch), with one thread as numpy.
"""

import argparse
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import ml_dtypes
import numpy as np

HERE = Path(__file__).parent
BITS = {"F32": 32, "F64": 64, "BF16": 16, "F16": 16, "I8": 8, "F8_E4M3": 8}
NUMPY = {"F32": np.float32, "F64": np.float64, "BF16": ml_dtypes.bfloat16, "F16": np.float16, "I8": np.int8,
         "F8_E4M3": ml_dtypes.float8_e4m3fn}


def make_file(folder, dtype, mebibytes):
    """Four tensors of Gaussian weights."""
    elements = mebibytes * (1 << 20) * 8 // BITS[dtype] // 4
    size = elements * BITS[dtype] // 8
    header = json.dumps({f"layer.{i}.weight": {"dtype": dtype, "shape": [elements],
                                               "data_offsets": [i * size, (i + 1) * size]} for i in range(4)}).encode()
    header += b" " * (-len(header) % 8)
    path = folder / f"{dtype}-{mebibytes}.safetensors"
    random = np.random.default_rng(1)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for _ in range(4):
            values = random.standard_normal(elements, dtype=np.float32) * np.float32(0.02)
            scaled = values * 500 if dtype == "I8" else values
            scaled.astype(NUMPY[dtype]).tofile(file)
    return path


def run(command):
    """Seconds and peak MiB of one process."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{command} failed")
    return seconds, usage.ru_maxrss / 1024


def measure(commands, rounds):
    """Every command once a round, the first round thrown away: {name: ([seconds], peak MiB)}."""
    results = {name: ([], 0.0) for name in commands}
    for round_number in range(rounds + 1):
        for name, command in commands.items():
            seconds, peak = run(command)
            if round_number > 0:
                times, most = results[name]
                times.append(seconds)
                results[name] = (times, max(most, peak))
    return results


def row(name, threads, size, times, peak, roof):
    ratios = sorted(r / t for r, t in zip(roof, times))
    rate = size / statistics.median(times) / 1e9
    spread = f"{ratios[0]:.2f}–{ratios[-1]:.2f}"
    print(f"| {name} | {threads} | {rate:.2f} | {statistics.median(ratios):.2f} | {spread} | {peak:.0f} |", flush=True)


def table_of(path, dtype, commands, rounds):
    size = path.stat().st_size
    results = measure(commands, rounds)
    for name, (times, peak) in results.items():
        threads = 2 if name.endswith("@2") else 1
        row(f"{dtype} {name.removesuffix('@2')}", threads, size, times, peak, results["plain reading" + "@2" * (threads == 2)][0])


def own_commands(arguments, path, dtype):
    def profile(method, threads):
        return [arguments.weightsieve, "profile", "-q", "--json", "--quantile-method", method, "--threads",
                str(threads), str(path)]

    methods = ["auto", "reservoir", "exact"] if dtype in ("F32", "F64") else ["auto"]
    commands = {"plain reading": [arguments.roofline, str(path), "1"],
                "plain reading@2": [arguments.roofline, str(path), "2"]}
    for method in methods:
        commands[f"`{method}`"] = profile(method, 1)
        commands[f"`{method}`@2"] = profile(method, 2)
    return commands


def python_with_torch():
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 0:
            return python
    return None


def peer_commands(path, mebibytes):
    commands = {f"numpy, {mebibytes} MiB": [sys.executable, str(HERE / "numpy_profile.py"), str(path)]}
    if python := python_with_torch():
        commands[f"torch, {mebibytes} MiB"] = [python, str(HERE / "torch_profile.py"), str(path)]
    return commands


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weightsieve")
    parser.add_argument("roofline")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--peer-mebibytes", type=int, default=128)
    arguments = parser.parse_args()
    print("| what | threads | GB/s | of plain reading | least–most | peak MiB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for dtype in BITS:
            path = make_file(Path(name), dtype, arguments.mebibytes)
            table_of(path, dtype, own_commands(arguments, path, dtype), arguments.rounds)
            path.unlink()
        for dtype in ("F32", "BF16"):
            path = make_file(Path(name), dtype, arguments.peer_mebibytes)
            exact = own_commands(arguments, path, dtype)["`exact`" if dtype == "F32" else "`auto`"]
            commands = {"plain reading": [arguments.roofline, str(path), "1"],
                        f"weightsieve, all exact, {arguments.peer_mebibytes} MiB": exact,
                        **peer_commands(path, arguments.peer_mebibytes)}
            table_of(path, dtype, commands, 3)
            path.unlink()


if __name__ == "__main__":
    main()
