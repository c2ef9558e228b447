#!/usr/bin/env python3
"""What a second rank gains: every verb under mpirun with one rank and with two, a thread each, rounds interleaved.

Usage: bench/ranks.py WEIGHTSIEVE [--rounds N] [--mebibytes N] [--ranks N] [--verbs profile,...]

Prints a table in markdown: seconds (median), MiB of input a second with all ranks, how many times faster more ranks are in
the same round (median, least and most), the same without what mpirun takes to start a program that does nothing (`start-up`),
and, for what the machine allows, how much more as many processes get done that know nothing of each other. Input comes
from the page cache, output goes to /dev/shm.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests/python"))
from mpi_launch import SURROUNDINGS  # noqa: E402  pylint: disable=wrong-import-position

VERBS = {
    "start-up": ["--version"],
    "profile": ["profile", "-q", "--json", "MODEL"],
    "compare": ["compare", "-q", "--json", "MODEL", "OTHER"],
    "verify": ["verify", "-q", "MODEL"],
    "prune --table": ["prune", "-q", "--table", "--select", "weights", "--sparsity", "0.5", "MODEL"],
    "prune dense": ["prune", "-q", "--select", "weights", "--sparsity", "0.5", "MODEL", "-o", "OUT"],
    "prune packed": ["prune", "-q", "--select", "weights", "--sparsity", "0.5", "--encoding", "packed", "MODEL", "-o", "OUT"],
    "pack packed": ["pack", "-q", "MODEL", "-o", "OUT"],
    "pack zst": ["pack", "-q", "--encoding", "zst", "MODEL", "-o", "OUT"],
    "unpack": ["unpack", "-q", "PACKED", "-o", "OUT"],
}


def command_line(program, verb, names, out):
    return [program, *[str((names | {"OUT": out}).get(word, word)) for word in VERBS[verb]],
            *([] if verb == "start-up" else ["--threads", "1"])]


def wait_for(processes):
    for process in processes:
        _, errors = process.communicate()
        if process.returncode not in (0, 1):
            sys.exit(errors.decode())


def seconds(commands, outs):
    """Of all of them at once."""
    for out in outs:
        shutil.rmtree(out, ignore_errors=True)
    begin = time.perf_counter()
    wait_for([subprocess.Popen(command, env=os.environ | SURROUNDINGS, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
              for command in commands])
    return time.perf_counter() - begin


def measure(program, verb, ranks, names):
    """Seconds of one rank, of several, of one process, and of several that know nothing of each other."""
    outs = [names["OUT"].with_name(f"out{i}") for i in range(ranks)]
    alone = [command_line(program, verb, names, out) for out in outs]
    mpirun = [["mpirun", "--oversubscribe", "-n", str(count), *alone[0]] for count in (1, ranks)]
    return [seconds(commands, outs) for commands in ([mpirun[0]], [mpirun[1]], alone[:1], alone)]


def of_all(values):
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def row(verb, rounds, ranks, mebibytes, start):
    one, more, _, _ = (statistics.median(column) for column in zip(*rounds))
    gains = of_all([alone / shared for alone, shared, _, _ in rounds])
    if verb == "start-up":
        return f"| {verb} | {one:.2f} | {more:.2f} | | {gains} | | |"
    work = of_all([(alone - start[0]) / (shared - start[1]) for alone, shared, _, _ in rounds])
    apart = of_all([ranks * single / several for _, _, single, several in rounds])
    return f"| {verb} | {one:.2f} | {more:.2f} | {mebibytes / more:,.0f} | {gains} | {work} | {apart} |"


def make_model(folder, mebibytes):
    """Shards, as large models come: two files of each dtype, no two tensors alike (twins would be hashed)."""
    folder.mkdir()
    for i, dtype in enumerate(["BF16", "BF16", "F32", "F32"], 1):
        path = folder / f"model-{i:05}-of-00004.safetensors"
        subprocess.run([sys.executable, HERE / "make_file.py", path, dtype, str(mebibytes // 4), "4", str(i)], check=True)
        path.write_bytes(path.read_bytes().replace(b'"layer.', b'"part%d.' % i))
    return folder


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mebibytes", type=int, default=1024)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--verbs", default=",".join(VERBS))
    chosen = parser.parse_args()
    print(f"| | 1 rank, s | {chosen.ranks} ranks, s | MiB/s | times faster | without start-up | {chosen.ranks} processes apart |\n"
          "|---|--:|--:|--:|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
        folder = Path(scratch)
        names = {"MODEL": make_model(folder / "model", chosen.mebibytes), "OUT": folder / "out", "PACKED": folder / "packed"}
        names["OTHER"] = names["MODEL"]
        subprocess.run([chosen.program, "pack", "-q", names["MODEL"], "-o", names["PACKED"]], check=True, stdout=subprocess.DEVNULL)
        start = (0, 0)
        for verb in chosen.verbs.split(","):
            rounds = [measure(chosen.program, verb, chosen.ranks, names) for _ in range(chosen.rounds)]
            if verb == "start-up":
                start = [statistics.median(column) for column in zip(*rounds)]
            print(row(verb, rounds, chosen.ranks, chosen.mebibytes, start), flush=True)


if __name__ == "__main__":
    main()
