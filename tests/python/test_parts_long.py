"""Parts of checkpoints of every dtype and layout, by every quantile method, joined to the bytes of one run."""

import pytest

from checkpoint_file import BITS, write_sharded
from parts import everything, make_parts
from samples import gaussian, sample

READABLE = [dtype for dtype in BITS if not dtype.startswith("F6")]


@pytest.fixture(scope="module")
def every_dtype(tmp_path_factory):
    return everything(tmp_path_factory.mktemp("model") / "model.safetensors", READABLE, 2**21 + 2)


@pytest.mark.parametrize("method", ["auto", "reservoir"])
def test_every_dtype(run, every_dtype, tmp_path, method):
    whole = run("profile", "--json", "--quantile-method", method, every_dtype).stdout
    assert len(whole) > 100_000
    for count in (1, 2, 3, 5, 7, 64):
        parts = make_parts(run, every_dtype, tmp_path / str(count), count, "--quantile-method", method)
        assert run("merge", "--json", *parts).stdout == whole, count


def test_shards_and_packed_shards(run, tmp_path):
    (tmp_path / "model").mkdir()
    shards = [[sample(f"{dtype}.{i}", dtype, 700_000 * i + 2, gaussian) for i in (3, 1, 0)]
              for dtype in ("F16", "F32", "I32")]
    write_sharded(tmp_path / "model", shards)
    assert run("pack", tmp_path / "model", "-o", tmp_path / "packed").returncode == 0
    for name in ("model", "packed"):
        whole = run("profile", "--json", tmp_path / name).stdout
        parts = make_parts(run, tmp_path / name, tmp_path / "parts" / name, 5)
        assert len(whole) > 10_000 and run("merge", "--json", *parts).stdout == whole
