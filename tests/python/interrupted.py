"""Runs of the program that something ends before they are done, and the checkpoint that makes them long enough."""

import random
import subprocess
import time

from checkpoint_file import write_checkpoint, write_sparse
from odd_tensors import odd_tensors
from parts import cut_tensors, rows_of_nothing, twins

# One thread of the slowest kernels takes seconds for what all CPUs do in a fraction of one.
SLOWLY = ["--isa", "scalar", "--threads", "1", "--io", "pread"]


def long_checkpoint(folder, holes=4):
    """A checkpoint of a gibibyte (for four holes), most of it a hole, with everything in it that could be joined wrongly."""
    folder.mkdir(parents=True, exist_ok=True)
    write_checkpoint(folder / "model-00001-of-00003.safetensors", odd_tensors() + cut_tensors(["F32", "BF16"], 2**20 + 2))
    write_sparse(folder / "model-00002-of-00003.safetensors", [(f"hole.{i}", "F32", (2**15, 2**11)) for i in range(holes)])
    rows = [rows_of_nothing("rows.F32", "F32", 1030, 1024), rows_of_nothing("rows.F16", "F16", 1500, 1024)]
    write_checkpoint(folder / "model-00003-of-00003.safetensors", rows + twins("twin", "BF16", 2**20 + 100))
    return folder


def end_by(number, seconds, program, *arguments):
    """(exit status, stderr, seconds it took to end): a run that gets the signal so long after it has begun."""
    with subprocess.Popen([program, *map(str, arguments)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        time.sleep(seconds)
        process.send_signal(number)
        begin = time.monotonic()
        _, stderr = process.communicate(timeout=120)
    return process.returncode, stderr.decode(), time.monotonic() - begin


def moments(seed, most):
    """Random moments, in seconds, before `most`."""
    when = random.Random(seed)
    while True:
        yield when.uniform(0.01, most)
