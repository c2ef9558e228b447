"""The comparison itself: it finds every field that is off, however little."""

import copy

import pytest

from agreement import Agreement, Reference
from checkpoint_file import Tensor, write_checkpoint
from profile_run import profile
from samples import bits, gaussian, sample
from statistics_agreement import Options

NOT_COMPARED = {("checkpoint",), ("options", "seed"), ("options", "include"), ("options", "exclude"), ("tied",)}


@pytest.fixture(scope="module")
def reference():
    return Reference([
        sample("weight", "F32", 500, gaussian), sample("bias", "BF16", 64, bits),
        Tensor("mask", "BOOL", (2, 4), bytes(8)), sample("ids", "I64", 9, gaussian),
    ])


@pytest.fixture(scope="module")
def document(run, reference, tmp_path_factory):
    path = write_checkpoint(tmp_path_factory.mktemp("agreement") / "model.safetensors", reference.tensors)
    return profile(run, path)


def leaves(value, place=()):
    """The path of every number, text and null."""
    if place in NOT_COMPARED or place[-1:] in (("message",), ("file",), ("reason",)):
        return
    if isinstance(value, (dict, list)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*place, key))
    else:
        yield place


def slightly_off(value):
    if value is None:
        return 0
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) or value == 0 else value * (1 + 1e-8)


def disagreements(document, reference):
    agreement = Agreement(Options())
    agreement.profile(document, reference)
    return agreement.wrong


def test_a_right_profile_agrees(document, reference):
    assert disagreements(document, reference) == []


def test_every_field_that_is_off_is_found(document, reference):
    places = list(leaves(document))
    assert len(places) > 1000
    for *outer, last in places:
        wrong = copy.deepcopy(document)
        holder = wrong
        for key in outer:
            holder = holder[key]
        holder[last] = slightly_off(holder[last])
        try:
            found = disagreements(wrong, reference)
        except (AssertionError, ValueError, KeyError):
            continue
        assert found, (*outer, last)
