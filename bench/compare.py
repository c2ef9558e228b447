"""Times weightsieve beside plain reading, numpy, torch and weightlens: same files, one run, rounds interleaved, medians.

Usage: compare.py WEIGHTSIEVE ROOFLINE [--rounds N] [--mebibytes N] [--peer-mebibytes N] [--peer-python PYTHON]

Prints a table in markdown. Files are made in a scratch folder and stay in the page cache. A ratio is to `roofline`
(mmap and sum) on the same file with as many threads, in the same round. torch runs where a python3 has it (Debian's
python3-torch), with one thread as numpy; weightlens where PYTHON (of peer-env.sh) has it, whose statistics are fewer.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
MANY_TENSORS = 1024  # more than 65,536 values each, which are sorted and not counted
DTYPES = ["F32", "F64", "BF16", "F16", "I8", "F8_E4M3"]


def make_file(folder, dtype, mebibytes, tensors=4):
    """In a process of its own: what this one has in memory would be counted as the peak of those that it starts."""
    path = folder / f"{dtype}-{mebibytes}-{tensors}.safetensors"
    subprocess.run([sys.executable, str(HERE / "make_file.py"), path, dtype, str(mebibytes), str(tensors)], check=True)
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


def table_of(path, what, commands, rounds):
    size = path.stat().st_size
    results = measure(commands, rounds)
    for name, (times, peak) in results.items():
        threads = 2 if name.endswith("@2") else 1
        row(f"{what} {name.removesuffix('@2')}", threads, size, times, peak, results["plain reading" + "@2" * (threads == 2)][0])


def own_commands(arguments, path, dtype):
    def profile(method, threads, isa="auto"):
        return [arguments.weightsieve, "profile", "-q", "--json", "--quantile-method", method, "--isa", isa,
                "--threads", str(threads), str(path)]

    methods = ["auto", "reservoir", "exact"] if dtype in ("F32", "F64") else ["auto"]
    commands = {"plain reading": [arguments.roofline, str(path), "1"],
                "plain reading@2": [arguments.roofline, str(path), "2"]}
    for method in methods:
        commands[f"`{method}`"] = profile(method, 1)
        commands[f"`{method}`@2"] = profile(method, 2)
    commands["`auto`, AVX2"] = profile("auto", 1, "avx2")
    return commands


def has(python, module):
    return python and subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def python_with_torch():
    return next((each for each in (sys.executable, "/usr/bin/python3") if has(each, "torch")), None)


def peer_commands(arguments, path):
    mebibytes = arguments.peer_mebibytes
    commands = {f"numpy, {mebibytes} MiB": [sys.executable, str(HERE / "numpy_profile.py"), str(path)]}
    if python := python_with_torch():
        commands[f"torch, {mebibytes} MiB"] = [python, str(HERE / "torch_profile.py"), str(path)]
    if has(arguments.peer_python, "weightlens"):
        commands[f"weightlens, {mebibytes} MiB"] = [arguments.peer_python, str(HERE / "weightlens_profile.py"), str(path)]
    return commands


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weightsieve")
    parser.add_argument("roofline")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--peer-mebibytes", type=int, default=128)
    parser.add_argument("--peer-python")
    arguments = parser.parse_args()
    print("| what | threads | GB/s | of plain reading | least–most | peak MiB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        for dtype in DTYPES:
            path = make_file(Path(name), dtype, arguments.mebibytes)
            table_of(path, dtype, own_commands(arguments, path, dtype), arguments.rounds)
            path.unlink()
        path = make_file(Path(name), "F32", arguments.mebibytes, MANY_TENSORS)
        table_of(path, f"F32, {MANY_TENSORS} tensors,", own_commands(arguments, path, "F32"), arguments.rounds)
        path.unlink()
        for dtype in ("F32", "BF16"):
            path = make_file(Path(name), dtype, arguments.peer_mebibytes)
            exact = own_commands(arguments, path, dtype)["`exact`" if dtype == "F32" else "`auto`"]
            commands = {"plain reading": [arguments.roofline, str(path), "1"],
                        f"weightsieve, all exact, {arguments.peer_mebibytes} MiB": exact,
                        **peer_commands(arguments, path)}
            table_of(path, dtype, commands, arguments.rounds)
            path.unlink()


if __name__ == "__main__":
    main()
