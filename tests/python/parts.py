"""Profiles made in parts: how tests run them, and the checkpoints on which parts could go wrong."""

import numpy as np

from checkpoint_file import Tensor, write_checkpoint
from odd_tensors import odd_tensors, shaped
from samples import bits, gaussian, pruned, sample


def make_parts(run, checkpoint, folder, count, *options):
    """The files of all parts, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{index}-of-{count}.part" for index in range(count)]
    for index, path in enumerate(paths):
        result = run("profile", checkpoint, "--part", f"{index}/{count}", "-o", path, *options)
        assert (result.returncode, result.stdout) == (0, b""), result.stderr
    return paths


def rows_of_nothing(name, dtype, rows, columns):
    """A matrix, cut by every plan, with dead rows and a dead column that no part sees whole."""
    tensor = sample(name, dtype, rows * columns, gaussian)
    width = len(tensor.data) // rows
    data = bytearray(tensor.data)
    for row in (0, rows // 2, rows - 1):
        data[row * width : (row + 1) * width] = bytes(width)
    element = width // columns
    for row in range(rows):
        data[row * width : row * width + element] = bytes(element)
    return Tensor(name, dtype, (rows, columns), bytes(data))


def twins(name, dtype, elements):
    """Two tensors of the same bytes and a third that differs in one place that statistics do not see."""
    first = sample(name, dtype, elements, gaussian)
    values = np.frombuffer(first.data, np.uint16).copy()
    lo, hi = np.argsort(values)[[elements // 3, elements // 2]]
    values[[lo, hi]] = values[[hi, lo]]
    return [first, Tensor(name + ".again", dtype, first.shape, first.data),
            Tensor(name + ".other", dtype, first.shape, values.tobytes())]


def cut_tensors(dtypes, elements):
    return [sample(f"cut.{dtype}.{pattern.__name__}", dtype, elements, pattern)
            for dtype in dtypes for pattern in (gaussian, bits, pruned)]


def everything(path, dtypes, elements):
    """Odd tensors, large ones that are cut, zeros that stand in rows, and twins."""
    tensors = odd_tensors() + cut_tensors(dtypes, elements) + twins("twin", "BF16", 2**20 + 100)
    tensors += [rows_of_nothing("rows.F32", "F32", 1030, 1024), rows_of_nothing("rows.F16", "F16", 1500, 1024)]
    return write_checkpoint(path, tensors, skew=1)


def many_tiny(path, count=10_000):
    dtypes = ["F32", "BF16", "F64", "I32", "F8_E4M3"]
    tensors = [shaped(f"layers.{i}.weight", dtypes[i % 5], [1 + 7 * i % 5, 1 + i % 11]) for i in range(count)]
    return write_checkpoint(path, tensors)
