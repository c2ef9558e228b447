"""Rows S and I of the list of malformed inputs, as files: what to refuse, what to warn of, what to take.

Each case is named after its row. Written by hand, byte for byte; nothing here knows the program.
"""

import os
import socket
import struct
from dataclasses import dataclass, field
from pathlib import Path

FOUR = b"\1\1\1\1"
SHARDS = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]


@dataclass
class Case:
    """`files` are name → bytes, or name → a function that makes the file at a path; `path` is what is opened."""

    row: str
    rule: str | None
    files: dict
    path: str = "model.safetensors"
    header_bytes: int = 0
    has_offset: bool = True
    options: list = field(default_factory=list)

    def build(self, folder):
        for name, content in self.files.items():
            if callable(content):
                content(Path(folder) / name)
            else:
                (Path(folder) / name).write_bytes(content)
        return Path(folder) / self.path


def file_with(header, data=b""):
    """A safetensors file with this header text, whatever it is."""
    header = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(header)) + header + data


def entry(name, dtype, shape, offsets):
    return f'"{name}":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[{offsets}]}}'


def one(dtype='"U8"', shape="[4]", offsets="[0,4]", more=""):
    """A header of one tensor with its parts replaced."""
    return f'{{"a":{{"dtype":{dtype},"shape":{shape},"data_offsets":{offsets}{more}}}}}'


def several(*entries):
    return "{" + ",".join(entries) + "}"


def sparse(first, size):
    def make(path):
        path.write_bytes(first)
        os.truncate(path, size)

    return make


def single(row, rule, header, data=b"", **more):
    content = file_with(header, data)
    return Case(row, rule, {"model.safetensors": content}, header_bytes=len(content) - len(data), **more)


def raw(row, rule, content, **more):
    return Case(row, rule, {"model.safetensors": content}, **more)


def safetensors_rejects():
    deep = "[" * 10_000 + "]" * 10_000
    yield raw("S01", "ST-HEADER-TOO-SMALL", b"")
    for size in (1, 7):
        yield raw(f"S02-{size}", "ST-HEADER-TOO-SMALL", b"\2" * size)
    yield raw("S03", "ST-JSON", bytes(8))
    yield raw("S04", "ST-HEADER-TOO-LARGE", sparse(struct.pack("<Q", 100_000_001) + b"{}", 200_000_000))
    yield raw("S05", "ST-HEADER-TOO-LARGE", b"\xff" * 8 + b"{}")
    yield raw("S06", "ST-HEADER-TOO-LARGE", struct.pack("<Q", 1 << 63) + b"{}")
    yield raw("S07", "ST-HEADER-LENGTH", struct.pack("<Q", 3) + b"{}")
    yield single("S08", "ST-UTF8", b'{"a\xff":1}')
    for name, text in (("overlong", b"\xc0\xaf"), ("surrogate", b"\xed\xa0\x80")):
        yield single(f"S09-{name}", "ST-UTF8", b'{"' + text + b'":1}')
    yield single("S09-escape", "ST-JSON", several(entry(r"\ud800", "U8", "", "0,1")), b"\1")
    yield single("S10", "ST-JSON", "{")
    yield single("S13", "ST-JSON", one() + "\0", FOUR)
    yield single("S14-braces", "ST-JSON", "{}{}")
    yield single("S14-letter", "ST-JSON", "{}x")
    yield single("S15", "ST-JSON", "\ufeff" + one(), FOUR)
    yield single("S16", "ST-DUPLICATE", several(entry("a", "U8", 4, "0,4"), entry("a", "U8", 4, "4,8")), FOUR * 2)
    yield single("S17", "ST-DUPLICATE", several(*[entry("a", "U8", 4, "0,4")] * 2), FOUR)
    yield single("S18", "ST-DUPLICATE", several(entry("a", "U8", 4, "0,4"), entry(r"\u0061", "U8", 4, "4,8")), FOUR * 2)
    yield single("S19", "ST-DUPLICATE", '{"__metadata__":{},"__metadata__":{}}')
    for value in ("1", "{}", "null"):
        yield single(f"S20-{value}", "ST-METADATA", f'{{"__metadata__":{{"k":{value}}}}}')
    yield single("S21-missing", "ST-ENTRY", '{"a":{"dtype":"U8","shape":[4]}}', FOUR)
    yield single("S21-twice", "ST-DUPLICATE", one(more=',"shape":[4]'), FOUR)
    for dtype in ('"F128"', '"f32"', "1"):
        yield single(f"S22-{dtype}", "ST-DTYPE", one(dtype=dtype), FOUR)
    for size in ("-1", "1.0", "1e3", '"2"', "true", str(1 << 64), "00012"):
        yield single(f"S23-{size}", "ST-SHAPE", one(shape=f"[{size}]"), FOUR)
    yield single("S24", "ST-OVERFLOW", one(shape=f"[2,{2**64 - 2}]"), FOUR)
    yield single("S25", "ST-OVERFLOW", one('"F32"', f"[2,{2**63 - 1}]"), FOUR)
    yield single("S27-rank-65", "ST-SHAPE", one(shape="[" + "1," * 64 + "1]", offsets="[0,1]"), b"\1")
    yield single("S27-rank-2^20", "ST-SHAPE", one(shape="[" + "1," * (2**20 - 1) + "1]", offsets="[0,1]"), b"\1")
    yield single("S28", "ST-OFFSETS", one(offsets="[4,0]"), FOUR)
    yield single("S29", "ST-TRUNCATED", one(shape="[5]", offsets="[0,5]"), FOUR)
    yield single("S30", "ST-OVERLAP", several(*(entry(n, "U8", 16, "0,16") for n in "abcdefghij")), FOUR * 4)
    yield single("S31", "ST-OVERLAP", several(entry("a", "U8", 4, "0,4"), entry("b", "U8", 4, "3,7")), FOUR * 2)
    yield single("S32", "ST-OVERLAP", several(entry("a", "U8", 4, "0,4"), entry("b", "U8", 4, "0,4")), FOUR)
    yield single("S33", "ST-HOLE", several(entry("a", "U8", 4, "0,4"), entry("b", "U8", 4, "5,9")), FOUR * 2 + b"\1")
    yield single("S34", "ST-HOLE", one(offsets="[4,8]"), FOUR * 2)
    whole = file_with(one('"F32"', "[4096]", "[0,16384]"), bytes(16384))
    for size in (8192, 12345):
        yield raw(f"S36-{size}", "ST-TRUNCATED", whole[:size])
    yield single("S37", "ST-SIZE", one('"I32"', "[2,2]"), FOUR)
    yield single("S38-F4", "ST-MISALIGNED", one('"F4"', "[7]"), FOUR)
    yield single("S38-F6", "ST-MISALIGNED", one('"F6_E2M3"', "[5]"), FOUR)
    yield single("S40-metadata", "ST-METADATA", f'{{"__metadata__":{{"k":{deep}}}}}')
    yield single("S40-entry", "ST-DEPTH", one(more=f',"x":{deep}'), FOUR)


def index_of(weight_map, rest=""):
    return f'{{"weight_map":{{{weight_map}}}{rest}}}'.encode()


def shard(*names):
    entries = [entry(name, "U8", 4, f"{4 * i},{4 * i + 4}") for i, name in enumerate(names)]
    return file_with(several(*entries), FOUR * len(names))


MAP = f'"a":"{SHARDS[0]}","b":"{SHARDS[0]}","c":"{SHARDS[1]}"'


def sharded(row, rule, index, shards=None, **more):
    files = {SHARDS[0]: shard("a", "b"), SHARDS[1]: shard("c")} if shards is None else dict(shards)
    files["model.safetensors.index.json"] = index
    return Case(row, rule, files, "model.safetensors.index.json", **more)


def listen(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def index_rejects():
    names = {
        "I01": "../../etc/passwd",
        "I02": "/etc/passwd",
        "I03-a": "sub/../../x",
        "I03-b": "a/./b",
        "I03-c": "a//b",
        "I03-d": r"..\\x",
        "I03-e": r"C:\\x",
        "I17": r"a\u0000b",
        "I18": "model.safetensors.index.json",
    }
    for row, name in names.items():
        yield sharded(row, "INDEX-PATH", index_of(f'"a":"{name}"'))
    outside = {"x": lambda path: path.symlink_to("/etc/hostname"), SHARDS[1]: shard("c")}
    yield sharded("I04", "SHARD-SYMLINK", index_of('"a":"x"'), outside, options=["--strict"], has_offset=False)
    folder = {"sub": lambda path: path.symlink_to("/etc")}
    yield sharded("I05", "INDEX-PATH", index_of('"a":"sub/hostname"'), folder)
    loop = {"a": lambda path: path.symlink_to("b"), "b": lambda path: path.symlink_to("a")}
    yield sharded("I06", "FILE-KIND", index_of('"t":"a"'), loop, has_offset=False)
    yield sharded("I07", "SHARD-MISSING", index_of(MAP), {})
    yield sharded("I08", "INDEX-TENSOR-MISSING", index_of(MAP + f',"d":"{SHARDS[1]}"'))
    bare = {SHARDS[0]: shard("a", "b"), SHARDS[1]: shard("a")}
    yield Case("I10", "SHARD-DUPLICATE", bare, ".")
    yield sharded("I11", "INDEX-DUPLICATE", index_of(MAP + f',"a":"{SHARDS[1]}"'))
    for value in ("[]", "null"):
        yield sharded(f"I13-{value}", "INDEX-MAP", f'{{"weight_map":{value}}}'.encode())
    yield sharded("I13-number", "INDEX-MAP", index_of('"a":1'))
    yield sharded("I14-size", "INDEX-TOO-LARGE", sparse(b'{"weight_map":{ ', 1 << 30), {})
    yield sharded("I14-depth", "INDEX-DEPTH", index_of(MAP, ',"x":' + "[" * 100_000 + "]" * 100_000))
    million = ",".join(f'"t{i}":"model-{i}.safetensors"' for i in range(1_000_000))
    yield sharded("I15", "SHARD-MISSING", index_of(million), {}, header_bytes=len(million))
    kinds = {
        "pipe": os.mkfifo,
        "device": lambda path: path.symlink_to("/dev/zero"),
        "folder": os.mkdir,
        "socket": listen,
    }
    for kind, make in kinds.items():
        yield sharded(f"I16-{kind}", "FILE-KIND", index_of('"a":"x"'), {"x": make}, has_offset=False)


def rejects():
    yield from safetensors_rejects()
    yield from index_rejects()


def warns():
    for name, space in (("space", " "), ("tab", "\t"), ("line", "\n")):
        yield single(f"S11-{name}", "ST-START", space + one(), FOUR)
    yield single("S21-unknown", "ST-UNKNOWN-KEY", one(more=',"stride":[1]'), FOUR)
    yield single("S35", "ST-TRAILING", one(), FOUR + b"extra_bogus_data_for_polyglot_file")
    yield single("S35-zip", "ST-TRAILING", one(), FOUR + b"PK\3\4 and more")
    yield sharded("I09", "INDEX-UNLISTED", index_of(MAP.replace(f'"b":"{SHARDS[0]}",', "")))
    shadowed = {SHARDS[0]: shard("a", "b"), SHARDS[1]: shard("a", "c")}
    yield sharded("I10-map", "INDEX-SHADOWED", index_of(MAP), shadowed)
    for size in ("13", "-12", "1e300", '"12"'):
        index = index_of(MAP, f',"metadata":{{"total_size":{size}}}')
        yield sharded(f"I12-{size}", "INDEX-TOTAL-SIZE", index)


def accepts():
    yield single("S12-space", None, one() + "   ", FOUR)
    yield single("S12-lines", None, one() + "\r\t\n", FOUR)
    for i, shape in enumerate(("0,1099511627776,1099511627776", "1099511627776,1099511627776,0")):
        yield single(f"S26-{i}", None, one('"F32"', f"[{shape}]", "[0,0]"))
    yield single("S27-rank-64", None, one(shape="[" + "1," * 63 + "1]", offsets="[0,1]"), b"\1")
    yield single("S39-empty", None, "{}")
    yield single("S39-zero", None, several(entry("a", "F32", "2,0", "0,0"), entry("b", "U8", "", "0,1")), b"\1")
    hostile = [r"a\u0000b", "n" * 2**20, "../../x", r"a\nb", r"\u001b[31m", "%n%s", "\u202eevil"]
    names = [entry(name, "U8", 1, f"{i},{i + 1}") for i, name in enumerate(hostile)]
    yield single("S-names", None, several(*names), bytes(len(hostile)))
    yield sharded("I-good", None, index_of(MAP, ',"metadata":{"total_size":12}'))
    linked = {"blob": shard("a", "b", "c"), "x": lambda path: path.symlink_to("blob")}
    yield sharded("I04-followed", None, index_of('"a":"x","b":"x","c":"x"'), linked)
