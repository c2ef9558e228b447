"""PyTorch checkpoints at length: a thousand generated containers, and those that torch itself writes."""

import json
import subprocess
from pathlib import Path

import pytest

from test_torch import check_round

TORCH_CHECKPOINTS = 120


@pytest.mark.parametrize("seed", range(100, 110))
def test_a_thousand_containers_agree_with_numpy(run, tmp_path, seed):
    check_round(run, tmp_path, seed)


def statistics(tensor):
    return {key: tensor[key] for key in ("shape", "min", "max", "argmin", "argmax")} | {
        "zero": tensor["counts"]["zero"]}


def test_what_torch_writes_is_what_torch_reads(run, torch_python, tmp_path):
    writer = Path(__file__).with_name("torch_checkpoints.py")
    subprocess.run([torch_python, writer, tmp_path, str(TORCH_CHECKPOINTS)], check=True, capture_output=True)
    for path in sorted(tmp_path.glob("*.pt")):
        expected = json.loads(path.with_suffix(".json").read_text())
        result = run("profile", "--json", path)
        assert result.returncode == 0, result.stderr
        document = json.loads(result.stdout)
        assert {tensor["name"]: statistics(tensor) for tensor in document["tensors"]} == expected["tensors"], path
        assert [tensor["name"] for tensor in document["tensors"]] == list(expected["tensors"])
        assert sorted(map(sorted, document["tied"])) == expected["tied"]
