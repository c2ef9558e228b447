"""--plots DIR: pictures that are whole, figures beside them that are the profile's, and names that stay names."""

import os
import re

import pytest
from pictures import PICTURES, assert_whole, assert_whole_svg, needs_gnuplot, write_transformer
from tiny_checkpoint import write_floats

HOSTILE = [
    "`touch pwned`",
    "$(touch pwned)",
    "'; system('touch pwned') #",
    '"; system("touch pwned"); "',
    "a\nset output 'pwned'\nplot x\n",
    "a\tb\n\n\nsystem('touch pwned')",
    "</text><script>alert(1)</script>&amp;<!--",
    "]]>{/=40 big}^{a}_{b}@&{c}~d",
    "\x1b[31m\u202e\x00%s%n%g\\n\\x41",
    "layer.7.\u00fcber.weight",
    "#",
    "",
]
HOSTILE_FILE = "`touch pwned`$(touch pwned)'\"<script>"


@pytest.fixture
def model(tmp_path):
    return write_transformer(tmp_path / "model.safetensors")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "plots"


@needs_gnuplot
def test_pictures_are_whole_and_stdout_is_as_without_them(run, model, folder):
    result = run("profile", "--plots", folder, model)
    assert (result.returncode, result.stderr.decode()) == (
        0, f"weightsieve: wrote to {folder}: parameters, histogram, intervals, depth, quantiles\n")
    assert result.stdout == run("profile", model).stdout
    assert_whole(folder)
    assert run("profile", "-q", "--force", "--plots", folder, model).stderr == b""


@needs_gnuplot
def test_a_saved_profile_gives_the_same_bytes(run, model, folder, tmp_path):
    saved = tmp_path / "model.json"
    assert run("profile", "-o", saved, "--plots", folder, model).returncode == 0
    again = tmp_path / "again"
    assert run("report", "--plots", again, saved).returncode == 0
    assert_whole(again)
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


@needs_gnuplot
@pytest.mark.parametrize("verb", ["profile", "compare", "prune", "rank"])
def test_names_are_never_commands(run, tmp_path, verb):
    work = tmp_path / "work"
    work.mkdir()
    tensors = {f"{i}.{hostile}": [0.5, -0.25, i] for i, hostile in enumerate(HOSTILE)}
    tensors |= {f"h.{i}.{hostile}.attn.q.weight": [0.5, i] for i, hostile in enumerate(HOSTILE)}
    model = write_floats(work / f"{HOSTILE_FILE}.safetensors", tensors)
    other = write_floats(work / f"{HOSTILE_FILE}2.safetensors", {name: [x + 1 for x in v] for name, v in tensors.items()})
    options = {"profile": [model], "compare": [model, other], "rank": [model, other],
               "prune": ["--table", "--select", "all", model]}[verb]
    result = run(verb, "--plots", "plots", *options, cwd=work)
    assert result.returncode == (1 if verb == "compare" else 0), result.stderr
    assert b"--plots" not in result.stderr
    assert sorted(path.name for path in work.iterdir()) == sorted(["plots", model.name, other.name])
    assert_whole(work / "plots", {"compare": ["comparison"], "prune": ["pruning"], "rank": ["ranking"]}.get(verb, PICTURES))
    for path in (work / "plots").glob("*.svg"):
        assert not re.search(r"[^\w\s.\-/:,()\[\]{}*+=|<>?%≤Δ–]", assert_whole_svg(path))


@needs_gnuplot
def test_the_users_gnuplot_settings_and_locale_change_nothing(run, model, folder, tmp_path):
    assert run("profile", "--plots", folder, model).returncode == 0
    (tmp_path / ".gnuplot").write_text("set title 'mine'\nset output 'mine.svg'\n")
    surroundings = os.environ | {"HOME": str(tmp_path), "GNUTERM": "dumb", "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}
    again = tmp_path / "again"
    assert run("profile", "--plots", again, model, env=surroundings, cwd=tmp_path).returncode == 0
    for path in folder.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes()


def test_without_gnuplot_the_figures_and_the_rest_are_there(run, model, folder, tmp_path):
    (tmp_path / "bin").mkdir()
    result = run("profile", "--plots", folder, model, env=os.environ | {"PATH": str(tmp_path / "bin")})
    assert result.returncode == 0
    assert result.stdout == run("profile", model).stdout
    assert result.stderr.count(b"\n") == 2
    assert b"gnuplot is not installed" in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.csv" for name in PICTURES)


@pytest.mark.parametrize("script", ["exit 1", "echo '<svg>'", "kill -9 $$", "echo broken >&2; exit 3"])
def test_a_gnuplot_that_fails_leaves_no_picture(run, model, folder, tmp_path, script):
    (tmp_path / "bin").mkdir()
    broken = tmp_path / "bin" / "gnuplot"
    broken.write_text(f"#!/bin/sh\n{script}\n")
    broken.chmod(0o755)
    result = run("profile", "--plots", folder, model, env=os.environ | {"PATH": str(tmp_path / "bin")})
    assert result.returncode == 0
    assert b"is not drawn: gnuplot failed" in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == sorted(f"{name}.csv" for name in PICTURES)


@needs_gnuplot
def test_existing_pictures_are_kept_unless_forced(run, model, folder):
    folder.mkdir()
    (folder / "histogram.svg").write_text("mine")
    result = run("profile", "--plots", folder, model)
    assert (result.returncode, result.stdout) == (7, b"")
    assert [path.name for path in folder.iterdir()] == ["histogram.svg"]
    assert (folder / "histogram.svg").read_text() == "mine"
    assert run("profile", "--force", "--plots", folder, model).returncode == 0
    assert_whole(folder)


@needs_gnuplot
def test_pictures_of_an_earlier_run_do_not_stay(run, model, folder, tmp_path):
    assert run("profile", "--plots", folder, model).returncode == 0
    (folder / "notes.txt").write_text("mine")
    assert run("profile", "--force", "--plots", folder, "--include", "pooler", model).returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["notes.txt"] + [f"{name}.{end}" for name in ("histogram", "intervals", "parameters") for end in ("csv", "png", "svg")]
    )
    surroundings = os.environ | {"PATH": str(tmp_path / "nowhere")}
    assert run("profile", "--force", "--plots", folder, "--include", "pooler", model, env=surroundings).returncode == 0
    assert sorted(path.suffix for path in folder.iterdir()) == [".csv"] * 3 + [".txt"]


def test_a_run_that_fails_leaves_no_folder(run, folder, tmp_path):
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"\xff" * 64)
    assert run("profile", "--plots", folder, broken).returncode == 3
    assert not folder.exists()
    assert run("profile", "--plots", tmp_path / "missing" / "plots", broken).returncode == 7
    assert run("profile", "--plots", broken, broken).returncode == 7
    assert broken.read_bytes() == b"\xff" * 64


@needs_gnuplot
def test_without_a_difference_there_is_nothing_to_draw(run, model, folder):
    result = run("compare", "--plots", folder, model, model)
    assert (result.returncode, result.stderr.count(b"\n")) == (0, 1)
    assert b"nothing to draw" in result.stderr
    assert not folder.exists()


def test_pruning_is_drawn_with_its_table_only(run, model, folder):
    assert run("prune", "--plots", folder, "--sparsity", "0.5", "-o", folder, model).returncode == 2
    assert not folder.exists()


def test_pictures_are_of_one_checkpoint(run, model, folder, tmp_path):
    assert run("profile", "--plots", folder, model, model).returncode == 2
    assert run("profile", "--plots", "", model).returncode == 2
    saved = tmp_path / "two.json"
    saved.write_bytes(run("profile", "--json", model).stdout * 2)
    assert run("report", "--plots", folder, saved).returncode == 2
    assert not folder.exists()
