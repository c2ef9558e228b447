"""Starts the program under mpirun on one machine, with more ranks than it has cores."""

import os
import shutil
import subprocess
import time
from pathlib import Path

# Shared memory alone, nothing that listens on a network, ranks where the system puts them.
SURROUNDINGS = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_pml": "ob1", "OMPI_MCA_btl": "self,vader", "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
    "OMPI_MCA_oob_tcp_if_include": "lo", "OMPI_MCA_hwloc_base_binding_policy": "none", "OMPI_MCA_mpi_yield_when_idle": "1",
}


def missing(program):
    """Why there is no MPI to test with, or None."""
    if shutil.which("mpirun") is None:
        return "no mpirun"
    libraries = subprocess.run(["ldd", program], capture_output=True, check=False).stdout
    if b"libmpi" not in libraries:
        return "built without MPI"
    return None if run_ranks("true", 2).returncode == 0 else "mpirun starts nothing here"


def surroundings():
    """Address sanitizer would report what MPI itself never frees."""
    options = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))
    return os.environ | SURROUNDINGS | {"ASAN_OPTIONS": options}


def run_ranks(program, ranks, *arguments, **options):
    """The completed mpirun."""
    command = ["mpirun", "--oversubscribe", "-n", str(ranks), program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=False, timeout=300, env=surroundings(), **options)


def launch(commands):
    """The completed mpirun of one rank a command."""
    contexts = [["-n", "1", *map(str, command)] for command in commands]
    line = ["mpirun", "--oversubscribe", *contexts[0]]
    for context in contexts[1:]:
        line += [":", *context]
    return subprocess.run(line, capture_output=True, check=False, timeout=300, env=surroundings())


def ranks_of(launcher):
    """The process ids of the program under a running mpirun, as far as they are there."""
    try:
        return [int(pid) for pid in Path(f"/proc/{launcher.pid}/task/{launcher.pid}/children").read_text().split()]
    except OSError:
        return []


def has_opened(process_id, path):
    """Whether it holds the file, or one in the folder, open."""
    try:
        return any(os.readlink(entry).startswith(str(path)) for entry in os.scandir(f"/proc/{process_id}/fd"))
    except OSError:
        return False


def wait_for_ranks(launcher, count, path):
    """Until that many ranks have opened the checkpoint, or the job has ended. One that is killed before, while MPI starts,
    can leave Open MPI 4.1's mpirun waiting for it for ever."""
    while launcher.poll() is None:
        if sum(has_opened(rank, path) for rank in ranks_of(launcher)) == count:
            return
        time.sleep(0.005)


def said(result):
    """What the program itself said on stderr, without mpirun's own remarks."""
    errors = result.stderr if isinstance(result.stderr, str) else result.stderr.decode()
    return [line for line in errors.splitlines() if line.startswith("weightsieve: ")]
