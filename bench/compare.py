"""Times weightsieve beside plain reading, numpy, torch and weightlens: same files, one run, rounds interleaved, medians.

Usage: compare.py WEIGHTSIEVE ROOFLINE [--rounds N] [--mebibytes N] [--peer-mebibytes N] [--peer-python PYTHON]

Prints two tables in markdown. Files are made in a scratch folder and stay in the page cache. Ratios are medians of the
rounds, with the least and the greatest: the share of the rate of `roofline` (mmap and sum) on the same file, AVX2
beside AVX-512, two threads beside one; and beside the others, all with one thread. torch runs where a python3 has it
(Debian's python3-torch); weightlens where PYTHON (of peer-env.sh) has it, whose statistics are fewer.
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
MANY_TENSORS = 1024  # of 262,144 values: more than are sorted and not counted
METHODS = ["auto", "reservoir", "exact"]
DTYPES = ["F32", "F64", "BF16", "F16", "I8", "F8_E4M3"]


def make_file(folder, dtype, mebibytes, tensors=4):
    """In a process of its own: what this one has in memory would be counted as the peak of those that it starts."""
    path = folder / f"{dtype}-{mebibytes}-{tensors}.safetensors"
    subprocess.run([sys.executable, str(HERE / "make_file.py"), path, dtype, str(mebibytes), str(tensors)], check=True)
    return path


def run(command, answers):
    """Seconds and peak MiB of one process whose exit status is one of `answers`."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) not in answers:
        sys.exit(f"{command} failed")
    return seconds, usage.ru_maxrss / 1024


def measure(commands, rounds, answers=(0,)):
    """Every command once a round, the first round thrown away: {name: ([seconds], peak MiB)}."""
    results = {name: ([], 0.0) for name in commands}
    for round_number in range(rounds + 1):
        for name, command in commands.items():
            seconds, peak = run(command, answers)
            if round_number > 0:
                times, most = results[name]
                times.append(seconds)
                results[name] = (times, max(most, peak))
    return results


def spread(ratios, digits=2):
    ratios = sorted(ratios)
    return f"{statistics.median(ratios):.{digits}f} ({ratios[0]:.{digits}f}–{ratios[-1]:.{digits}f})"


def over(times, others):
    """How many times faster than `others`, round by round."""
    return [other / time for time, other in zip(times, others)]


def own_row(what, path, results):
    """Shares of plain reading with one thread; AVX2 beside the widest; two threads beside one."""
    times = {name: times for name, (times, _) in results.items()}
    plain = times["plain reading"]
    share = {method: spread(over(times[method], plain)) if method in times else "" for method in METHODS}
    cells = [what, f"{path.stat().st_size / statistics.median(plain) / 1e9:.1f}", *share.values(),
             spread(over(times["auto, AVX2"], times["auto"])), spread(over(times["auto@2"], times["auto"])),
             spread(over(times["plain reading@2"], plain)), f"{results['auto'][1]:.0f}", f"{results['auto@2'][1]:.0f}"]
    print("| " + " | ".join(cells) + " |", flush=True)


def peer_row(what, size, name, results):
    times, peak = results[name]
    own, own_peak = results["weightsieve"]
    faster = "" if name == "weightsieve" else f"{spread(over(own, times), 0)}"
    memory = "" if name == "weightsieve" else f"{peak / own_peak:.0f}"
    rate = size / statistics.median(times) / 1e9
    print(f"| {what} {name} | {rate:.3f} | {faster} | {peak:.0f} | {memory} |", flush=True)


def own_commands(arguments, path, dtype):
    def profile(method, threads, isa="auto"):
        return [arguments.weightsieve, "profile", "-q", "--json", "--quantile-method", method, "--isa", isa,
                "--threads", str(threads), str(path)]

    commands = {"plain reading": [arguments.roofline, str(path), "1"],
                "plain reading@2": [arguments.roofline, str(path), "2"]}
    for method in METHODS if dtype in ("F32", "F64") else METHODS[:1]:
        commands[method] = profile(method, 1)
    commands["auto@2"] = profile("auto", 2)
    commands["auto, AVX2"] = profile("auto", 1, "avx2")
    return commands


def has(python, module):
    return python and subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def python_with_torch():
    return next((each for each in (sys.executable, "/usr/bin/python3") if has(each, "torch")), None)


def peer_commands(arguments, path, dtype):
    """Of statistics that are all exact."""
    own = own_commands(arguments, path, dtype)
    commands = {"weightsieve": own["exact" if dtype in ("F32", "F64") else "auto"],
                "numpy": [sys.executable, str(HERE / "numpy_profile.py"), str(path)]}
    if python := python_with_torch():
        commands["torch"] = [python, str(HERE / "torch_profile.py"), str(path)]
    if has(arguments.peer_python, "weightlens"):
        commands["weightlens"] = [arguments.peer_python, str(HERE / "weightlens_profile.py"), str(path)]
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
    with tempfile.TemporaryDirectory() as name:
        print("| | plain reading, GB/s | `auto` | `reservoir` | `exact` | AVX2 / AVX-512 | 2 threads / 1 | plain reading, "
              "2 / 1 | peak MiB | 2 threads |\n|---|---|---|---|---|---|---|---|---|---|")
        files = [(dtype, dtype, 4) for dtype in DTYPES] + [(f"F32, {MANY_TENSORS} tensors", "F32", MANY_TENSORS)]
        for what, dtype, tensors in files:
            path = make_file(Path(name), dtype, arguments.mebibytes, tensors)
            own_row(what, path, measure(own_commands(arguments, path, dtype), arguments.rounds))
            path.unlink()
        print(f"\n| {arguments.peer_mebibytes} MiB, all exact | GB/s | weightsieve is faster by | peak MiB | times ours |\n"
              "|---|---|---|---|---|")
        for dtype in ("F32", "BF16"):
            path = make_file(Path(name), dtype, arguments.peer_mebibytes)
            results = measure(peer_commands(arguments, path, dtype), arguments.rounds)
            for peer in results:
                peer_row(dtype, path.stat().st_size, peer, results)
            path.unlink()


if __name__ == "__main__":
    main()
