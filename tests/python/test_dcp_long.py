"""Distributed PyTorch checkpoints at length: a thousand generated ones, and, where there is torch, that it loads them and
what it writes itself over several ranks."""

import subprocess
from pathlib import Path

import numpy as np
import pytest

import dcp_file
from test_dcp import check_round, random_tensor

TORCH_CHECKPOINTS = 30


@pytest.fixture(scope="module")
def distributed_python(torch_python):
    """One whose torch is new enough (2.5) to shard tensors and to put them together again."""
    parts = "from torch.distributed.tensor import Shard; from torch.distributed.checkpoint.format_utils import dcp_to_torch_save"
    if subprocess.run([torch_python, "-c", parts], capture_output=True, check=False).returncode != 0:
        pytest.skip("torch is too old")
    return torch_python


@pytest.mark.parametrize("seed", range(100, 110))
def test_a_thousand_checkpoints_agree_with_numpy(run, tmp_path, seed):
    check_round(run, tmp_path, seed)


def test_torch_loads_what_is_generated(run, distributed_python, tmp_path):
    random = np.random.default_rng(11)
    for i in range(TORCH_CHECKPOINTS):
        tensors = {f"layer.{k}.weight": random_tensor(random, 3) for k in range(4)}
        dcp_file.save(tmp_path / str(i), {"model": tensors, "epoch": 3})
    script = Path(__file__).with_name("torch_distributed.py")
    subprocess.run([distributed_python, script, "load", tmp_path], check=True, capture_output=True)
    for i in range(TORCH_CHECKPOINTS):
        assert run("compare", tmp_path / str(i), tmp_path / f"{i}.pt").returncode == 0, i


def test_what_torch_saves_over_ranks_is_what_it_saves_alone(run, distributed_python, tmp_path):
    script = Path(__file__).with_name("torch_distributed.py")
    subprocess.run([distributed_python, script, "save", tmp_path], check=True, capture_output=True)
    result = run("compare", tmp_path / "ranks", tmp_path / "alone.pt")
    assert result.returncode == 0, result.stdout
