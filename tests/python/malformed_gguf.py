"""Rows G of the list of malformed inputs, as files: what to refuse, what to warn of, what to take.

Written by hand, byte for byte; nothing here knows the program.
"""

import struct

from malformed_corpus import Case

U8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64 = 0, 2, 3, 4, 5, 6, 7, 8, 9, 10
I8_TYPE, F16_TYPE, Q8_0, Q4_K = 24, 1, 8, 12
NUMBERS = struct.pack("<4f", 1, 2, 3, 4)
MOST = 2**63 - 1


def text(value, length=None):
    value = value if isinstance(value, bytes) else value.encode()
    return struct.pack("<Q", len(value) if length is None else length) + value


def entry(key, kind, value, length=None):
    return text(key, length) + struct.pack("<I", kind) + value


def number(key, kind, value):
    return entry(key, kind, struct.pack({U8: "<B", U16: "<H", I16: "<h", U32: "<I", I32: "<i", U64: "<Q"}[kind], value))


def array(kind, count, values=b""):
    return struct.pack("<IQ", kind, count) + values


def tensor(name="w", sizes=(4,), kind=0, offset=0, dimensions=None, length=None):
    count = len(sizes) if dimensions is None else dimensions
    return (text(name, length) + struct.pack("<I", count) + b"".join(struct.pack("<Q", size) for size in sizes)
            + struct.pack("<IQ", kind & 0xFFFFFFFF, offset))


def padded(content, alignment=32):
    return content + bytes(-len(content) % alignment)


def gguf(entries=(), tensors=None, data=NUMBERS, *, magic=b"GGUF", version=3, entry_count=None, tensor_count=None,
         alignment=32):
    tensors = [tensor()] if tensors is None else tensors
    counts = (len(tensors) if tensor_count is None else tensor_count, len(entries) if entry_count is None else entry_count)
    head = magic + struct.pack("<IQQ", version, *counts) + b"".join(entries) + b"".join(tensors)
    return padded(padded(head, alignment) + data, alignment)


def file(row, rule, content, **more):
    return Case(row, rule, {"m.gguf": content}, path="m.gguf", header_bytes=len(content), **more)


def with_entry(row, rule, *entries, **more):
    return file(row, rule, gguf(entries, **more))


def with_tensors(row, rule, *tensors, **more):
    return file(row, rule, gguf((), tensors, **more))


def parts(row, rule, contents, **more):
    files = {f"m-{i + 1:05}-of-{len(contents):05}.gguf": content for i, content in enumerate(contents) if content is not None}
    return Case(row, rule, files, path=f"m-00001-of-{len(contents):05}.gguf", header_bytes=1 << 12, **more)


def part(at, count, *names, total=2):
    entries = [number("split.no", U16, at), number("split.count", U16, count), number("split.tensors.count", I32, total)]
    return gguf(entries, [tensor(name) for name in names], NUMBERS * bool(names))


def rejects():
    yield file("G01-magic", "GGUF-VERSION", gguf(magic=b"FUGG"))
    yield file("G01-short", "ST-HEADER-TOO-SMALL", b"GGU")
    for version in (0, 1, 4, 0x03000000):
        yield file(f"G02-{version}", "GGUF-VERSION", gguf(version=version))
    for count in (2**64 - 1, 2**63, 2**64 // 56 + 1):
        yield file(f"G04-{count}", "GGUF-LENGTH", gguf(tensor_count=count))
    for count in (2**64 - 1, 2**63):
        yield file(f"G05-{count}", "GGUF-LENGTH", gguf(entry_count=count))
    yield file("G06", "GGUF-LENGTH", gguf(entry_count=2**64 // 48 + 1))
    yield with_entry("G07", "GGUF-LENGTH", entry("a", U8, b"\1", length=2**64 - 1))
    yield with_entry("G08-left", "GGUF-LENGTH", entry("a", U8, b"\1", length=1 << 40))
    yield with_entry("G08-most", "GGUF-KEY", entry("k" * 65_536, U8, b"\1"))
    yield with_entry("G09", "GGUF-KEY", entry("", U8, b"\1"))
    yield with_entry("G10", "GGUF-DUPLICATE", entry("a", U8, b"\1"), entry("a", STRING, text("x")))
    for i, key in enumerate((b"a\0b", b"\xff")):
        yield with_entry(f"G11-{i}", "GGUF-KEY", entry(key, U8, b"\1"))
    for kind in (13, 0x7FFFFFFF, 0xFFFFFFFF):
        yield with_entry(f"G12-{kind}", "GGUF-VALUE", entry("a", kind, b"\1"))
    for length in (2**63, (1 << 30) + 1):
        yield with_entry(f"G13-{length}", "GGUF-LENGTH", entry("a", STRING, text("x", length)))
    whole = gguf([entry("a", STRING, text("x", 2))], [], b"")
    yield file("G13-left", "GGUF-LENGTH", whole[: whole.index(b"x") + 1])
    for count in (2**63, 2**62, 2**61 + 1):
        yield with_entry(f"G14-{count}", "GGUF-LENGTH", entry("a", ARRAY, array(U64, count)))
    yield with_entry("G15", "GGUF-VALUE", entry("a", ARRAY, array(ARRAY, 1) * 100_000))
    yield with_entry("G16", "GGUF-LENGTH", entry("a", ARRAY, array(STRING, 1 << 30)))
    for alignment in (0, 13, 3):
        yield with_entry(f"G18-{alignment}", "GGUF-ALIGNMENT", number("general.alignment", U32, alignment))
    for kind in (I32, U64):
        yield with_entry(f"G18-type-{kind}", "GGUF-ALIGNMENT", number("general.alignment", kind, 32))
    yield with_entry("G18-text", "GGUF-ALIGNMENT", entry("general.alignment", STRING, text("32")))
    yield with_entry("G18-twice", "GGUF-DUPLICATE", *2 * [number("general.alignment", U32, 32)])
    yield with_entry("G19", "GGUF-ALIGNMENT", number("general.alignment", U32, 1 << 31))
    yield with_tensors("G21-length", "GGUF-LENGTH", tensor(length=2**64 - 1))
    yield with_tensors("G21-empty", "GGUF-NAME", tensor(""))
    yield with_tensors("G22", "GGUF-DUPLICATE", tensor(), tensor(offset=32), data=padded(NUMBERS) + NUMBERS)
    for count in (5, 2**32 - 1):
        yield with_tensors(f"G23-{count}", "GGUF-SHAPE", tensor(dimensions=count))
    overflows = {"G25-minus": (2**64 - 1,), "G25-63": (2**63,), "G27": (2**33, 2**33), "G28": (MOST, 2),
                 "G29": (2**32, 2**32), "G30": (4, 2**30 - 1, 2**30 + 1), "G31": (2**64 // 4 - 1,), "G32": (MOST // 4 + 1,)}
    for row, sizes in overflows.items():
        yield with_tensors(row, "GGUF-SHAPE", tensor(sizes=sizes))
    vast = 0x7FFFFFFFFFFFFFC0
    yield with_tensors("G33", "GGUF-TRUNCATED", tensor("a", (vast,), I8_TYPE), tensor("b", (vast,), I8_TYPE, vast))
    yield with_tensors("G34", "GGUF-TRUNCATED", tensor(sizes=(2**32 + 4,)))
    for kind in (43, -1, 0x7FFFFFFF, 4, 5, 31, 32, 33, 36, 37, 38):
        yield with_tensors(f"G35-{kind}", "GGUF-TYPE", tensor(sizes=(256,), kind=kind))
    yield with_tensors("G36-K", "GGUF-SHAPE", tensor(sizes=(128, 2), kind=Q4_K), data=bytes(144))
    yield with_tensors("G36-8", "GGUF-SHAPE", tensor(sizes=(33,), kind=Q8_0), data=bytes(34))
    for offset in (2**64 - 1, 1, 32):
        yield with_tensors(f"G37-{offset}", "GGUF-OFFSET", tensor(offset=offset), data=padded(NUMBERS) + NUMBERS)
    two = padded(NUMBERS) + NUMBERS
    for name, (first, second) in {"order": (32, 0), "overlap": (0, 16), "shared": (0, 0), "gap": (0, 64)}.items():
        yield with_tensors(f"G37-{name}", "GGUF-OFFSET", tensor("a", offset=first), tensor("b", offset=second), data=two)
    for offset in (1 << 40, 2**64 - 32):
        yield with_tensors(f"G38-{offset}", "GGUF-OFFSET", tensor(offset=offset))
    yield file("G39", "GGUF-TRUNCATED", gguf()[:-17])
    yield file("G43-number", "GGUF-SPLIT", part(2, 2, "a"))
    yield file("G43-most", "GGUF-SPLIT", part(2**16 - 1, 2**16 - 1, "a"))
    yield parts("G43-missing", "SHARD-MISSING", [part(0, 2, "a"), None], has_offset=False)
    yield parts("G43-again", "GGUF-SPLIT", [part(0, 2, "a"), part(0, 2, "b")])
    yield parts("G43-other", "GGUF-SPLIT", [part(0, 2, "a"), part(1, 3, "b")])
    yield parts("G43-few", "GGUF-SPLIT", [part(0, 2, "a"), part(1, 2)])


def warns():
    for value in (2, 255):
        yield with_entry(f"G17-{value}", "GGUF-TRUTH", entry("a", BOOL, bytes([value])))
    yield with_tensors("G21-64", "GGUF-LONG-NAME", tensor("n" * 64))
    yield file("G40", "GGUF-PADDING", gguf()[:-16])
    yield file("G41", "GGUF-TRAILING", gguf() + b"x")
    yield file("G43-elsewhere", "GGUF-PART", part(1, 2, "../../x", total=1))


def accepts():
    yield file("G03", None, gguf(version=2))
    for alignment in (1, 64, 4096):
        yield with_entry(f"G20-{alignment}", None, number("general.alignment", U32, alignment), alignment=alignment)
    yield with_tensors("G24", None, tensor(sizes=()), data=NUMBERS[:4])
    yield with_tensors("G26", None, tensor(sizes=(0,)), data=b"")
    yield with_tensors("G26-huge", None, tensor(sizes=(MOST, 0, MOST)), data=b"")
    yield file("G42", None, gguf((), [], b""))
    yield parts("G43-good", None, [part(0, 2, "a"), part(1, 2, "b")])
    yield with_entry("G44", None, number("llama.block_count", U32, 10**9),
                     entry("tokenizer.ggml.tokens", ARRAY, array(STRING, 1, text("a"))),
                     entry("tokenizer.ggml.scores", ARRAY, array(F32, 2, bytes(8))))
    scales = struct.pack("<3e", 0.5, float("inf"), float("nan"))
    blocks = b"".join(scales[i : i + 2] + bytes(range(32)) for i in (0, 2, 4))
    yield with_tensors("G45", None, tensor(sizes=(32, 3), kind=Q8_0), data=blocks)
    yield with_entry("G46", None, entry("tokenizer.chat_template", STRING, text(b"\x1b[31m{{ messages }}\xff")))
