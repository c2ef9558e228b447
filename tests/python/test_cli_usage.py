"""What the program says of itself, and how it refuses a command line."""

import platform
import re
import subprocess

import pytest
from checkpoint_file import write_checkpoint
from odd_tensors import shaped
from tiny_checkpoint import write_floats

INPUT = {"--include", "--exclude", "--strict", "--io", "--threads", "--isa"}
OUTPUT = {"--format", "--json", "--output", "--force", "--color", "--ascii", "--quiet", "--verbose"}
COMMON = INPUT | OUTPUT | {"--help", "--version"}
INVENTORY = {"--name", "--rank-page", "--all", "--sort", "--top", "--group-by"}
SHOWN = {"--outside", "--threshold", "--quantiles", "--view", "--long"}
COUNTED = SHOWN | {"--quantile-method", "--exact", "--sample", "--seed", "--bins", "--range"}
FOREIGN_ISA = "sse2" if platform.machine() == "aarch64" else "neon"
OPTIONS = {
    "inspect": COMMON | INVENTORY | {"--include-optimizer"},
    "profile": COMMON | INVENTORY | COUNTED | {"--fail-on", "--plots", "--include-optimizer", "--part", "--resume"},
    "merge": (COMMON | INVENTORY | {"--view", "--long", "--fail-on", "--plots"})
             - {"--include", "--exclude", "--strict", "--io", "--threads", "--isa"},
    "report": (COMMON | INVENTORY | SHOWN | {"--plots"}) - {"--strict", "--io", "--threads", "--isa"},
    "rank": COMMON | {"--top", "--plots"},
    "prune": COMMON | {"--sparsity", "--count", "--scope", "--method", "--nm", "--nm-axis", "--select", "--score-scale",
                       "--encoding", "--level", "--table", "--per-layer", "--plots", "--timing", "--resume", "--seed"},
    "pack": (COMMON | {"--encoding", "--level", "--timing", "--resume"}) - {"--include", "--exclude"},
    "unpack": (COMMON | {"--timing", "--resume"}) - {"--include", "--exclude"},
    "compare": COMMON | {"--tolerance", "--sort", "--top", "--plots"},
    "verify": COMMON | {"--headers-only", "--security"},
}


@pytest.fixture
def model(tmp_path):
    return write_floats(tmp_path / "model.safetensors", {"a.weight": [1, 2, 3, 4], "a.bias": [0, -1]})


def test_without_arguments_it_says_what_there_is(run):
    result = run()
    assert (result.returncode, result.stdout) == (2, b"")
    for verb in OPTIONS:
        assert f"weightsieve {verb} " in result.stderr.decode()


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_of_the_program(run, option):
    result = run(option)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout == run().stderr


@pytest.mark.parametrize("verb", OPTIONS)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_of_a_verb_lists_its_options_and_no_other(run, verb, option):
    result = run(verb, option)
    text = result.stdout.decode()
    assert (result.returncode, result.stderr) == (0, b"")
    assert set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", text, re.MULTILINE)) == OPTIONS[verb]
    assert max(map(len, text.splitlines())) <= 80


def test_examples_in_help_work(run, program, tmp_path):
    model = write_checkpoint(tmp_path / "model.safetensors", [shaped("a.weight", "F32", [30, 40])])
    models = tmp_path / "models"
    models.mkdir()
    (models / "one.safetensors").symlink_to(model)
    (tmp_path / "parts").mkdir()
    assert run("profile", "--part", "0/1", model, "-o", tmp_path / "parts" / "0.part").returncode == 0
    examples = re.findall(r"^ +\$ (weightsieve .*)$", run("--help").stdout.decode(), re.MULTILINE)
    assert len(examples) == len(OPTIONS)
    for example in examples:
        assert example in run(example.split()[1], "--help").stdout.decode()
        shell = {"PATH": f"{program.parent}:/usr/bin:/bin"}
        result = subprocess.run(example, shell=True, cwd=tmp_path, env=shell, capture_output=True, check=False)
        assert (result.returncode, result.stderr) == (0, b""), example


@pytest.mark.parametrize("arguments", [["--version"], ["inspect", "--version"]])
def test_version_and_instruction_set(run, arguments):
    result = run(*arguments)
    assert result.returncode == 0
    assert re.fullmatch(rb"weightsieve \d+\.\d+\.\d+ \((scalar|sse2|avx2|avx512bw|neon)\)\n", result.stdout)
    assert b"(scalar)" in run("inspect", "--isa", "scalar", "--version").stdout


def test_help_is_a_verb_too(run):
    assert run("help").stdout == run("--help").stdout
    for verb in OPTIONS:
        assert run("help", verb).stdout == run(verb, "--help").stdout
    assert run("help", "nosuch").returncode == 2
    assert run("help", "inspect", "profile").returncode == 2


def test_help_offers_only_columns_that_can_be_sorted_by(run, model):
    for verb in ("inspect", "profile"):
        offered = re.search(r"order of the layers: ([a-z_0-9,\s]+); with", run(verb, "--help").stdout.decode())[1]
        columns = re.split(r",\s+", offered)
        assert len(columns) >= 3
        for column in columns:
            assert run(verb, "--sort", column, model).returncode == 0, column
    assert len(columns) > 10


def test_help_of_compare_offers_only_columns_that_can_be_sorted_by(run, model):
    offered = re.search(r"order of the tensors: ([a-z_0-9,\s]+); with", run("compare", "--help").stdout.decode())[1]
    for column in re.split(r",\s+", offered):
        assert run("compare", "--sort", column, model, model).returncode == 0, column


def test_columns_are_sorted_by_as_they_are_titled(run, model):
    for title, column in (("size", "bytes"), ("parameters", "elements"), ("layer", "name")):
        assert run("inspect", "--sort", title, model).stdout == run("inspect", "--sort", column, model).stdout
        assert run("inspect", "--sort", f"{title}:asc", model).returncode == 0


def test_help_says_folder_where_one_is_written(run):
    for verb in OPTIONS:
        writes = verb in ("prune", "pack", "unpack")
        text = run(verb, "--help").stdout.decode()
        assert ("--output DIR" in text) == writes and ("--output FILE" in text) != writes


def test_what_help_leaves_out_is_taken_all_the_same(run, tmp_path, model):
    saved = tmp_path / "saved.json"
    assert run("profile", "-o", saved, model).returncode == 0
    result = run("report", "--threads", "1", "--io", "pread", "--isa", "scalar", "--strict", saved)
    assert result.returncode == 0 and result.stdout == run("report", saved).stdout


def test_a_saved_profile_is_no_checkpoint(run, tmp_path, model):
    saved = tmp_path / "saved.json"
    assert run("profile", "-o", saved, model).returncode == 0
    for verb in ("inspect", "profile"):
        result = run(verb, saved)
        assert result.returncode == 3 and f"'weightsieve report {saved}' shows it".encode() in result.stderr


def test_a_misspelt_word_gets_a_hint(run, model):
    assert b"did you mean 'profile'?" in run("profle", model).stderr
    assert b"did you mean '--threshold'?" in run("profile", "--treshold", "1", model).stderr
    assert b"did you mean" not in run("analyse", model).stderr


def test_numbers_that_do_not_go_together_say_how_they_do(run, tmp_path, model):
    for arguments, said in ((["profile", "--part", "3/3", "-o", tmp_path / "3.part"], b"count from 0, so the last of 3 is 2/3"),
                            (["prune", "--table", "--nm", "4:2"], b"N can be at most M (as in 2:4)")):
        result = run(*arguments, model)
        assert (result.returncode, result.stdout) == (2, b"") and said in result.stderr


def test_asking_twice_for_the_same_is_asking_once(run, model):
    once = run("profile", "--threshold", "0.1", "--quantiles", "0.5", model)
    twice = run("profile", "--threshold", "0.1", "--outside", "-0.1:0.1", "--quantiles", "0.5,0.5", model)
    assert once.returncode == 0 and once.stdout == twice.stdout


def test_an_instruction_set_of_the_environment_that_cannot_be_had(program, model):
    for isa in ("unheard-of", FOREIGN_ISA):
        surroundings = {"WEIGHTSIEVE_ISA": isa}
        for verb in OPTIONS:
            command = [program, verb, model]
            result = subprocess.run(command, env=surroundings, capture_output=True, check=False)
            assert (result.returncode, result.stdout) == (2, b"")
            assert b"WEIGHTSIEVE_ISA" in result.stderr and isa.encode() in result.stderr
        chosen = [program, "inspect", "--isa", "scalar", model]
        assert subprocess.run(chosen, env=surroundings, capture_output=True, check=False).returncode == 0
        helped = [program, "inspect", "--help"]
        assert subprocess.run(helped, env=surroundings, capture_output=True, check=False).returncode == 0
    usable = subprocess.run([program, "inspect", model], env={"WEIGHTSIEVE_ISA": "scalar"}, capture_output=True, check=False)
    assert (usable.returncode, usable.stderr) == (0, b"")


USAGE_ERRORS = {
    "empty PATH": ["profile", ""],
    "empty PATH among others": ["inspect", "MODEL", ""],
    "unknown verb": ["analyse", "MODEL"],
    "verb of a later version": ["prune", "MODEL"],
    "option before the verb": ["--json", "inspect", "MODEL"],
    "no PATH": ["inspect"],
    "stdin as PATH": ["inspect", "-"],
    "unknown option": ["inspect", "--bogus", "MODEL"],
    "option of another verb": ["inspect", "--bins", "3", "MODEL"],
    "abbreviation": ["profile", "--thresh", "0.1", "MODEL"],
    "flag with a value": ["inspect", "--quiet=yes", "MODEL"],
    "option without value": ["profile", "MODEL", "--bins"],
    "option twice": ["profile", "--bins", "3", "--bins", "4", "MODEL"],
    "format unknown": ["inspect", "--format", "pdf", "MODEL"],
    "long, but no CSV": ["profile", "--long", "MODEL"],
    "long in other files than CSV": ["profile", "--long", "-o", "x.json", "MODEL"],
    "long of another table": ["profile", "--long", "--format", "csv", "--view", "findings", "MODEL"],
    "level of an encoding without": ["pack", "--level", "3", "-o", "out", "MODEL"],
    "level of what is not encoded": ["prune", "--sparsity", "0.5", "--level", "3", "-o", "out", "MODEL"],
    "page of two": ["inspect", "--format", "html", "MODEL", "MODEL"],
    "page of two in a file": ["profile", "-o", "x.html", "MODEL", "MODEL"],
    "page of a ranking": ["rank", "-o", "x.html", "MODEL"],
    "page of what is written": ["pack", "--format", "html", "-o", "out", "MODEL"],
    "page of a table of pruning": ["prune", "--table", "--format", "html", "MODEL"],
    "format contradiction": ["inspect", "--json", "--format", "csv", "MODEL"],
    "method contradiction": ["profile", "--exact", "--quantile-method", "reservoir", "MODEL"],
    "io unknown": ["inspect", "--io", "fast", "MODEL"],
    "isa unknown": ["inspect", "--isa", "avx9", "MODEL"],
    "isa of another architecture": ["inspect", "--isa", FOREIGN_ISA, "MODEL"],
    "color unknown": ["inspect", "--color", "blue", "MODEL"],
    "threads negative": ["inspect", "--threads", "-1", "MODEL"],
    "threads huge": ["inspect", "--threads", "1000000000", "MODEL"],
    "threads with sign": ["inspect", "--threads", "+2", "MODEL"],
    "threads with blank": ["inspect", "--threads", " 2", "MODEL"],
    "bins zero": ["profile", "--bins", "0", "MODEL"],
    "bins huge": ["profile", "--bins", "18446744073709551615", "MODEL"],
    "sample zero": ["profile", "--sample", "0", "MODEL"],
    "seed not whole": ["profile", "--seed", "1.5", "MODEL"],
    "threshold NaN": ["profile", "--threshold", "nan", "MODEL"],
    "threshold negative": ["profile", "--threshold", "-1", "MODEL"],
    "threshold with comma": ["profile", "--threshold", "0,1", "MODEL"],
    "interval NaN": ["profile", "--outside", "nan:1", "MODEL"],
    "interval upside down": ["profile", "--outside", "1:0", "MODEL"],
    "interval of one": ["profile", "--outside", "1", "MODEL"],
    "range infinite": ["profile", "--range", "-inf:1", "MODEL"],
    "range empty": ["profile", "--range", "1:1", "MODEL"],
    "quantile above one": ["profile", "--quantiles", "0.5,1.5", "MODEL"],
    "quantile negative": ["profile", "--quantiles=-0.1", "MODEL"],
    "quantile missing": ["profile", "--quantiles", "0.5,,1", "MODEL"],
    "view unknown": ["profile", "--view", "dense", "MODEL"],
    "sort unknown": ["inspect", "--sort", "colour", "MODEL"],
    "top zero": ["inspect", "--top", "0", "MODEL"],
    "group by zero": ["inspect", "--group-by", "0", "MODEL"],
    "pattern broken": ["inspect", "--include", "h[0", "MODEL"],
    "one name for two": ["inspect", "--name", "x", "MODEL", "MODEL"],
    "compare one": ["compare", "MODEL"],
    "compare three": ["compare", "MODEL", "MODEL", "MODEL"],
    "tolerance negative": ["compare", "--tolerance", "-1", "MODEL", "MODEL"],
    "output twice": ["inspect", "-o", "x.json", "-o", "./x.json", "MODEL"],
    "stdout twice": ["inspect", "-o", "-", "-o", "-", "MODEL"],
    "output of no known ending": ["inspect", "-o", "x.pdf", "MODEL"],
}


@pytest.mark.parametrize("case", USAGE_ERRORS)
def test_usage_errors_are_one_line_with_a_hint(run, tmp_path, model, case):
    arguments = [str(model) if word == "MODEL" else word for word in USAGE_ERRORS[case]]
    before = sorted(tmp_path.iterdir())
    result = run(*arguments, cwd=tmp_path)
    message = result.stderr.decode()
    assert (result.returncode, result.stdout) == (2, b"")
    assert re.fullmatch(r"weightsieve: [^\n]+--help'\)\n", message), message
    assert sorted(tmp_path.iterdir()) == before


def test_a_report_of_what_the_profile_does_not_hold(run, tmp_path, model):
    saved = tmp_path / "model.json"
    assert run("profile", "-o", saved, "--threshold", "0.1", "--quantiles", "0.5", model).returncode == 0
    assert run("report", "--threshold", "0.1", "--quantiles", "0.5", saved).returncode == 0
    for options in (["--threshold", "0.2"], ["--outside", "-0.1:0"], ["--quantiles", "0.25"]):
        result = run("report", *options, saved)
        assert (result.returncode, result.stdout) == (2, b"")
        assert result.stderr.count(b"\n") == 1


def test_a_view_of_statistics_of_an_inventory(run, tmp_path, model):
    saved = tmp_path / "model.json"
    assert run("inspect", "-o", saved, model).returncode == 0
    result = run("report", "--view", "sparsity", saved)
    assert (result.returncode, result.stdout) == (2, b"")
