"""Writes what torch.distributed.checkpoint.save writes, without torch: .metadata by Python's own pickler, of classes that
only bear the names, and a file for each rank with an archive (torch_file.py) for each chunk.

What it writes is loaded by torch itself in test_dcp_long.py, where there is one.
"""

import io
import itertools
import pickle
from dataclasses import dataclass, field

import numpy as np

import torch_file
from torch_file import View, whole

METADATA = "torch.distributed.checkpoint.metadata"
FILESYSTEM = "torch.distributed.checkpoint.filesystem"
TORCH_DTYPES = {
    "<f8": "float64", "<f4": "float32", "<f2": "float16", "<i8": "int64", "<i4": "int32", "<i2": "int16",
    "|i1": "int8", "|u1": "uint8", "|b1": "bool", "<c8": "complex64",
}


def torch_dtype(dtype):
    name = torch_file.kind_of(dtype)[2]
    return name or ("bfloat16" if dtype.name == "bfloat16" else TORCH_DTYPES[dtype.str])


@dataclass
class Chunk:
    """A box of a tensor, on a rank; as it lies in its storage, or row by row."""

    begin: tuple
    sizes: tuple
    rank: int = 0
    view: View | None = None


@dataclass
class Sharded:
    """A tensor and its chunks."""

    array: np.ndarray
    chunks: list = field(default_factory=list)

    def of(self, chunk):
        box = tuple(slice(first, first + size) for first, size in zip(chunk.begin, chunk.sizes))
        return chunk.view or whole(np.ascontiguousarray(self.array[box]).reshape(chunk.sizes))


def grid(shape, cuts):
    """The boxes between the cuts of each dimension."""
    edges = [[0, *own, size] for size, own in zip(shape, cuts)]
    for box in itertools.product(*(list(itertools.pairwise(own)) for own in edges)):
        yield tuple(first for first, _ in box), tuple(end - first for first, end in box)


def sharded(array, cuts, ranks=lambda i: i):
    chunks = [Chunk(begin, sizes, ranks(i)) for i, (begin, sizes) in enumerate(grid(array.shape, cuts))]
    return Sharded(array, chunks)


def flattened(value, path=()):
    """(path, tensor or something else) of nested dicts, and of lists that hold tensors."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from flattened(item, (*path, key))
    elif isinstance(value, list) and any(isinstance(item, (np.ndarray, Sharded, dict)) for item in value):
        for i, item in enumerate(value):
            yield from flattened(item, (*path, i))
    else:
        yield path, value


class Objects:
    """What the metadata is made of."""

    def __init__(self, names):
        self.names = names

    def make(self, module, name, **attributes):
        made = self.names.get(module, name)()
        made.__dict__.update(attributes)
        return made

    def size(self, sizes):
        return torch_file.Call(self.names.get("torch", "Size"), tuple(map(int, sizes)))

    def properties(self, dtype):
        kind = self.names.get(METADATA, "TensorProperties")
        layout = torch_file.Call(self.names.get("torch.serialization", "_get_layout"), "torch.strided")
        order = torch_file.Call(self.names.get(METADATA, "_MEM_FORMAT_ENCODING"), 0)
        made = kind()
        kind.__getstate__ = lambda own: own.state
        made.state = (self.names.get("torch", torch_dtype(dtype)), layout, False, order, False)
        return made

    def tensor(self, tensor):
        chunks = [self.make(METADATA, "ChunkStorageMetadata", offsets=self.size(chunk.begin), sizes=self.size(chunk.sizes))
                  for chunk in tensor.chunks]
        return self.make(METADATA, "TensorStorageMetadata", properties=self.properties(tensor.array.dtype),
                         size=self.size(tensor.array.shape), chunks=chunks)

    def index(self, name, begin, number):
        offset = None if begin is None else self.size(begin)
        return self.make(METADATA, "MetadataIndex", fqn=name, offset=offset, index=number)

    def place(self, file, offset, length):
        return self.make(FILESYSTEM, "_StorageInfo", relative_path=file, offset=offset, length=length)


def as_sharded(value):
    if isinstance(value, np.ndarray):
        return Sharded(value, [Chunk((0,) * value.ndim, value.shape)])
    return value


def save(folder, state, protocol=4, planner_data=True, byteorder="little", alter=lambda metadata: None):
    """Like torch.distributed.checkpoint.save(state, checkpoint_id=folder). `alter` changes the metadata, a dict."""
    folder.mkdir(exist_ok=True)
    files = {}
    with torch_file.Names() as names:
        objects = Objects(names)
        described, places, paths = {}, {}, {}
        for path, value in flattened(state):
            name = ".".join(map(str, path))
            paths[name] = path
            value = as_sharded(value)
            is_tensor = isinstance(value, Sharded)
            described[name] = objects.tensor(value) if is_tensor else objects.make(METADATA, "BytesStorageMetadata")
            for number, chunk in enumerate(value.chunks if is_tensor else [None]):
                file = f"__{chunk.rank if chunk else 0}_0.distcp"
                content = files.setdefault(file, bytearray())
                item = torch_file.saved(value.of(chunk) if chunk else value, byteorder=byteorder)
                index = objects.index(name, chunk.begin if chunk else None, number if chunk else None)
                places[index] = objects.place(file, len(content), len(item))
                content += item
        metadata = {"state_dict_metadata": described, "planner_data": paths if planner_data else None,
                    "storage_data": places, "storage_meta": objects.make(METADATA, "StorageMeta", checkpoint_id=str(folder))}
        alter(metadata)
        text = io.BytesIO()
        pickle.Pickler(text, protocol).dump(objects.make(METADATA, "Metadata", **metadata))
    for file, content in files.items():
        (folder / file).write_bytes(content)
    (folder / ".metadata").write_bytes(text.getvalue())
    return folder
