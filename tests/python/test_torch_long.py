"""PyTorch checkpoints at length: a thousand generated containers, and those that torch itself writes.

torch is not among the packages of the tests (it is a hundred times as large as they are together): it is used where
this Python or the system's has it (Debian: python3-torch), and its test is skipped elsewhere.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from test_torch import check_round

TORCH_CHECKPOINTS = 120


@pytest.mark.parametrize("seed", range(100, 110))
def test_a_thousand_containers_agree_with_numpy(run, tmp_path, seed):
    check_round(run, tmp_path, seed)


@pytest.fixture(scope="module")
def torch_python():
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", "import torch"], capture_output=True, check=False).returncode == 0:
            return python
    pytest.skip("no Python with torch")


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
