"""What the Python tests share: where the program is, and a real checkpoint where one was fetched.

They run the program as users do, and compare what it prints with numpy on the official safetensors reader.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def program():
    """Path of the program under test."""
    return Path(os.environ.get("WEIGHTSIEVE_PROGRAM", ROOT / "build/bin/weightsieve"))


@pytest.fixture(scope="session")
def is_native(program):
    """Whether memory and time are the program's own, not a sanitizer's."""
    return b"__asan_init" not in program.read_bytes()


@pytest.fixture
def native_only(is_native):
    """For tests of what a sanitizer cannot bear: little address space, a library before its own."""
    if not is_native:
        pytest.skip("not under a sanitizer")


@pytest.fixture(scope="session")
def run(program):
    """Runs the program: run("profile", path, "--json") gives the CompletedProcess, with bytes."""

    def run_program(*arguments, **options):
        command = [str(program), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, check=False, timeout=600, **options)

    return run_program


@pytest.fixture(scope="session")
def torch_python():
    """A Python that has torch: this one or the system's (Debian: python3-torch); the test is skipped where there is none.

    It is not among the packages of the tests: it is a hundred times as large as they are together."""
    for python in (sys.executable, "/usr/bin/python3"):
        tried = subprocess.run([python, "-c", "import torch"], capture_output=True, check=False)
        if tried.returncode == 0:
            return python
    pytest.skip("no Python with torch")


@pytest.fixture(scope="session")
def fetched():
    """fetched(NAME): the file that scripts/fetch-checkpoint.sh keeps under this name; the test is skipped without it."""

    def find(name):
        folder = ROOT / ".cache/checkpoints" / name
        files = list(folder.iterdir()) if folder.exists() else []
        if len(files) != 1:
            pytest.skip(f"no real checkpoint: scripts/fetch-checkpoint.sh {name} could not fetch it")
        return files[0]

    return find


@pytest.fixture(scope="session")
def real_checkpoint(fetched):
    return fetched("all-MiniLM-L6-v2")
