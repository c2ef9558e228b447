"""Every code of every dtype of at most 16 bits, one tensor a code, as ml_dtypes and numpy decode it."""

import csv
import io
import math

import ml_dtypes
import numpy as np
import pytest

from checkpoint_file import Tensor, write_checkpoint
from decode import code_table

LIBRARY = {
    "F16": np.float16, "BF16": ml_dtypes.bfloat16, "F8_E5M2": ml_dtypes.float8_e5m2,
    "F8_E4M3": ml_dtypes.float8_e4m3fn, "F8_E4M3FNUZ": ml_dtypes.float8_e4m3fnuz,
    "F8_E5M2FNUZ": ml_dtypes.float8_e5m2fnuz, "F8_E8M0": ml_dtypes.float8_e8m0fnu,
    "F4": ml_dtypes.float4_e2m1fn, "I8": np.int8, "U8": np.uint8, "I16": np.int16, "U16": np.uint16,
}
MINIFLOATS = [dtype for dtype in LIBRARY if dtype[0] != "I" and dtype[0] != "U"]


def library_table(dtype):
    """Value and smallest normal number by the library: IEEE kinds have subnormals below it."""
    kind = np.dtype(LIBRARY[dtype])
    count = 16 if dtype == "F4" else 256**kind.itemsize
    with np.errstate(invalid="ignore"):
        return np.arange(count, dtype=f"<u{kind.itemsize}").view(kind).astype(np.float64)


def code_bytes(dtype, code):
    if dtype == "F4":
        return bytes([code | code << 4])
    return code.to_bytes(np.dtype(LIBRARY[dtype]).itemsize, "little")


def expected_row(dtype, value, copies):
    """The columns that show one value; a column is empty where nothing finite is there."""
    finite = math.isfinite(value)
    smallest_normal = 0 if dtype in ("F8_E8M0", "I8", "U8", "I16", "U16") else ml_dtypes.finfo(LIBRARY[dtype]).smallest_normal
    counts = {
        "zero": value == 0, "negative_zero": value == 0 and math.copysign(1, value) < 0,
        "negative": value < 0, "positive": value > 0, "nan": math.isnan(value),
        "positive_infinity": value == math.inf, "negative_infinity": value == -math.inf,
        "subnormal": 0 < abs(value) < float(smallest_normal),
    }
    row = {key: copies * found for key, found in counts.items()}
    for key in ("min", "max", "mean", "quantile[0.5]"):
        row[key] = value if finite else None
    return row | {"l1": copies * abs(value) if finite else None}


@pytest.mark.parametrize("dtype", sorted(LIBRARY))
def test_each_code_in_a_tensor_of_its_own(run, tmp_path, dtype):
    table = library_table(dtype)
    copies = 2 if dtype == "F4" else 1
    tensors = [Tensor(f"{code:05}", dtype, (copies,), code_bytes(dtype, code)) for code in range(len(table))]
    path = write_checkpoint(tmp_path / "codes.safetensors", tensors, skew=1)
    result = run("profile", path, "--format", "csv", "--bins", 1, "--quantiles", "0.5", "--outside=0:0")
    assert result.returncode == 0, result.stderr
    rows = list(csv.DictReader(io.StringIO(result.stdout.decode())))
    assert [int(row["name"]) for row in rows] == list(range(len(table)))
    for row, value in zip(rows, table.tolist()):
        expected = expected_row(dtype, value, copies)
        found = {key: float(row[key]) if row[key] else None for key in expected}
        assert found == expected, row["name"]


@pytest.mark.parametrize("dtype", MINIFLOATS)
def test_the_reference_decodes_as_the_libraries_do(dtype):
    own, library = code_table(dtype), library_table(dtype)
    assert np.array_equal(np.isnan(own), np.isnan(library))
    numbers = ~np.isnan(own)
    assert np.array_equal(own[numbers].view(np.uint64), library[numbers].view(np.uint64))
