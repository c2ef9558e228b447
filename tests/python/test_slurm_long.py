"""The job scripts of scripts/slurm on a real Slurm of one node: the merged profile is the laptop's, byte for byte."""

import pytest

import mpi_launch
import slurm_node
from conftest import ROOT
from interrupted import SLOWLY, long_checkpoint
from parts import everything

SCRIPTS = ROOT / "scripts/slurm"


@pytest.fixture(scope="module")
def slurm(tmp_path_factory):
    reason = slurm_node.missing()
    if reason:
        pytest.skip(reason)
    node = slurm_node.SlurmNode(tmp_path_factory.mktemp("slurm"))
    try:
        if not node.start():
            pytest.skip("Slurm does not start here")
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return everything(tmp_path_factory.mktemp("model") / "model.safetensors", ["F32", "BF16"], 2**20 + 2)


@pytest.fixture(scope="module")
def whole(run, model):
    return run("profile", "--json", model).stdout


@pytest.fixture
def submit(slurm, program, tmp_path):
    """submit(sbatch options, script, arguments) waits for the job, which must end well."""

    def submit_and_wait(options, script, *arguments):
        surroundings = f"--export=ALL,WEIGHTSIEVE={program}"
        log = tmp_path / "job.log"
        result = slurm.call("sbatch", "--wait", surroundings, "-o", log, "--cpus-per-task=1", *options,
                            SCRIPTS / script, *arguments, cwd=tmp_path)
        assert result.returncode == 0, (result.stderr, log.read_text() if log.exists() else "no log")
        return result

    return submit_and_wait


@pytest.mark.parametrize("array, count", [("0-3", 4), ("10-18:4", 3)])
def test_an_array_and_its_merge(submit, model, whole, tmp_path, array, count):
    submit([f"--array={array}"], "profile-array.sh", model, tmp_path / "parts")
    assert len(list((tmp_path / "parts").iterdir())) == count
    submit([], "profile-merge.sh", tmp_path / "parts", tmp_path / "p.json")
    assert (tmp_path / "p.json").read_bytes() == whole


def test_a_task_that_is_queued_again_makes_what_is_missing(submit, model, whole, tmp_path):
    submit(["--array=0-2"], "profile-array.sh", model, tmp_path / "parts")
    (tmp_path / "parts" / "1.part").unlink()
    kept = (tmp_path / "parts" / "0.part").stat().st_mtime_ns
    submit(["--array=0-2"], "profile-array.sh", model, tmp_path / "parts")
    assert (tmp_path / "parts" / "0.part").stat().st_mtime_ns == kept
    submit([], "profile-merge.sh", tmp_path / "parts", tmp_path / "p.json")
    assert (tmp_path / "p.json").read_bytes() == whole


@pytest.fixture
def interrupt(slurm, program, tmp_path):
    """interrupt(script, arguments, how) submits a job, waits until it runs and has kept something, calls how(id), which
    ends this start of it, and waits until the job is done. Returns how often it was started again."""

    def shown(job):
        text = slurm.call("scontrol", "show", "job", job).stdout
        return dict(word.split("=", 1) for word in text.split() if "=" in word)

    def interrupt_and_wait(script, arguments, journal, how, *options):
        submitted = slurm.call("sbatch", "--parsable", f"--export=ALL,WEIGHTSIEVE={program}", "-o", tmp_path / "job.log",
                               "--cpus-per-task=1", *options, SCRIPTS / script, *arguments, cwd=tmp_path)
        job = submitted.stdout.strip()
        assert submitted.returncode == 0 and job, submitted.stderr
        assert slurm.wait(lambda: journal.exists() or shown(job)["JobState"] == "COMPLETED", 60), shown(job)
        how(job)
        assert slurm.wait(lambda: shown(job)["JobState"] == "COMPLETED", 240), (shown(job), (tmp_path / "job.log").read_text())
        return int(shown(job)["Restarts"])

    return interrupt_and_wait


@pytest.fixture(scope="module")
def long_model(tmp_path_factory):
    return long_checkpoint(tmp_path_factory.mktemp("long"), holes=8)


def test_a_job_that_is_requeued_goes_on(slurm, run, interrupt, long_model, tmp_path):
    output = tmp_path / "p.json"
    restarts = interrupt("profile-requeue.sh", [long_model, output, *SLOWLY], tmp_path / "p.json.journal",
                         lambda job: slurm.call("scontrol", "requeue", job))
    assert restarts == 1 and "stopped by signal 15" in (tmp_path / "job.log").read_text()
    assert output.read_bytes() == run("profile", "--json", long_model).stdout
    assert not (tmp_path / "p.json.journal").exists()


def test_a_job_whose_time_runs_out_queues_itself_again(slurm, run, interrupt, long_model, tmp_path):
    output = tmp_path / "p.json"
    restarts = interrupt("profile-requeue.sh", [long_model, output, *SLOWLY], tmp_path / "p.json.journal",
                         lambda job: slurm.call("scancel", "--signal=USR1", "--batch", job))
    assert restarts == 1 and "stopped by signal 10" in (tmp_path / "job.log").read_text()
    assert output.read_bytes() == run("profile", "--json", long_model).stdout


@pytest.fixture
def with_mpi(program):
    reason = mpi_launch.missing(program)
    if reason:
        pytest.skip(reason)


def test_an_mpi_job_by_mpirun(slurm, with_mpi, submit, model, whole, tmp_path, monkeypatch):  # pylint: disable=unused-argument
    launch = mpi_launch.SURROUNDINGS | {"LAUNCH": "mpirun --oversubscribe -n 3"}
    monkeypatch.setattr(slurm, "surroundings", slurm.surroundings | launch)
    submit(["--ntasks=1"], "profile-mpi.sh", model, tmp_path / "p.json")
    assert (tmp_path / "p.json").read_bytes() == whole


@pytest.fixture
def with_pmix(slurm, with_mpi):  # pylint: disable=unused-argument
    """Slurm starts the ranks itself, as the script has it."""
    listed = slurm.call("srun", "--mpi=list")
    if "pmix" not in listed.stdout + listed.stderr:
        pytest.skip("Slurm has no PMIx")


def test_an_mpi_job_by_srun(with_pmix, submit, model, whole, tmp_path):  # pylint: disable=unused-argument
    submit(["--ntasks=3"], "profile-mpi.sh", model, tmp_path / "p.json")
    assert (tmp_path / "p.json").read_bytes() == whole


def test_ranks_that_srun_started_fail_with_one_message(slurm, with_pmix, program, tmp_path):  # pylint: disable=unused-argument
    result = slurm.call("srun", "--mpi=pmix", "--ntasks=3", program, "profile", tmp_path / "missing")
    assert (result.returncode, len(mpi_launch.said(result))) == (6, 1), result.stderr


def test_an_mpi_job_that_is_requeued_goes_on(slurm, with_pmix, run, interrupt, long_model, tmp_path):  # pylint: disable=unused-argument
    output = tmp_path / "p.json"
    restarts = interrupt("profile-mpi.sh", [long_model, output, *SLOWLY], tmp_path / "p.json.journal",
                         lambda job: slurm.call("scontrol", "requeue", job), "--ntasks=2")
    assert restarts == 1
    assert output.read_bytes() == run("profile", "--json", long_model).stdout
    assert not list(tmp_path.glob("*.journal*"))
