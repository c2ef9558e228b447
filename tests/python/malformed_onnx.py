"""Rows O of the list of malformed inputs, as files: ONNX models and the files beside them. What to refuse, what to warn of,
what to read in part, what to take.

Written by hand, field by field; nothing here knows the program.
"""

import os

from malformed_corpus import Case

FLOATS = bytes(range(16))
WIDE = 1 << 63


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def tag(number, wire_type):
    return varint(number << 3 | wire_type)


def number(field, value):
    return tag(field, 0) + varint(value % (1 << 64))


def content(field, payload):
    payload = payload.encode() if isinstance(payload, str) else payload
    return tag(field, 2) + varint(len(payload)) + payload


def packed(field, *values):
    return content(field, b"".join(varint(value % (1 << 64)) for value in values))


def tensor(elements=None, sizes=(4,), kind=1, name="w"):
    elements = content(9, FLOATS) if elements is None else elements
    return b"".join(number(1, size) for size in sizes) + number(2, kind) + content(8, name) + elements


def external(*entries):
    return b"".join(content(13, content(1, key) + content(2, value)) for key, value in entries) + number(14, 1)


def initializer(message):
    return content(5, message)


def node(kind, attribute):
    return content(1, content(2, "y") + content(4, kind) + content(5, attribute))


def branch(graph):
    return node("If", content(1, "then_branch") + content(6, graph))


def sparse(values, indices=None):
    indices = tensor(packed(7, 0, 1, 2, 3), kind=7, name="i") if indices is None else indices
    return content(1, values) + content(2, indices) + packed(3, 9)


def model(graph):
    return number(1, 8) + content(2, "hand") + content(7, graph + content(2, "g")) + content(8, content(1, "") + number(2, 18))


GOOD = model(initializer(tensor()))


def file(row, rule, given, **more):
    return Case(row, rule, {"m.onnx": given, **more.pop("files", {})}, "m.onnx", len(given) if isinstance(given, bytes) else 0, **more)


def one(row, rule, message, **more):
    return file(row, rule, model(initializer(message)), **more)


def beside(row, rule, *entries, files=None, **more):
    """A tensor in external data; "d" is a file of 64 bytes."""
    return one(row, rule, tensor(external(*entries)), files={"d": bytes(range(64)), **(files or {})}, **more)


def located(row, rule, location, **more):
    return beside(row, rule, ("location", location), **more)


def nested(graphs):
    graph = initializer(tensor())
    for _ in range(graphs):
        graph = branch(graph)
    return model(graph)


def in_folder(*parts):
    """Makes a file of 64 bytes below a folder of its own."""

    def make(path):
        path.joinpath(*parts[:-1]).mkdir(parents=True)
        path.joinpath(*parts).write_bytes(bytes(64))

    return make


def link_to(target):
    return lambda path: path.symlink_to(target)


def hard_linked(path):
    path.write_bytes(bytes(range(64)))
    os.link(path, path.with_name("other"))


def wire_rejects():
    head = number(1, 8)
    yield file("O01-eleven", "ONNX-VARINT", head + tag(7, 2) + b"\x80" * 10 + b"\1")
    yield file("O01-unended", "ONNX-VARINT", head + tag(5, 0) + b"\xff\xff")
    yield file("O01-tag-0", "ONNX-TAG", head + content(2, "x") + b"\0\0")
    for wire_type in (3, 4, 6, 7):
        yield one(f"O01-wire-{wire_type}", "ONNX-TAG", tensor() + tag(9, wire_type))
    yield file("O01-graph", "ONNX-WIRE-TYPE", head + content(2, "x") + number(7, 3))
    yield one("O01-name", "ONNX-WIRE-TYPE", tensor() + number(8, 3))
    for length in (100, WIDE, 2**64 - 1):
        yield one(f"O02-{length}", "ONNX-LENGTH", tag(9, 2) + varint(length) + b"x")
        yield file(f"O02-graph-{length}", "ONNX-LENGTH", head + tag(7, 2) + varint(length) + b"x")
    yield file("O03", "ONNX-DEPTH", nested(10_000))


def external_rejects():
    path = "ONNX-EXTERNAL-PATH"
    for i, location in enumerate(("../d", "/etc/hostname", "a/../../d", "a/../d", "..\\d", "C:\\d", "./d", "d/", "..", "d\0")):
        yield located(f"O05-{i}", path, location)
    yield located("O06-link", path, "link", files={"link": link_to("d")})
    yield located("O06-outside", path, "link", files={"link": link_to("/etc/hostname")})
    yield located("O06-parent", path, "sub/d", files={"real": in_folder("d"), "sub": link_to("real")})
    yield located("O06-deep", path, "a/sub/d", files={"a": in_folder("real", "d"), "x": lambda x: (x.parent / "a/sub").symlink_to("real")})
    yield located("O07-strict", "ONNX-EXTERNAL-LINK", "d", files={"d": hard_linked}, options=["--strict"])
    yield located("O08-pipe", "FILE-KIND", "pipe", files={"pipe": os.mkfifo}, has_offset=False)
    yield located("O08-folder", "FILE-KIND", "sub", files={"sub": os.mkdir}, has_offset=False)
    yield located("O08-device", path, "zero", files={"zero": link_to("/dev/zero")})
    yield located("O08-itself", "ONNX-EXTERNAL-FILE", "m.onnx")
    yield located("O08-missing", "ONNX-EXTERNAL-FILE", "nowhere")
    yield located("O08-empty", path, "")
    yield located("O08-no-bytes", "ONNX-EXTERNAL-RANGE", "e", files={"e": b""})
    yield beside("O08-no-location", "ONNX-EXTERNAL", ("offset", "0"))
    for key in ("offset", "length"):
        for value in ("-1", "12abc", str(1 << 64), " 12", "", "1e3"):
            yield beside(f"O09-{key}-{value}", "ONNX-EXTERNAL", ("location", "d"), (key, value))
    yield beside("O09-range", "ONNX-EXTERNAL-RANGE", ("location", "d"), ("offset", "49"), ("length", "16"))
    yield beside("O09-far", "ONNX-EXTERNAL-RANGE", ("location", "d"), ("offset", str(2**63 - 1)))
    yield beside("O09-petabyte", "ONNX-SIZE", ("location", "d"), ("length", str(1 << 50)))
    whole = tensor(external(("location", "d"), ("length", str(1 << 50))), sizes=(1 << 48,))
    yield one("O09-petabyte-shape", "ONNX-EXTERNAL-RANGE", whole, files={"d": bytes(64)})
    yield beside("O11", "ONNX-EXTERNAL", ("location", "d"), ("location", "d"))
    yield beside("O11-offset", "ONNX-EXTERNAL", ("location", "d"), ("offset", "0"), ("offset", "16"))


def tensor_rejects():
    for size in (-1, -(2**63)):
        yield one(f"O13-{size}", "ONNX-SHAPE", tensor(sizes=(size,)))
    yield one("O13-overflow", "ONNX-SHAPE", tensor(sizes=(2**62, 2**62)))
    for size in (3, 5):
        yield one(f"O13-{size}-raw", "ONNX-SIZE", tensor(sizes=(size,)))
        yield one(f"O13-{size}-typed", "ONNX-SIZE", tensor(packed(7, 1, 2, 3, 4), sizes=(size,), kind=7))
    yield one("O14", "ONNX-DATA", tensor() + content(4, FLOATS))
    yield one("O14-external", "ONNX-DATA", tensor() + external(("location", "d")))
    yield one("O15-0", "ONNX-TYPE", tensor(kind=0))
    yield one("O15-99", "ONNX-TYPE", tensor(kind=99))
    for kind in (10, 16):
        yield one(f"O16-{kind}", "ONNX-VALUE", tensor(packed(5, 1, 2, 3, 0x10000), kind=kind))
    yield one("O17", "ONNX-DATA", tensor() + content(3, number(1, 0) + number(2, 4)))
    outside = tensor(external(("location", "../d")))
    yield file("O18-sparse", "ONNX-EXTERNAL-PATH", model(content(15, sparse(outside))))
    yield file("O18-indices", "ONNX-EXTERNAL-PATH", model(content(15, sparse(tensor(), outside))))
    yield file("O18-constant", "ONNX-EXTERNAL-PATH", model(node("Constant", content(1, "value") + content(5, outside))))
    yield file("O18-sparse-constant", "ONNX-EXTERNAL-PATH", model(node("Constant", content(1, "sparse_value") + content(22, sparse(outside)))))
    yield file("O18-branch", "ONNX-EXTERNAL-PATH", model(branch(initializer(outside))))


def model_rejects():
    for length in (0, 1, 10, 20, 40, len(GOOD) // 2, len(GOOD) - 20, len(GOOD) - 6, len(GOOD) - 1):
        yield file(f"O23-{length}", truncated_rule(length), GOOD[:length])
    yield file("O24-text", "FORMAT-UNKNOWN", b"a shopping list, no model at all")
    yield file("O24-graph", "FORMAT-UNKNOWN", content(7, initializer(tensor())))
    yield file("O24-no-graph", "ONNX-MODEL", number(1, 8) + content(2, "x" * 20))
    yield file("O24-version-0", "ONNX-MODEL", number(1, 0) + content(7, initializer(tensor())) + content(8, b""))


def truncated_rule(length):
    """Too short to be told from anything, inside a field, or where the last one would begin."""
    if length < 3:
        return "ST-HEADER-TOO-SMALL"
    return "ONNX-MODEL" if length == len(GOOD) - 6 else "ONNX-LENGTH"


def rejects():
    yield from wire_rejects()
    yield from external_rejects()
    yield from tensor_rejects()
    yield from model_rejects()


def warns():
    yield located("O07", "ONNX-EXTERNAL-LINK", "d", files={"d": hard_linked})
    for key in ("__class__", "Location", ""):
        yield beside(f"O10-{key}", "ONNX-EXTERNAL-KEY", ("location", "d"), (key, "x"))
    both = [tensor(external(("location", "d"), ("offset", str(8 * i))), name=f"w{i}") for i in range(2)]
    yield file("O12", "ONNX-OVERLAP", model(b"".join(map(initializer, both))), files={"d": bytes(range(64))})
    yield file("O19-twice", "ONNX-NAME", model(initializer(tensor()) * 2))
    yield one("O19-empty", "ONNX-NAME", tensor(name=""))


def accepts():
    yield located("O05-below", None, "sub/d", files={"sub": in_folder("d")})
    yield beside("O09-plain", None, ("location", "d"), ("offset", "16"), ("length", "16"))
    yield beside("O10-checksum", None, ("location", "d"), ("checksum", "da39a3ee"))
    yield one("O16-odd", None, tensor(content(9, b"\x8f\x71\x0a"), sizes=(5,), kind=22))
    apart = b"".join(number(7, value) for value in (1, -2)) + packed(7, 3, 400)
    yield one("O22", None, tensor(apart, kind=7))
    yield file("O23-whole", None, GOOD)
    yield file("O03-some", None, nested(20))


def partly():
    """Beside a tensor "w" one that is not read, "odd"."""
    text = tensor(content(6, "a") * 4, kind=8, name="odd")
    yield file("O15-string", None, model(initializer(tensor()) + initializer(text)))
    yield file("O18-read", None, model(initializer(tensor()) + content(15, sparse(tensor(name="odd")))))
