"""Times `compare` beside `profile`: same files, one run, rounds interleaved, medians.

Usage: compare_checkpoints.py WEIGHTSIEVE [--rounds N] [--mebibytes N]

Prints a table in markdown. A checkpoint of Gaussian weights is compared with a copy, with one in which every value
moved a little, and with its half pruned. `compare` reads two files where `profile` reads one, so its rate per byte
stands beside that of `profile` on the first: the median of the rounds, with the least and the greatest; one thread and
two, everything from the page cache. The promise is 0.4 or more.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from compare import make_file, measure, over, spread

HERE = Path(__file__).parent
OTHERS = ["a copy", "every value moved", "half pruned"]


def others_of(program, path, dtype, folder):
    """The file to compare with, by name."""
    others = {name: folder / f"{dtype}-{number}.safetensors" for number, name in enumerate(OTHERS)}
    shutil.copyfile(path, others["a copy"])
    subprocess.run([sys.executable, HERE / "move_values.py", path, others["every value moved"]], check=True)
    pruned = folder / f"{dtype}-pruned"
    subprocess.run([program, "prune", "-q", "--sparsity", "0.5", "--select", "all", path, "-o", pruned], check=True,
                   stdout=subprocess.DEVNULL)
    (pruned / path.name).rename(others["half pruned"])
    return others


def commands_of(program, path, others, threads):
    options = ["-q", "--json", "--threads", str(threads)]
    compared = {name: [program, "compare", *options, path, other] for name, other in others.items()}
    return {"profile": [program, "profile", *options, path], **compared}


def row(label, results):
    profile, _ = results["profile"]
    shares = [spread([2 * share for share in over(results[name][0], profile)]) for name in OTHERS]
    peak = max(results[name][1] for name in OTHERS)
    print("| " + " | ".join([label, *shares, f"{peak:.0f}"]) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--mebibytes", type=int, default=512)
    arguments = parser.parse_args()
    print("| | " + " | ".join(OTHERS) + " | peak MiB |\n|---|---|---|---|---|")
    for dtype in ("F32", "BF16", "F16"):
        with tempfile.TemporaryDirectory() as scratch:
            path = make_file(Path(scratch), dtype, arguments.mebibytes)
            others = others_of(arguments.program, path, dtype, Path(scratch))
            for threads in (1, 2):
                results = measure(commands_of(arguments.program, path, others, threads), arguments.rounds, answers=(0, 1))
                row(f"{dtype}, {threads} thread{'s' * (threads > 1)}", results)


main()
