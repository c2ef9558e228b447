"""What the Python tests share: where the program is, and a real checkpoint where one was fetched.

They run the program as users do, and compare what it prints with numpy on the official safetensors reader.
"""

import os
import subprocess
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
def real_checkpoint():
    """The all-MiniLM-L6-v2 that scripts/fetch-checkpoint.sh keeps; the test is skipped without it."""
    path = ROOT / ".cache/checkpoints/all-MiniLM-L6-v2/model.safetensors"
    if not path.exists():
        pytest.skip("no real checkpoint: scripts/fetch-checkpoint.sh could not fetch it")
    return path
