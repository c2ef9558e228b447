"""pack and unpack beside zstd, pzstd and ZipNN: whole programs on the same files, one run, rounds interleaved, medians.

Usage: compare_pack.py WEIGHTSIEVE [--rounds N] [--mebibytes N] [--dtypes F32,BF16,F16] [--python PYTHON]

Prints tables in markdown. Input comes from the page cache, output goes to memory (/dev/shm, where it has room). With
one thread a program is bound to one CPU, whatever threads it starts; a ratio is to zstd -1 in the same round. "copy"
reads and writes the file as it is: nothing that restores a file there can be much faster. PYTHON is one that has ZipNN
(bench/requirements.txt); without it ZipNN is left out. Times of Python programs begin after their imports.
"""

import argparse
import json
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
LEVELS = ["0", "10", "50", "90", "95", "99", "2:4"]
COLUMNS = 4096
ZSTD = ["zstd", "-q", "-f", "--single-thread", "--no-asyncio"]


def magnitudes_to_drop(values, level):
    """The largest magnitude that goes, from a part of the values."""
    return 0 if level == "0" else np.quantile(np.abs(values[:1 << 22]), int(level) / 100)


def pruned(values, level):
    if level == "2:4":
        groups = values.reshape(-1, 4)
        order = np.argsort(np.abs(groups), axis=1)
        np.put_along_axis(groups, order[:, :2], 0, axis=1)
    elif level != "0":
        values[np.abs(values) <= magnitudes_to_drop(values, level)] = 0
    return values


def as_dtype(values, dtype):
    """The bits, as unsigned integers; rounded to nearest even."""
    if dtype == "F32":
        return values.view(np.uint32)
    if dtype == "F16":
        return values.astype(np.float16).view(np.uint16)
    bits = values.view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def make_file(path, dtype, level, mebibytes):
    """Four Gaussian matrices, pruned; returns their bits."""
    width = 4 if dtype == "F32" else 2
    rows = (mebibytes << 20) // 4 // width // COLUMNS
    size = rows * COLUMNS * width
    header = json.dumps({f"layer.{i}.weight": {"dtype": dtype, "shape": [rows, COLUMNS],
                                               "data_offsets": [i * size, (i + 1) * size]} for i in range(4)}).encode()
    header += b" " * (-len(header) % 8)
    random = np.random.default_rng(1)
    tensors = [as_dtype(pruned(random.standard_normal(rows * COLUMNS, dtype=np.float32) * np.float32(0.02), level), dtype)
               for _ in range(4)]
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for tensor in tensors:
            tensor.tofile(file)
    return np.concatenate(tensors)


def entropy_bits(counts):
    share = counts[counts > 0] / counts.sum()
    return float(-(share * np.log2(share)).sum())


def bound_bytes(units):
    """Entropy of the mask, of the upper 16 bits of what is kept, and its lower bits as they are."""
    kept = units[units != 0]
    mask = entropy_bits(np.array([len(kept), len(units) - len(kept)])) * len(units)
    high = (kept >> (8 * units.itemsize - 16)).astype(np.uint16)
    return (mask + (entropy_bits(np.bincount(high)) + 8 * units.itemsize - 16) * len(kept)) / 8


def plane_bytes(units):
    """Each byte of the units by itself, through zstd -1."""
    planes = units.view(np.uint8).reshape(-1, units.itemsize)
    return sum(len(subprocess.run(["zstd", "-1", "-qc"], input=np.ascontiguousarray(planes[:, i]).tobytes(),
                                  capture_output=True, check=True).stdout) for i in range(units.itemsize))


class Program:
    """Writes `packed`, restores `restored` from a copy of that on disk; with one thread on one CPU alone."""

    def __init__(self, name, threads, folders, write, restore=None, tells_seconds=False):
        self.name, self.threads, self.tells_seconds = name, threads, tells_seconds
        self.packed, self.on_disk, self.restored = (folder / name.replace(" ", "_") for folder in folders)
        self.write_command, self.restore_command = write, restore
        self.write_times, self.restore_times = [], []

    def run(self, command, source, target):
        remove(target)
        bound = ["taskset", "-c", str(max(os.sched_getaffinity(0)))] if self.threads == 1 else []
        begin = time.perf_counter()
        done = subprocess.run([*bound, *command, source, *([] if self.tells_seconds else ["-o"]), target],
                              stdout=subprocess.PIPE, check=True)
        seconds = time.perf_counter() - begin
        return float(done.stdout) if self.tells_seconds else seconds

    def warm_up(self, source):
        """A round that is not timed, and shows that everything comes back."""
        self.run(self.write_command, source, self.packed)
        if not self.restore_command:
            return
        subprocess.run(["cp", "-r", self.packed, self.on_disk], check=True)
        self.run(self.restore_command, self.on_disk, self.restored)
        restored = self.restored / source.name if self.restored.is_dir() else self.restored
        subprocess.run(["cmp", source, restored], check=True)
        self.clear()

    def round(self, source):
        self.write_times.append(self.run(self.write_command, source, self.packed))
        if self.restore_command:
            self.restore_times.append(self.run(self.restore_command, self.on_disk, self.restored))
        self.clear()

    def clear(self):
        remove(self.packed)
        remove(self.restored)

    def size(self):
        if self.on_disk.is_dir():
            return sum(path.stat().st_size for path in self.on_disk.glob("*.safetensors"))
        return self.on_disk.stat().st_size


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def programs(arguments, dtype, folders):
    def ours(threads):
        options = ["-q", "--threads", str(threads)]
        return Program(f"weightsieve {threads}", threads, folders, [arguments.weightsieve, "pack", *options],
                       [arguments.weightsieve, "unpack", *options])

    yield Program("zstd -1", 1, folders, [*ZSTD, "-1"], [*ZSTD, "-d"])
    yield ours(1)
    yield ours(2)
    yield Program("zstd -3", 1, folders, [*ZSTD, "-3"], [*ZSTD, "-d"])
    yield Program("zstd -1 -T2", 2, folders, ["zstd", "-qf", "-1", "-T2"], ["zstd", "-qfd"])
    if shutil.which("pzstd"):
        yield Program("pzstd -1 -p 2", 2, folders, ["pzstd", "-q", "-f", "-1", "-p", "2"], ["pzstd", "-q", "-f", "-d", "-p", "2"])
    if arguments.python:
        script = [arguments.python, HERE / "zipnn_file.py"]
        yield Program("ZipNN", 1, folders, [*script, "pack", dtype], [*script, "unpack", dtype], tells_seconds=True)
    copy = [sys.executable, HERE / "copy_file.py"]
    yield Program("copy", 1, folders, copy, copy, tells_seconds=True)


def ratios(base, times):
    each = sorted(b / t for b, t in zip(base, times))
    return f"{statistics.median(each):.2f} ({each[0]:.2f}–{each[-1]:.2f})"


class Tables:
    def __init__(self):
        self.sizes, self.writes, self.restores = [], [], []

    def add(self, case, content_bytes, bound, planes, runs):
        names = [run.name for run in runs]
        if not self.sizes:
            self.sizes.append(["", "bound", "packed", "× bound", "byte planes", "zstd -1", "zstd -3", "ZipNN"])
            for table in (self.writes, self.restores):
                table.append(["", "zstd -1, GB/s", *names[1:], "2 threads of 1"])
        size = {run.name: run.size() for run in runs}
        shares = [bound, size["weightsieve 1"], planes, size["zstd -1"], size["zstd -3"]]
        texts = [f"{value / content_bytes:.4f}" for value in shares]
        zipnn = f"{size['ZipNN'] / content_bytes:.4f}" if "ZipNN" in size else "–"
        self.sizes.append([case, *texts[:2], f"{size['weightsieve 1'] / bound:.4f}", *texts[2:], zipnn])
        self.writes.append(speed_row(case, content_bytes, [run.write_times for run in runs]))
        self.restores.append(speed_row(case, content_bytes, [run.restore_times for run in runs]))

    def print(self):
        for title, table in (("Size, as a share of the dense file", self.sizes),
                             ("Writing, times the speed of zstd -1: median (least–most)", self.writes),
                             ("Restoring, times the speed of zstd -1: median (least–most)", self.restores)):
            print(f"\n{title}\n")
            for i, row in enumerate(table):
                print("| " + " | ".join(row) + " |")
                if i == 0:
                    print("|---" * len(row) + "|")


def speed_row(case, content_bytes, times):
    base = times[0]
    return [case, f"{content_bytes / statistics.median(base) / 1e9:.2f}", *(ratios(base, other) for other in times[1:]),
            ratios(times[1], times[2])]


def memory_folder(mebibytes):
    shared = Path("/dev/shm")
    enough = shared.is_dir() and shutil.disk_usage(shared).free > 3 * (mebibytes << 20)
    return shared if enough else None


def measure(arguments, tables, dtype, level, disk, memory):
    case = f"{dtype} {level}" + (" %" if level != "2:4" else "")
    print(case, file=sys.stderr, flush=True)
    source = disk / "model.safetensors"
    units = make_file(source, dtype, level, arguments.mebibytes)
    folders = [memory / "out", disk / "packed", memory / "back"]
    for folder in folders:
        folder.mkdir()
    runs = list(programs(arguments, dtype, folders))
    for run in runs:
        run.warm_up(source)
    for _ in range(arguments.rounds):
        for run in runs:
            run.round(source)
    tables.add(case, source.stat().st_size, bound_bytes(units), plane_bytes(units), runs)
    for folder in folders:
        shutil.rmtree(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("weightsieve")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mebibytes", type=int, default=256)
    parser.add_argument("--dtypes", default="F32,BF16,F16")
    parser.add_argument("--levels", default=",".join(LEVELS))
    parser.add_argument("--python")
    arguments = parser.parse_args()
    if not arguments.python:
        print("ZipNN is left out: no Python has it", file=sys.stderr)
    tables = Tables()
    with tempfile.TemporaryDirectory() as disk, tempfile.TemporaryDirectory(dir=memory_folder(arguments.mebibytes)) as memory:
        for dtype in arguments.dtypes.split(","):
            for level in arguments.levels.split(","):
                measure(arguments, tables, dtype, level, Path(disk), Path(memory))
    tables.print()


if __name__ == "__main__":
    main()
