"""Distributed PyTorch checkpoints that are malformed, or odd, as folders: what to refuse, warn of, read in part, take.

The rows are D01 to D16. Written by hand, byte for byte; nothing here knows the program.
"""

from malformed_corpus import Case
from malformed_torch import archive, call, dictionary, group, integer, integers, members, name, storage, tensor, text, whole

MODULE = "torch.distributed.checkpoint.metadata"
FIRST, SECOND = "__0_0.distcp", "__1_0.distcp"


def made(module, what, **attributes):
    return name(module, what) + b")\x81" + dictionary(attributes) + b"b"


def size(*sizes):
    return call(name("torch", "Size"), integers(*sizes))


def properties(dtype="float32", layout="torch.strided"):
    strided = call(name("torch.serialization", "_get_layout"), text(layout))
    return name(MODULE, "TensorProperties") + b")\x81" + group(name("torch", dtype), strided, b"\x89") + b"b"


def chunk(begin, sizes):
    return made(MODULE, "ChunkStorageMetadata", offsets=size(*begin), sizes=size(*sizes))


def described(sizes=(4, 2), chunks=(((0, 0), (2, 2)), ((2, 0), (2, 2))), **of):
    listed = b"](" + b"".join(chunk(*one) for one in chunks) + b"e"
    return made(MODULE, "TensorStorageMetadata", properties=properties(**of), size=size(*sizes), chunks=listed)


def index(of="w", begin=(0, 0)):
    return made(MODULE, "MetadataIndex", fqn=text(of), offset=size(*begin), index=b"N")


def place(file=FIRST, offset=0, length=None, **more):
    length = len(ITEM) if length is None else length
    return made("torch.distributed.checkpoint.filesystem", "_StorageInfo", relative_path=text(file),
                offset=integer(offset), length=integer(length), **more)


def item(value=None):
    return archive(members(whole(value or tensor(sizes=(2, 2), strides=(2, 1)))))


ITEM = item()
PLACES = ((index(), place()), (index(begin=(2, 0)), place(SECOND)))


def metadata(tensors=None, places=PLACES, planner=b"N"):
    stored = b"}(" + b"".join(key + value for key, value in places) + b"u"
    return whole(made(MODULE, "Metadata", state_dict_metadata=dictionary(tensors or {"w": described()}),
                      planner_data=planner, storage_data=stored))


def folder(row, rule, pickled=None, first=ITEM, second=ITEM, **more):
    files = {".metadata": metadata() if pickled is None else pickled, FIRST: first, SECOND: second}
    return Case(row, rule, {file: content for file, content in files.items() if content is not None}, path="", **more)


def second_place(**changes):
    return metadata(places=(PLACES[0], (index(begin=(2, 0)), place(**{"file": SECOND} | changes))))


def rejects():
    interrupted = folder("D01", "DCP-INCOMPLETE", has_offset=False)
    del interrupted.files[".metadata"]
    yield interrupted
    yield folder("D02", "SHARD-MISSING", second=None, has_offset=False)
    for i, path in enumerate(("../x.distcp", "/etc/passwd", "a/b", "..", "", "a\0b", "C:x")):
        yield folder(f"D03-{i}", "DCP-PATH", second_place(file=path))
    wrong = {"hole": ((5, 2), (((0, 0), (2, 2)), ((3, 0), (2, 2)))), "overlap": ((3, 2), (((0, 0), (2, 2)), ((1, 0), (2, 2)))),
             "outside": ((3, 2), (((0, 0), (2, 2)), ((2, 0), (2, 2)))), "none": ((4, 2), ()), "rank": ((8,), (((0, 0), (2, 2)),)),
             "overflow": ((2**62, 2**62), ()), "twice": ((4, 2), (((0, 0), (2, 2)), ((0, 0), (2, 2))))}
    for kind, (sizes, chunks) in wrong.items():
        places = [(index(begin=begin), place(SECOND if i else FIRST)) for i, (begin, _) in enumerate(dict.fromkeys(chunks))]
        yield folder(f"D04-{kind}", "DCP-CHUNK", metadata({"w": described(sizes, chunks)}, places or PLACES))
    yield folder("D05-nowhere", "DCP-ITEM", metadata(places=PLACES[:1]))
    yield folder("D05-over", "DCP-ITEM", metadata(places=(PLACES[0], (index(begin=(2, 0)), place(offset=1)))),
                 first=ITEM + b"x")
    yield folder("D06", "DCP-TRUNCATED", second=ITEM[:-1])
    for offset, length in ((2**40, 1), (2**63 - 1, 2**63 - 1)):
        yield folder(f"D06-{offset}", "DCP-TRUNCATED", second_place(offset=offset, length=length))
    yield folder("D07-negative", "DCP-METADATA", second_place(offset=-1))
    for i, odd in enumerate((b"K\5", b"N", made("os", "system"), made(MODULE, "Metadata"))):
        yield folder(f"D07-{i}", "DCP-METADATA", metadata({"w": odd}))
    yield folder("D08-sizes", "DCP-TENSOR", second=item(tensor()), pickled=second_place(length=len(item(tensor()))))
    yield folder("D08-dtype", "DCP-TENSOR", metadata({"w": described(dtype="int32")}))
    repeated = item(tensor(storage(elements=1), sizes=(2, 2), strides=(0, 0)))
    yield folder("D09", "PT-REPEAT", second_place(length=len(repeated)), second=repeated)
    outside = item(tensor(offset=1, sizes=(2, 2), strides=(2, 1)))
    yield folder("D10", "PT-VIEW", second_place(length=len(outside)), second=outside)
    yield folder("D11", "ZIP-END", second=b"PK" + bytes(len(ITEM) - 2))
    yield folder("D12", "DCP-DUPLICATE", metadata(places=(*PLACES, PLACES[0])))
    yield folder("D13-end", "PICKLE-END", metadata() + b"x")
    yield folder("D13-stop", "PICKLE-LENGTH", metadata()[:-1])
    yield folder("D13-opcode", "PICKLE-OPCODE", metadata()[:-1] + b"\xff.")


def warns():
    yield folder("D14-gap", "DCP-GAP", second=ITEM + b"more")
    stray = folder("D14-stray", "DCP-STRAY")
    stray.files["__9_0.distcp"] = b"left over"
    yield stray
    yield folder("D15", "PT-GLOBAL", metadata(planner=call(name("os", "system"), text("ls"))))


def partly():
    transforms = b"](" + text("zstd") + b"e"
    odd = (index("odd", ()), place(SECOND, len(ITEM), 4, transform_descriptors=transforms))
    yield folder("D16-transformed", None, metadata({"w": described(), "odd": described((), (((), ()),))}, (*PLACES, odd)),
                 second=ITEM + b"zstd")
    odd = (index("odd", ()), place(SECOND, len(ITEM)))
    yield folder("D16-dtype", None, metadata({"w": described(), "odd": described((), (((), ()),), dtype="complex128")},
                                             (*PLACES, odd)), second=ITEM + ITEM)


def accepts():
    yield folder("D-good", None)
    named = folder("D-by-its-metadata", None)
    named.path = ".metadata"
    yield named
