"""Rows P, K and L of the list of malformed inputs, as files: PyTorch's archives, the pickles in them, and the container
before 1.6. What to refuse, what to warn of, what to read in part, what to take.

Written by hand, byte for byte; nothing here knows the program.
"""

import struct
import zlib
from dataclasses import dataclass, field

from malformed_corpus import Case

NUMBERS = struct.pack("<4f", 1, 2, 3, 4)
WIDE = 1 << 62


# Opcodes, and what torch makes of them.

def text(value):
    value = value if isinstance(value, bytes) else value.encode()
    return b"X" + struct.pack("<I", len(value)) + value


def integer(value):
    return b"K" + bytes([value]) if 0 <= value < 256 else b"\x8a\x08" + struct.pack("<q", value)


def name(module, what):
    return f"c{module}\n{what}\n".encode()


def group(*items):
    return b"(" + b"".join(items) + b"t"


def integers(*values):
    return group(*map(integer, values))


def call(callee, *arguments):
    return callee + group(*arguments) + b"R"


def dictionary(items):
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def storage(key="0", elements=4, kind="FloatStorage", module="torch"):
    return group(text("storage"), name(module, kind), text(key), text("cpu"), integer(elements)) + b"Q"


def rebuilt(*arguments):
    return call(name("torch._utils", "_rebuild_tensor_v2"), *arguments)


def tensor(stored=None, offset=0, sizes=(4,), strides=(1,)):
    return rebuilt(stored or storage(), integer(offset), integers(*sizes), integers(*strides), b"\x89", b"}")


def whole(value):
    return b"\x80\x02" + value + b"."


def beside(item):
    """A good tensor, and this."""
    return whole(dictionary({"w": tensor(), "x": item}))


GOOD = whole(dictionary({"w": tensor()}))


# Archives.

@dataclass
class Member:
    """A member, whose local header and directory entry may be made to say something else."""

    name: bytes
    content: bytes
    local: dict = field(default_factory=dict)
    entry: dict = field(default_factory=dict)
    before: bytes = b""
    after: bytes = b""
    offset: int | None = None
    disk: int = 0

    def fields(self, changes):
        own = {"version": 20, "flags": 0, "method": 0, "crc": zlib.crc32(self.content), "stored": len(self.content),
               "bytes": len(self.content), "name": self.name, "extra": b""} | changes
        return own["name"], own["extra"], struct.pack(
            "<HHHIIIIHH", own["version"], own["flags"], own["method"], 0, own["crc"], own["stored"], own["bytes"],
            len(own["name"]), len(own["extra"]))


def both(**changes):
    return {"local": changes, "entry": changes}


def archive(members, comment=b"", before_end=b"", gap=b"", **end):
    out, directory = b"", b""
    for member in members:
        out += member.before
        at = len(out) if member.offset is None else member.offset
        own, extra, fixed = member.fields(member.local)
        out += b"PK\3\4" + fixed + own + extra + member.content + member.after
        own, extra, fixed = member.fields(member.entry)
        directory += b"PK\1\2" + struct.pack("<H", 20) + fixed + struct.pack("<HHHII", 0, member.disk, 0, 0, at) + own + extra
    out += gap
    count = len(members)
    last = {"disk": 0, "here": count, "entries": count, "bytes": len(directory), "at": len(out)} | end
    return out + directory + before_end + b"PK\5\6" + struct.pack(
        "<HHHHIIH", last["disk"], last["disk"], last["here"], last["entries"], last["bytes"], last["at"],
        len(comment)) + comment


def members(pickled=GOOD, storages=None, first=None, version=b"3\n"):
    storages = {"0": NUMBERS} if storages is None else storages
    return [Member(b"a/data.pkl", pickled, **(first or {})),
            *(Member(f"a/data/{key}".encode(), content) for key, content in storages.items()),
            *([Member(b"a/version", version)] if version is not None else [])]


def zip64_end(at, size, count, **wrong):
    own = {"record": 44, "entries": count, "at": at, "size": size, "place": at + size, "disks": 1} | wrong
    return (b"PK\6\6" + struct.pack("<QHHIIQQQQ", own["record"], 45, 45, 0, 0, own["entries"], own["entries"], own["size"], own["at"])
            + b"PK\6\7" + struct.pack("<IQI", 0, own["place"], own["disks"]))


def with_zip64(**wrong):
    plain = archive(members())
    size, at = struct.unpack("<II", plain[-10:-2])
    own = wrong.pop("end", {})
    return archive(members(), before_end=zip64_end(at, size, 3, **wrong), **own)


def file(row, rule, content, **more):
    return Case(row, rule, {"model.pt": content}, path="model.pt", header_bytes=len(content), **more)


def zipped(row, rule, parts, **end):
    return file(row, rule, archive(parts, **end))


def pickled(row, rule, pickle, storages=None):
    return file(row, rule, archive(members(pickle, storages)))


def first(row, rule, **changes):
    return zipped(row, rule, members(first=changes))


def zip_rejects():
    yield file("P01-bytes", "ZIP-END", b"PK\3\4")
    yield file("P01-end", "ZIP-END", archive(members())[:-22])
    yield zipped("P02", "ZIP-END", members(), comment=b"xxPK\5\6" + bytes(18))
    yield first("P03", "ZIP-START", before=b"PK\3\4" + bytes(60))
    yield file("P03-spanned", "FORMAT-UNKNOWN", b"PK\7\10" + archive(members()), has_offset=True)
    yield first("P04", "ZIP-LOCAL", local={"name": b"a/datap.kl"})
    for flag in (0x1, 0x20, 0x40):
        yield first(f"P05-{flag}", "ZIP-FLAGS", **both(flags=flag))
    for what, value in (("flags", 0x800), ("method", 8), ("bytes", 1), ("stored", 1), ("crc", 1), ("version", 45)):
        yield first(f"P06-{what}", "ZIP-LOCAL", local={what: value})
    yield first("P07", "ZIP-CRC", **both(crc=1))
    yield zipped("P09", "ZIP-DUPLICATE", [*members(), Member(b"a/data.pkl", GOOD)])
    for other in (b"b/data.pkl", b"b/c/data.pkl"):
        yield zipped(f"P10-{len(other)}", "PT-ARCHIVE", [*members(), Member(other, GOOD)])
    yield zipped("P11-case", "PT-ARCHIVE", [*members(), Member(b"a/DATA.pkl", b"x")])
    yield first("P11-slashes", "ZIP-NAME", **both(name=b"a//data.pkl"))
    for i, own in enumerate((b"../x", b"/etc/passwd", b"a\0b", b"", b"a/../../x", b"a\\x")):
        yield zipped(f"P12-{i}", "ZIP-NAME", [*members(), Member(own, b"x")])
    yield zipped("P12-utf8", "ZIP-NAME", [*members(), Member(b"a/\xff", b"x", **both(flags=0x800))])
    yield zipped("P13", "ZIP-LOCAL", [*members(), Member(b"a/more", GOOD, offset=0)])
    quoted = Member(b"a/extra", b"x")
    inner = archive([quoted])[: 30 + 7 + 1]
    outer = members(storages={"0": inner})
    quoted.offset = archive(outer).index(inner)
    yield zipped("P14", "ZIP-OVERLAP", [*outer, quoted])
    yield first("P15", "ZIP-SIZE", **both(method=8, bytes=10 << 20))
    yield first("P16", "ZIP-SIZE", **both(method=8, bytes=2_200_000_000))
    yield first("P17", "ZIP-SIZE", **both(bytes=len(GOOD) - 1))
    for at in (0xFFFFFFFE, 100_000):
        yield first(f"P18-{at}", "ZIP-RANGE", offset=at)
    yield zipped("P19-far", "ZIP-DIRECTORY", members(), at=3_000_000_000)
    yield zipped("P19-size", "ZIP-DIRECTORY", members(), bytes=1_000_000)
    yield zipped("P19-count", "ZIP-DIRECTORY", members(), entries=4, here=4)
    yield zipped("P19-here", "ZIP-DISKS", members(), here=1)
    yield first("P20-missing", "ZIP-ZIP64", entry={"bytes": 0xFFFFFFFF})
    yield first("P20-twice", "ZIP-EXTRA", entry={"extra": struct.pack("<HHHH", 1, 0, 1, 0)})
    yield first("P20-longer", "ZIP-ZIP64", entry={"extra": struct.pack("<HHQ", 1, 8, 1)})
    yield file("P21-record", "ZIP-ZIP64", with_zip64(record=45))
    yield file("P21-nowhere", "ZIP-ZIP64", with_zip64(place=2**64 - 1))
    yield file("P22", "ZIP-ZIP64", with_zip64(entries=4))
    yield first("P23", "ZIP-EXTRA", entry={"extra": b"FB\xff\xffZZ"})
    yield first("P24", "ZIP-LOCAL", local={"flags": 8, "crc": 0, "stored": 0, "bytes": 0}, entry={"flags": 8},
                after=b"PK\7\10" + struct.pack("<III", 1, len(GOOD), len(GOOD)))
    yield first("P25-member", "ZIP-DISKS", disk=1)
    yield file("P25-end", "ZIP-DISKS", with_zip64(disks=2))
    yield file("P26", "ZIP-LIMIT", with_zip64(entries=1 << 32, end={"entries": 0xFFFF, "here": 0xFFFF}))
    for method in (12, 14, 93, 99):
        yield first(f"P27-{method}", "ZIP-METHOD", **both(method=method))
    yield zipped("P28-nested", "PT-ARCHIVE", [Member(b"model.pt", archive(members()))])
    yield file("P28-7z", "FORMAT-UNSUPPORTED", b"7z\xbc\xaf\x27\x1c" + bytes(100))
    yield first("P29-pdf", "FORMAT-AMBIGUOUS", local={"extra": b"FB\x09\0%PDF-1.7\n"})
    yield zipped("P30-no-pickle", "PT-ARCHIVE", [Member(b"a/version", b"3\n")])
    yield zipped("P30-no-version", "PT-ARCHIVE", members(version=None))
    for version in (b"1000000000\n", b"x", b"-1"):
        yield zipped(f"P30-{version.decode().strip()}", "PT-VERSION", members(version=version))
    yield zipped("P30-order", "PT-BYTEORDER", [*members(), Member(b"a/byteorder", b"middle")])
    yield zipped("P30-long-order", "PT-ARCHIVE", [*members(), Member(b"a/byteorder", b"l" * 1_000_000)])
    for size in (15, 17):
        yield pickled(f"P31-{size}", "PT-RECORD", GOOD, {"0": bytes(size)})
    yield pickled("P32", "PT-RECORD", GOOD, {"7": NUMBERS})
    for i, key in enumerate(("../../data.pkl", "data.pkl", "1" * 1_000_000, "-1")):
        yield pickled(f"P33-{i}", "PT-STORAGE", whole(dictionary({"w": tensor(storage(key))})))
    yield zipped("P35", "PT-SCRIPT", [*members(), Member(b"a/code/__torch__.py", b"x")])
    for size in (100, 300):
        yield file(f"P36-{size}", "ZIP-END", archive(members())[:size])


def pickle_rejects():
    yield pickled("K02-inst", "PICKLE-OPCODE", beside(b"(" + text("x") + b"iposix\nsystem\n"))
    yield pickled("K02-obj", "PICKLE-OPCODE", beside(b"(" + name("posix", "system") + text("x") + b"o"))
    yield pickled("K04", "PICKLE-TYPE", beside(text("posix") + integer(1) + b"\x93"))
    for extension in (b"\x82\1", b"\x83\1\1", b"\x84\1\1\1\1"):
        yield pickled(f"K05-{len(extension)}", "PICKLE-OPCODE", beside(extension))
    for key in ("__setstate__", "__class__", "__dict__"):
        made = call(name("torch", "device")) + dictionary({key: b"N"}) + b"b"
        yield pickled(f"K06-{key}", "PICKLE-TYPE", beside(made))
    for opcodes in (b"]" + text("a") + b"Ns", b"}Na", b"](" + text("a") + b"Nu", b")(Ne"):
        yield pickled(f"K07-{opcodes[:1].decode()}{opcodes[-1:].decode()}", "PICKLE-TYPE", beside(opcodes))
    for i, memo in enumerate((b"h\7", b"j\7\0\0\1", b"Nr\xff\xff\xff\xff")):
        yield pickled(f"K08-{i}", "PICKLE-MEMO", whole(memo))
    for i, opcodes in enumerate((b"0", b"1", b"t", b"R", b"N(a", b"", b"NN")):
        yield pickled(f"K09-{i}", "PICKLE-STACK", whole(opcodes))
    for opcode in (b"\x8d", b"\x8e", b"\x96"):
        yield pickled(f"K10-{opcode.hex()}", "PICKLE-LENGTH", beside(opcode + struct.pack("<Q", 1 << 63)))
    yield pickled("K11-length", "PICKLE-LENGTH", beside(b"X\xff\xff\xff\x7f"))
    yield pickled("K11-text", "PICKLE-TEXT", beside(text(b"\xff")))
    yield pickled("K12-long4", "PICKLE-LIMIT", beside(b"\x8b\xff\xff\xff\xff"))
    yield pickled("K12-long1", "PICKLE-LIMIT", beside(b"\x8a\xff" + b"\1" * 255))
    yield pickled("K12-int", "PICKLE-OPCODE", beside(b"I" + b"9" * 1_000_000 + b"\n"))
    yield pickled("K13", "PICKLE-LIMIT", beside(b"c" + b"a" * 10_000_000))
    for opcode in (b"\0", b"\xff"):
        yield pickled(f"K14-{opcode.hex()}", "PICKLE-OPCODE", beside(opcode))
    for length in (4, 1000, 1 << 63):
        framed = b"\x80\4\x95" + struct.pack("<Q", length) + GOOD[2:]
        yield pickled(f"K14-frame-{length}", "PICKLE-FRAME", framed)
    yield pickled("K15-no-stop", "PICKLE-LENGTH", GOOD[:-1])
    yield pickled("K15-second", "PICKLE-END", GOOD + whole(b"N"))
    for protocol in (0, 1, 6):
        yield pickled(f"K16-{protocol}", "PICKLE-PROTOCOL", b"\x80" + bytes([protocol]) + GOOD[2:])
    yield pickled("K18", "PICKLE-LIMIT", beside(b"N" + b"2\x86" * 64))
    yield pickled("K19-lists", "PICKLE-DEPTH", whole(b"]" * 1_000_000 + b"a" * 999_999))
    yield pickled("K19-tuples", "PICKLE-DEPTH", beside(b"N" + b"\x85" * 1_000_000))
    kind = name("torch", "FloatStorage")
    for i, parts in enumerate(((text("module"), kind, text("0"), text("cpu"), integer(4)),
                               (text("storage"), kind, text("0"), text("cpu")),
                               (text("storage"), kind, integer(0), text("cpu"), integer(4)))):
        yield pickled(f"K20-{i}", "PT-STORAGE", whole(dictionary({"w": tensor(group(*parts) + b"Q")})))
    yield pickled("K20-text", "PT-STORAGE", whole(dictionary({"w": tensor(text("0") + b"Q")})))
    yield pickled("K22-few", "PT-TENSOR", whole(dictionary({"w": rebuilt(storage(), integer(0), integers(4))})))
    many = (storage(), integer(0), integers(4), integers(1), b"\x89", b"}", b"N", b"N", b"N")
    yield pickled("K22-many", "PT-TENSOR", whole(dictionary({"w": rebuilt(*many)})))
    yield pickled("K22-integer", "PT-TENSOR", whole(dictionary({"w": rebuilt(integer(1), *many[1:6])})))
    for i, (offset, sizes, strides, rule) in enumerate((
            (-1, (4,), (1,), "PT-TENSOR"), (2**63 - 1, (4,), (1,), "PT-VIEW"))):
        yield pickled(f"K23-{i}", rule, whole(dictionary({"w": tensor(None, offset, sizes, strides)})))
    for i, (sizes, strides, rule) in enumerate((
            ((5,), (1,), "PT-VIEW"), ((2,), (-1,), "PT-TENSOR"), ((2,), (WIDE,), "PT-VIEW"),
            ((5, 2), (WIDE, 1), "PT-VIEW"), ((1 << 32, 1 << 32), (0, 0), "PT-VIEW"))):
        yield pickled(f"K24-{i}", rule, whole(dictionary({"w": tensor(None, 0, sizes, strides)})))
    yield pickled("K25", "PT-TENSOR", whole(dictionary({"w": tensor(None, 0, (2, 2), (1,))})))
    yield pickled("K26", "PT-REPEAT", whole(dictionary({"w": tensor(None, 0, (10**12,), (0,))})))
    yield pickled("K29-negative", "PT-TENSOR", whole(dictionary({"w": tensor(storage("0", -4))})))
    yield pickled("K29-huge", "PT-STORAGE", whole(dictionary({"w": tensor(storage("0", 2**63 - 1))})))
    yield pickled("K30", "PT-STORAGE", whole(dictionary({"v": tensor(), "w": tensor(storage("0", 2, "DoubleStorage"), 0, (2,))})))
    yield file("K33", "FORMAT-UNSUPPORTED", whole(call(name("builtins", "eval"), text("0x1950a86a20f9469cfc6c"))))
    yield pickled("K34-opcodes", "PICKLE-LIMIT", whole(b"N" + b"2" * 10_000_001))
    yield pickled("K34-values", "PICKLE-LIMIT", whole(b"]" * 9_000_000))


HEAD = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." + whole(b"M\xe9\x03")


def legacy(value, keys=("0",), storages=struct.pack("<q", 4) + NUMBERS, little=b"\x88"):
    system = whole(dictionary({"protocol_version": b"M\xe9\x03", "little_endian": little, "type_sizes": b"}"}))
    return HEAD + system + whole(value) + whole(b"](" + b"".join(map(text, keys)) + b"e") + storages


def stored(elements=4, part=b"N"):
    return group(text("storage"), name("torch", "FloatStorage"), text("0"), text("cpu"), integer(elements), part) + b"Q"


LEGACY = dictionary({"w": tensor(stored())})


def legacy_rejects():
    tar = bytearray(512)
    tar[:8], tar[257:262] = b"sys_info", b"ustar"
    yield file("L01", "FORMAT-UNSUPPORTED", bytes(tar))
    for elements in (-1, WIDE, 3):
        yield file(f"L03-{elements}", "PT-RECORD", legacy(LEGACY, storages=struct.pack("<q", elements) + NUMBERS))
    yield file("L03-absent", "PT-RECORD", legacy(LEGACY, keys=("0", "9")))
    for i, (offset, size, rule) in enumerate(((3, 2, "PT-STORAGE"), (2**63 - 1, 2, "PT-STORAGE"), (-1, 2, "PT-TENSOR"))):
        part = group(text("v"), integer(offset), integer(size))
        yield file(f"L04-{i}", rule, legacy(dictionary({"w": tensor(stored(4, part), 0, (2,))})))
    tar[:8] = b"../../x\0"
    tar[156:157] = b"2"
    yield file("L05", "FORMAT-UNSUPPORTED", bytes(tar))
    yield file("L06-gzip", "FORMAT-UNSUPPORTED", b"\x1f\x8b\x08" + GOOD)
    yield file("L06-xz", "FORMAT-UNSUPPORTED", b"\xfd\x37zXZ\0" + GOOD)
    for size in (10, 150, len(legacy(LEGACY)) - 1):
        rule = {10: "FORMAT-UNSUPPORTED", 150: "PICKLE-LENGTH"}.get(size, "PT-RECORD")
        yield file(f"L02-cut-{size}", rule, legacy(LEGACY)[:size])


def rejects():
    yield from zip_rejects()
    yield from pickle_rejects()
    yield from legacy_rejects()


def warns():
    unchecked = members()
    for member in unchecked:
        member.local, member.entry = {"crc": 0}, {"crc": 0}
    yield zipped("P08", "ZIP-UNCHECKED", unchecked)
    yield zipped("P13-gap", "ZIP-GAP", members(), gap=b"hidden")
    run = (text("touch /tmp/weightsieve-was-here"),)
    yield pickled("K01", "PT-GLOBAL", beside(call(name("posix", "system"), *run)))
    yield pickled("K02-stack-global", "PT-GLOBAL", beside(call(text("posix") + text("system") + b"\x93", *run)))
    yield pickled("K02-newobj", "PT-GLOBAL", beside(name("posix", "system") + group(*run) + b"\x81"))
    yield pickled("K02-newobj-ex", "PT-GLOBAL", beside(name("posix", "system") + group(*run) + b"}\x92"))
    memo = text("posix") + b"\x94" + text("safe") + b"\x94" + text("system") + b"\x94000"
    item = b"h\0h\2\x93" + group(*run) + b"R"
    yield pickled("K03", "PT-GLOBAL", b"\x80\4" + memo + dictionary({"w": tensor(), "x": item}) + b".")
    two = tensor(storage("1"))
    meet = whole(dictionary({"a.b": tensor(), "a": dictionary({"b": two})}))
    yield pickled("K31-meet", "PT-NAME", meet, {"0": NUMBERS, "1": NUMBERS})
    twice = whole(b"}(" + text("a") + tensor() + text("a") + two + b"u")
    yield pickled("K31-twice", "PT-NAME", twice, {"0": NUMBERS, "1": NUMBERS})
    yield file("L02-more", "PT-TRAILING", legacy(LEGACY) + b"more")


def partly():
    """Read but for one tensor, which is listed."""
    for i, (module, kind) in enumerate((("torch", "os.system"), ("torch", "FloatStorage.__init__"),
                                        ("torch", "ComplexDoubleStorage"))):
        odd = tensor(storage("1", 4, kind, module))
        yield pickled(f"K21-{i}", None, whole(dictionary({"odd": odd, "w": tensor()})), {"0": NUMBERS, "1": bytes(64)})
    for what, arguments in (("_rebuild_qtensor", (storage("0", 4, "QInt8Storage"), integer(0))),
                            ("_rebuild_sparse_tensor", (b"N", tensor())), ("_rebuild_meta_tensor_no_storage", ())):
        odd = call(name("torch._utils", what), *arguments)
        yield pickled(f"K28{what}", None, whole(dictionary({"odd": odd, "w": tensor()})))


def accepts():
    yield zipped("P-good", None, members())
    yield zipped("P02-comment", None, members(), comment=b"PK\5\6" + b"x" * 65_531)
    yield file("P21-good", None, with_zip64())
    described = {"local": {"flags": 8, "crc": 0, "stored": 0, "bytes": 0}, "entry": {"flags": 8},
                 "after": b"PK\7\10" + struct.pack("<III", zlib.crc32(GOOD), len(GOOD), len(GOOD))}
    yield first("P24-good", None, **described)
    yield zipped("P30-big", None, [*members(), Member(b"a/byteorder", b"big")])
    yield first("P34", None, local={"extra": b"FB\1\0Z"})
    for protocol in (2, 3, 4, 5):
        yield pickled(f"K16-{protocol}", None, b"\x80" + bytes([protocol]) + GOOD[2:])
    yield pickled("K17-list", None, beside(b"]q\1h\1a"))
    yield pickled("K17-dict", None, whole(b"}q\1(" + text("w") + tensor() + text("self") + b"h\1u"))
    far = group(text("storage"), name("torch", "FloatStorage"), text("0"), text("cuda:9999999999"), integer(4)) + b"Q"
    yield pickled("K20-location", None, whole(dictionary({"w": tensor(far)})))
    yield pickled("K27", None, whole(dictionary({"w": tensor(None, 0, (2, 2), (1, 2)), "tied": tensor(None, 0, (2, 2), (1, 2))})))
    yield pickled("K31-keys", None, whole(b"}(" + integer(7) + tensor() + b"N" + tensor(storage("1")) + b"u"),
                  {"0": NUMBERS, "1": NUMBERS})
    yield pickled("K32", None, beside(b"](" + b"M\1\2G?\xf0\0\0\0\0\0\0" * 500_000 + b"e"))
    yield file("L02", None, legacy(LEGACY))
