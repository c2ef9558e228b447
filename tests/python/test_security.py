"""verify --security: what a scanner would report, as text and as JSON; status 1 when there is anything, 0 for honest files."""

import json
import zipfile

import numpy as np
import pytest

import malformed_corpus as corpus
import malformed_gguf as gguf_corpus
import malformed_onnx as onnx_corpus
import malformed_torch as torch_corpus
import torch_file
from malformed_torch import Member, beside, call, dictionary, group, members, name, tensor, text


def security(run, path, status=1):
    """(rule, message) of each finding; text and JSON say the same."""
    result = run("verify", "--security", "--json", path)
    assert (result.returncode, result.stderr) == (status, b"")
    document = json.loads(result.stdout)
    lines = run("verify", "--security", path).stdout.decode().splitlines()
    assert [line.rsplit("[", 1)[1][:-1] for line in lines if ": security: " in line] == [
        finding["rule"] for finding in document["security"]]
    assert status == 1 or lines[-1].split(": ")[1] == "ok"
    return [(finding["rule"], finding["message"]) for finding in document["security"]]


def write(folder, content, file="m.pt"):
    (folder / file).write_bytes(content)
    return folder / file


def archive(pickle):
    return torch_corpus.archive(members(pickle))


DANGEROUS = [("os", "system"), ("posix", "system"), ("nt", "system"), ("subprocess", "Popen"), ("builtins", "eval"),
             ("__builtin__", "exec"), ("importlib", "import_module"), ("os.path", "join"), ("torch", "os.system"),
             ("torch.hub", "load"), ("torch.jit._script", "script"), ("operator", "attrgetter"), ("runpy", "run_path"),
             ("numpy", "load"), ("builtins", "input"), ("__builtin__", "breakpoint"), ("torch.serialization", "load"),
             ("torch._inductor.codecache", "compile_file"), ("logging.config", "listen"), ("logging", "FileHandler"),
             ("uuid", "_popen"), ("pydoc", "pipepager"), ("numpy.f2py.crackfortran", "myeval"),
             ("pathlib", "PosixPath.write_text"), ("pathlib", "os")]
FOREIGN = [("argparse", "Namespace"), ("my.model", "Net"), ("builtins", "print"), ("osmosis", "system"),
           ("torch.hubris", "load"), ("pathology", "Path"), ("logging", "getLogger"), ("uuid", "UUID"),
           ("pathlib", "PosixPath"), ("pathlib._local", "WindowsPath")]


@pytest.mark.parametrize("module, what", DANGEROUS + FOREIGN)
def test_names_are_reported_each_and_dangerous_ones_told_apart(run, tmp_path, module, what):
    path = write(tmp_path, archive(beside(call(name(module, what), text("x")))))
    rule = "SEC-DANGEROUS-NAME" if (module, what) in DANGEROUS else "SEC-FOREIGN-NAME"
    ((found, message),) = security(run, path)
    assert found == rule and f'"{module}.{what}"' in message


def test_every_name_is_listed_once_up_to_a_hundred(run, tmp_path):
    calls = [call(name("m", f"f{i % 70}")) for i in range(210)]
    found = security(run, write(tmp_path, archive(beside(group(*calls)))))
    assert [message.split('"')[1] for _, message in found] == [f"m.f{i}" for i in range(70)]
    calls = [call(name("m", f"f{i}")) for i in range(500)]
    found = security(run, write(tmp_path, archive(beside(group(*calls)))))
    assert len(found) == 100 and found[-1][1].endswith("(and 400 more)")


def test_a_legacy_file_is_looked_into_too(run, tmp_path):
    value = dictionary({"w": tensor(torch_corpus.stored()), "x": call(name("os", "system"), text("x"))})
    found = security(run, write(tmp_path, torch_corpus.legacy(value) + b"hidden"))
    assert [rule for rule, _ in found] == ["SEC-DANGEROUS-NAME", "PT-TRAILING"]


def test_hidden_and_compressed_members(run, tmp_path):
    more = [Member(b"a/data/9", b"payload"), Member(b"a/.hidden", b"x"), Member(b"b/run.py", b"x")]
    path = write(tmp_path, torch_corpus.archive([*members(), *more], gap=b"bytes of nobody"))
    found = security(run, path)
    assert [rule for rule, _ in found] == ["SEC-HIDDEN-MEMBER"] * 2 + ["ZIP-GAP", "PT-STRAY"]
    assert "a/data/9" in found[0][1] and "a/.hidden" in found[1][1]
    deflated = torch_file.save(tmp_path / "d.pt", {"w": torch_file.whole(np.ones(3, "<f4"))}, container="deflated")
    assert {rule for rule, _ in security(run, deflated)} == {"SEC-DEFLATED"}


def test_trailing_bytes_of_any_format(run, tmp_path):
    path = write(tmp_path, corpus.file_with(corpus.one(), corpus.FOUR) + b"PK\3\4 and more", "m.safetensors")
    assert [rule for rule, _ in security(run, path)] == ["ST-TRAILING"]


def test_arrays_of_objects_are_pickles(run, tmp_path):
    np.savez(tmp_path / "m.npz", good=np.ones(2), bad=np.array([{"a": 1}], dtype=object))
    found = security(run, tmp_path / "m.npz")
    assert [rule for rule, _ in found] == ["SEC-OBJECT-ARRAY"] and '"bad"' in found[0][1]


def holding(content, what='"a"'):
    """Safetensors whose one tensor has these bytes."""
    return corpus.file_with(f'{{{what}:{{"dtype":"U8","shape":[{len(content)}],"data_offsets":[0,{len(content)}]}}}}', content)


@pytest.mark.parametrize("comment", [b"", b"of some length"])
def test_an_archive_at_the_end_of_a_tensor_is_seen(run, tmp_path, comment):
    """Nothing trails: the archive is the tensor, to whoever reads safetensors; zipfile opens it all the same."""
    hidden = bytes(8) + torch_corpus.archive(members(), comment=comment)
    path = write(tmp_path, holding(hidden), "m.safetensors")
    with zipfile.ZipFile(path) as opened:
        assert "a/data.pkl" in opened.namelist()
    ((rule, message),) = security(run, path)
    assert rule == "SEC-POLYGLOT" and "ZIP" in message
    assert json.loads(run("verify", "--security", "--json", path).stdout)["security"][0]["offset"] == (
        path.stat().st_size - 22 - len(comment))
    content = gguf_corpus.gguf((), [gguf_corpus.tensor(sizes=(len(hidden),), kind=gguf_corpus.I8_TYPE)], b"") + hidden
    assert "SEC-POLYGLOT" in {rule for rule, _ in security(run, write(tmp_path, content, "m.gguf"))}


def test_the_signature_of_an_end_record_alone_is_none(run, tmp_path):
    for tail in (b"PK\5\6" + bytes(18), b"PK\5\6" + bytes(18) + b"x", b"PK\1\2" + b"PK\5\6" + bytes(18)):
        assert security(run, write(tmp_path, holding(bytes(9) + tail), "m.safetensors"), status=0) == []


@pytest.mark.parametrize("what", [r'"a\u001b[31m"', r'"a\nb"', r'"a\u202eb"', '"../../etc/passwd"', '"/etc/passwd"',
                                  r'"a/..\\b"', r'"..\\x"', '".."'])
def test_names_that_deceive_or_lead_elsewhere(run, tmp_path, what):
    ((rule, message),) = security(run, write(tmp_path, holding(b"1234", what), "m.safetensors"))
    assert rule == "SEC-NAME" and message.isprintable()


@pytest.mark.parametrize("what", ['"a..b"', '"a/b"', '"model.0...w"', '"größe"'])
def test_odd_names_that_do_not(run, tmp_path, what):
    assert security(run, write(tmp_path, holding(b"1234", what), "m.safetensors"), status=0) == []


def with_template(template, key="tokenizer.chat_template"):
    return gguf_corpus.gguf([gguf_corpus.entry(key, gguf_corpus.STRING, gguf_corpus.text(template)),
                             gguf_corpus.number("general.file_type", gguf_corpus.U32, 1)])


@pytest.mark.parametrize("template", [
    "{% for c in ().__class__.__base__.__subclasses__() %}{{ c }}{% endfor %}",
    r"{{ messages|attr('\x5f\x5fclass\x5f\x5f') }}", "{{ self.__init__.__globals__['os'].popen('id').read() }}"])
@pytest.mark.parametrize("key", ["tokenizer.chat_template", "tokenizer.chat_template.tool_use"])
def test_chat_templates_that_reach_for_the_interpreter(run, tmp_path, template, key):
    ((rule, message),) = security(run, write(tmp_path, with_template(" " * 5000 + template, key), "m.gguf"))
    assert rule == "SEC-TEMPLATE" and key in message


def test_honest_templates_are_clean(run, tmp_path):
    template = "{% for m in messages %}<|im_start|>{{ m['role'] }}__end__{{ m['content'] | trim }}{% endfor %}"
    assert security(run, write(tmp_path, with_template(template), "m.gguf"), status=0) == []


@pytest.mark.parametrize("row", ["P04", "P05-1", "P09", "P12-0", "P29-pdf", "P35", "I05-parent"])
def test_what_is_refused_stays_an_error(run, tmp_path, row):
    rows = {case.row: case for case in [*corpus.rejects(), *torch_corpus.rejects()]}
    case = rows.get(row) or next(case for key, case in rows.items() if key.startswith(row.split("-")[0]))
    result = run("verify", "--security", "--json", case.build(tmp_path))
    document = json.loads(result.stdout)
    assert result.returncode == 1 and [error["rule"] for error in document["errors"]] == [case.rule]


def test_honest_files_are_clean(run, tmp_path):
    array = np.arange(12, dtype="<f4").reshape(3, 4)
    torch_file.save(tmp_path / "m.pt", {"w": torch_file.whole(array), "step": 3})
    write(tmp_path, torch_corpus.legacy(torch_corpus.LEGACY), "old.pt")
    write(tmp_path, corpus.file_with(corpus.one(), corpus.FOUR), "m.safetensors")
    np.savez(tmp_path / "m.npz", w=array)
    for file in ("m.pt", "old.pt", "m.safetensors", "m.npz"):
        assert security(run, tmp_path / file, status=0) == []


def test_without_the_option_nothing_changes(run, tmp_path):
    path = write(tmp_path, archive(beside(call(name("os", "system"), text("x")))))
    result = run("verify", "--json", path)
    assert result.returncode == 0
    document = json.loads(result.stdout)
    assert "security" not in document and [problem["rule"] for problem in document["problems"]] == ["PT-GLOBAL"]


@pytest.mark.parametrize("checkpoint", ["CREPE", "Resemblyzer", "SmolLM2-135M-Instruct"])
def test_real_files_are_clean(run, fetched, checkpoint):
    result = run("verify", "--security", "--headers-only", fetched(checkpoint))
    assert result.returncode == 0, result.stdout


def test_what_external_data_of_onnx_hide(run, tmp_path):
    onnx = onnx_corpus
    links = onnx.located("", None, "d", files={"d": onnx.hard_linked})
    assert [rule for rule, _ in security(run, links.build(tmp_path))] == ["ONNX-EXTERNAL-LINK"]
    keys = onnx.beside("", None, ("location", "d"), ("__class__", "x"), files={"d": bytes(200_000)})
    (tmp_path / "keys").mkdir()
    found = security(run, keys.build(tmp_path / "keys"))
    assert [rule for rule, _ in found] == ["SEC-UNUSED-BYTES", "ONNX-EXTERNAL-KEY"]
    assert "199,984 bytes" in found[0][1] and "__class__" in found[1][1]


def test_fields_that_onnx_does_not_have(run, tmp_path):
    onnx = onnx_corpus
    hidden = onnx.content(90, b"#!/bin/sh")
    given = onnx.model(onnx.initializer(onnx.tensor() + hidden)) + hidden
    assert [rule for rule, _ in security(run, write(tmp_path, given, "m.onnx"))] == ["SEC-UNKNOWN-FIELD"] * 2
    assert security(run, write(tmp_path, onnx.GOOD, "good.onnx"), status=0) == []
