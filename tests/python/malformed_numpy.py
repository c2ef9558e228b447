"""Rows N of the list of malformed inputs, as files: NumPy's arrays and archives of them.

Written by hand, byte for byte; nothing here knows the program, numpy or zipfile.
"""

import struct
import zlib

from malformed_corpus import Case
from malformed_torch import Member, archive, both

DATA = struct.pack("<4f", 1, 2, 3, 4)


def header(descr="'<f4'", order="False", shape="(4,)", more="}"):
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, {more}\n"


def npy(text=header(), data=DATA, version=(1, 0), length=None):
    text = text if isinstance(text, bytes) else text.encode()
    length = len(text) if length is None else length
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H" if version[0] == 1 else "<I", length) + text + data


def file(row, rule, content, **more):
    return Case(row, rule, {"w.npy": content}, path="w.npy", header_bytes=1 << 16, **more)


def text(row, rule, content, **more):
    return file(row, rule, npy(content, **more))


def described(row, rule, descr, data=DATA):
    return text(row, rule, header(descr), data=data)


def shaped(row, rule, shape, data=DATA, **more):
    return text(row, rule, header(shape=shape), data=data, **more)


def zipped(row, rule, members, **end):
    return Case(row, rule, {"w.npz": archive(members, **end)}, path="w.npz", header_bytes=1 << 16)


def deflated(content):
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(content) + stream.flush()


def squeezed(content, stored=None):
    """A deflated member; `stored` stands there instead of what `content` deflates to."""
    stored = deflated(content) if stored is None else stored
    return Member(b"a.npy", stored, **both(method=8, bytes=len(content), crc=zlib.crc32(content)))


def array_rejects():
    yield file("N01-magic", "FORMAT-UNKNOWN", b"\x93NUMPX" + npy()[6:])
    yield file("N01-short", "ST-HEADER-TOO-SMALL", b"\x93NUMP")
    for version in ((0, 0), (4, 0), (1, 255)):
        yield text(f"N02-{version[0]}", "NPY-VERSION", header(), version=version)
    yield file("N03", "NPY-HEADER", b"\x93NUMPY\2\0\xff\xff\xff\xff")
    yield file("N04", "NPY-HEADER", b"\x93NUMPY\1\0\xff\xff{}")
    yield text("N05", "NPY-HEADER", " " * 70_000 + header(), version=(2, 0))
    yield text("N06-end", "NPY-HEADER", header()[:-1])
    yield text("N06-letters", "NPY-HEADER", header()[:-1] + " é\n")
    yield text("N06-v3", "NPY-HEADER", header().encode() + b"\xff\n", version=(3, 0))
    for i, expression in enumerate(("__import__('os').system('x')\n", header()[:-1] + "+1\n", "f'{1}'\n")):
        yield text(f"N07-{i}", "NPY-HEADER", expression)
    for bracket in "([":
        yield text(f"N08-{bracket}", "NPY-HEADER", bracket * 10_000 + "\n")
    yield shaped("N08-shape", "NPY-SHAPE", "(" * 10_000)
    yield text("N09-missing", "NPY-HEADER", "{'descr': '<f4', 'fortran_order': False}\n")
    yield text("N09-twice", "NPY-HEADER", header(more="'descr': '<f4'}"))
    yield text("N09-more", "NPY-HEADER", header(more="'x': 1}"))
    yield text("N09-bytes", "NPY-HEADER", header().replace("'descr'", "b'descr'"))
    for order in ("1", "'True'", "None"):
        yield text(f"N10-{order}", "NPY-HEADER", header(order=order))
    yield shaped("N11-integer", "NPY-HEADER", "5")
    for shape in ("(5)", "(-1,)", "(1e3,)", "(1152921504606846976,1152921504606846976)"):
        yield shaped(f"N11-{shape}", "NPY-SHAPE", shape)
    yield shaped("N12-count", "NPY-SHAPE", "(4294967296,4294967296)")
    yield shaped("N12-bytes", "NPY-SHAPE", "(4611686018427387904,)")
    yield file("N14-short", "NPY-TRUNCATED", npy()[:-1])
    for descr in ("O", "|O8"):
        yield described(f"N15-{descr}", "NPY-DTYPE", f"'{descr}'")
    for descr in ("<f16", "<U10", "<M8[ns]", "V16", "e", "bfloat16"):
        yield described(f"N16-{descr}", "NPY-DTYPE", f"'{descr}'")
    records = {"fields": "[('a', '<f4')]", "titled": "[(('t', 'a'), '<f4')]", "nested": "[('a', [('b', '<f4')])]",
               "size": f"'|V{2**31}'"}
    for name, descr in records.items():
        yield described(f"N17-{name}", "NPY-DTYPE", descr)
    offsets = "{'names': ['a', 'b'], 'formats': ['<f4', '<f4'], 'offsets': [0, 2]}"
    yield described("N17-offsets", "NPY-HEADER", offsets)
    yield text("N17-zero", "NPY-DTYPE", header("'<V0'", shape="(1000000000000,)"))
    yield text("N18", "NPY-HEADER", header("'" + "x" * 1_000_000 + "'"), version=(2, 0))


def archive_rejects():
    good = Member(b"a.npy", npy())
    yield zipped("N19-content", "NPY-HEADER", [good, Member(b"b.npy", b"none")])
    yield zipped("N19-twice", "ZIP-DUPLICATE", [good, good])
    yield zipped("N20-claim", "ZIP-SIZE", [Member(b"a.npy", npy(), **both(method=8, bytes=4_000_000_000))])
    bomb = npy(data=bytes(1 << 20))
    said = squeezed(npy(), deflated(bomb))
    yield zipped("N20-more", "DEFLATE-SIZE", [said])
    yield zipped("N21", "NPY-HEADER", [Member(b"a.npy", b"")])
    yield zipped("N22-name", "ZIP-LOCAL", [Member(b"a.npy", npy(), local={"name": b"b.npy"})])
    yield zipped("N22-flags", "ZIP-FLAGS", [Member(b"a.npy", npy(), **both(flags=1))])
    yield zipped("N22-method", "ZIP-METHOD", [Member(b"a.npy", npy(), **both(method=12))])
    yield zipped("N22-path", "ZIP-NAME", [good, Member(b"../b.npy", npy())])
    yield zipped("N22-overlap", "ZIP-LOCAL", [good, Member(b"b.npy", npy(), offset=0)])
    yield zipped("N22-count", "ZIP-DIRECTORY", [good], entries=2, here=2)
    yield zipped("N22-comment", "ZIP-END", [good], comment=b"xxPK\5\6" + bytes(18))
    whole = deflated(npy())
    yield zipped("N23-cut", "DEFLATE", [squeezed(npy(), whole[: len(whole) // 2])])
    yield zipped("N23-table", "DEFLATE", [squeezed(npy(), b"\x05" + b"\xff" * 40)])
    yield zipped("N23-after", "DEFLATE-SIZE", [squeezed(npy(), whole + b"more")])


def rejects():
    yield from array_rejects()
    yield from archive_rejects()


def warns():
    yield file("N14-long", "NPY-TRAILING", npy() + b"x")
    yield zipped("N19-stray", "NPZ-STRAY", [Member(b"a.npy", npy()), Member(b"notes.txt", b"x")])
    yield file("N27", "NPY-TRAILING", npy() + npy())


def accepts():
    yield text("N06-v3-good", None, header(), version=(3, 0))
    for shape in ("(4,)", "(4L,)"):
        yield shaped(f"N11-{shape}", None, shape)
    yield shaped("N11-none", None, "()", data=DATA[:4])
    yield shaped("N13", None, "(0,1099511627776,1099511627776)", data=b"")
    for descr, size in ((">f4", 4), ("<f2", 2), ("|b1", 1), ("<c8", 8), ("<V2", 2), ("|V2", 2)):
        yield described(f"N16-{descr}", None, f"'{descr}'", data=bytes(4 * size))
    yield described("N24", None, "'|b1'", data=b"\0\2\x80\xff")
    yield text("N25", None, header("'|u1'", "True", "(2,1,2,2)"), data=b"abcdefgh")
    yield text("N26", None, "{'descr':'|u1','fortran_order':False,'shape':(1,)}\n", data=b"x")
    yield shaped("N28-empty", None, "(0,)", data=b"")
    yield zipped("N-good", None, [Member(b"a.npy", npy()), Member(b"b.npy", npy())])
    yield zipped("N-deflated", None, [squeezed(npy())])
