"""Runs `profile --json` on tensors and holds the result against the reference."""

import json

from agreement import Reference, assert_agrees
from checkpoint_file import listed, write_checkpoint
from decode import VALUE_KINDS
from statistics_agreement import Options

COMPLETE, IN_PART = 0, 4
METHODS = [Options(method=method) for method in ("auto", "reservoir", "exact")]


def arguments_of(options):
    """The command line that asks for these options; what is the default is left unsaid."""
    default, arguments = Options(), []
    if options.intervals != default.intervals:
        arguments += [f"--outside={low!r}:{high!r}" for low, high in options.intervals]
    if options.quantiles != default.quantiles:
        arguments += ["--quantiles", ",".join(map(repr, options.quantiles))]
    if options.range is not None:
        arguments += ["--range={!r}:{!r}".format(*options.range)]
    for name, key in (("--quantile-method", "method"), ("--sample", "sample"), ("--bins", "bins")):
        if getattr(options, key) != getattr(default, key):
            arguments += [name, str(getattr(options, key))]
    return arguments


def profile(run, path, *arguments, status=COMPLETE):
    """The profile of a checkpoint as Python values."""
    result = run("profile", path, "--json", *arguments)
    assert result.returncode == status, result.stderr.decode()
    return json.loads(result.stdout)


def check(run, path, reference, *choices):
    """Profiles the checkpoint at `path` with each of the options (default: none). Bounds of 99 % confidence may
    fail once in a hundred times, but hardly in more."""
    readable = len(reference.populations) == len(reference.tensors)
    for options in choices or [Options()]:
        document = profile(run, path, *arguments_of(options), status=COMPLETE if readable else IN_PART)
        agreement = assert_agrees(document, reference, options)
        assert agreement.misses <= 2 + agreement.trials // 100


def check_file(run, folder, tensors, *choices, **layout):
    """Writes the tensors into one file and profiles it."""
    path = write_checkpoint(folder / "model.safetensors", tensors, **layout)
    check(run, path, Reference(listed(tensors)), *choices)
