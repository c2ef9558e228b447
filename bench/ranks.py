#!/usr/bin/env python3
"""What a second rank gains: every verb under mpirun with one rank and with two, a thread each, rounds interleaved.

Usage: bench/ranks.py WEIGHTSIEVE [--rounds N] [--mebibytes N] [--ranks N] [--verbs profile,...]

Prints a table in markdown: seconds (median), and how many times faster more ranks are in the same round (median, least
and most). Start-up of mpirun is part of it. Input comes from the page cache, output goes to /dev/shm.
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


def seconds(program, ranks, command, names):
    shutil.rmtree(names["OUT"], ignore_errors=True)
    words = [str(names.get(word, word)) for word in command]
    launch = ["mpirun", "--oversubscribe", "-n", str(ranks), program, *words, "--threads", "1"]
    begin = time.perf_counter()
    result = subprocess.run(launch, env=os.environ | SURROUNDINGS, capture_output=True, check=False)
    if result.returncode not in (0, 1):
        sys.exit(result.stderr.decode())
    return time.perf_counter() - begin


def make_model(folder, mebibytes):
    """Shards, as large models come: two files of each dtype."""
    folder.mkdir()
    for i, dtype in enumerate(["BF16", "BF16", "F32", "F32"], 1):
        path = folder / f"model-{i:05}-of-00004.safetensors"
        subprocess.run([sys.executable, HERE / "make_file.py", path, dtype, str(mebibytes // 4), "4"], check=True)
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
    print(f"| | 1 rank, s | {chosen.ranks} ranks, s | times faster |\n|---|--:|--:|---|", flush=True)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
        folder = Path(scratch)
        names = {"MODEL": make_model(folder / "model", chosen.mebibytes), "OUT": folder / "out", "PACKED": folder / "packed"}
        names["OTHER"] = names["MODEL"]
        subprocess.run([chosen.program, "pack", "-q", names["MODEL"], "-o", names["PACKED"]], check=True, stdout=subprocess.DEVNULL)
        for verb in chosen.verbs.split(","):
            rounds = [[seconds(chosen.program, ranks, VERBS[verb], names) for ranks in (1, chosen.ranks)]
                      for _ in range(chosen.rounds)]
            one, more = (statistics.median(column) for column in zip(*rounds))
            gains = sorted(alone / shared for alone, shared in rounds)
            print(f"| {verb} | {one:.2f} | {more:.2f} | {statistics.median(gains):.2f} ({gains[0]:.2f}–{gains[-1]:.2f}) |",
                  flush=True)


if __name__ == "__main__":
    main()
