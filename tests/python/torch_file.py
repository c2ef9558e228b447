"""Writes what torch.save writes, without torch: Python's own pickler and zipfile, and classes that only bear the names.

The pickler emits real GLOBAL, REDUCE, BINPERSID and memo opcodes of any protocol from 2 on; zipfile makes real
archives: stored, deflated, with ZIP64 fields, with data descriptors.
"""

import io
import pickle
import sys
import types
import zipfile
from collections import OrderedDict
from dataclasses import dataclass

import ml_dtypes
import numpy as np

STORAGES = {
    "<f8": "DoubleStorage", "<f4": "FloatStorage", "<f2": "HalfStorage", "<i8": "LongStorage", "<i4": "IntStorage",
    "<i2": "ShortStorage", "|i1": "CharStorage", "|u1": "ByteStorage", "|b1": "BoolStorage",
    "<c8": "ComplexFloatStorage",
}
DTYPES = {
    "<f8": "F64", "<f4": "F32", "<f2": "F16", "<i8": "I64", "<i4": "I32", "<i2": "I16", "|i1": "I8", "|u1": "U8",
    "|b1": "BOOL", "<c8": "C64", "<u2": "U16", "<u4": "U32", "<u8": "U64",
}
NAMED = {
    np.dtype(ml_dtypes.bfloat16): ("BF16", "BFloat16Storage", None),
    np.dtype(ml_dtypes.float8_e4m3fn): ("F8_E4M3", None, "float8_e4m3fn"),
    np.dtype(ml_dtypes.float8_e5m2): ("F8_E5M2", None, "float8_e5m2"),
    np.dtype("<u2"): ("U16", None, "uint16"),
    np.dtype("<u4"): ("U32", None, "uint32"),
    np.dtype("<u8"): ("U64", None, "uint64"),
}


def kind_of(dtype):
    """(our name, storage class, torch dtype of newer tensors)"""
    return NAMED.get(dtype) or (DTYPES[dtype.str], STORAGES[dtype.str], None)


@dataclass
class Storage:
    """One-dimensional elements, to be kept beside the pickle."""

    array: np.ndarray


@dataclass
class View:
    """A tensor: a view of a storage, strides in elements."""

    storage: Storage
    offset: int
    shape: tuple
    strides: tuple
    parameter: bool = False
    trainable: bool = True

    def array(self):
        places = np.arange(self.storage.array.size)
        steps = [stride * places.itemsize for stride in self.strides]
        return self.storage.array[np.lib.stride_tricks.as_strided(places[self.offset:], self.shape, steps)]


def whole(array, **options):
    """A tensor of its own."""
    strides = np.cumprod([1, *array.shape[:0:-1]])[::-1] if array.ndim else ()
    return View(Storage(np.ascontiguousarray(array).reshape(-1)), 0, array.shape, tuple(map(int, strides)), **options)


class Names:
    """The modules of torch, for as long as a pickle is written."""

    def __enter__(self):
        self.before = {name: module for name, module in sys.modules.items() if name.split(".")[0] == "torch"}
        return self

    def __exit__(self, *_):
        for name in [name for name in sys.modules if name.split(".")[0] == "torch"]:
            del sys.modules[name]
        sys.modules.update(self.before)

    def get(self, module, name):
        """Something that pickles as `module.name`."""
        parts = module.split(".")
        for i in range(len(parts)):
            path = ".".join(parts[: i + 1])
            if path not in sys.modules:
                sys.modules[path] = types.ModuleType(path)
        if not hasattr(sys.modules[module], name):
            made = type(name, (), {"__module__": module, "__qualname__": name})
            setattr(sys.modules[module], name, made)
        return getattr(sys.modules[module], name)


class Call:
    """Pickles as a call of `callee` with `arguments`."""

    def __init__(self, callee, *arguments):
        self.reduced = (callee, arguments)

    def __reduce__(self):
        return self.reduced


class Pickler(pickle.Pickler):
    def __init__(self, file, protocol, names):
        super().__init__(file, protocol)
        self.names = names
        self.storages = []

    def persistent_id(self, obj):
        if not isinstance(obj, Storage):
            return None
        if not any(known is obj for known in self.storages):
            self.storages.append(obj)
        key = next(i for i, known in enumerate(self.storages) if known is obj)
        _, storage, _ = kind_of(obj.array.dtype)
        made = self.names.get("torch", storage) if storage else self.names.get("torch.storage", "UntypedStorage")
        return ("storage", made, str(key), "cpu", obj.array.size if storage else obj.array.nbytes)

    def reducer_override(self, obj):
        if not isinstance(obj, View):
            return NotImplemented
        _, storage, dtype = kind_of(obj.storage.array.dtype)
        view = (obj.storage, obj.offset, obj.shape, obj.strides, False, OrderedDict())
        if storage:
            plain = (self.names.get("torch._utils", "_rebuild_tensor_v2"), view)
        else:
            plain = (self.names.get("torch._utils", "_rebuild_tensor_v3"), (*view, self.names.get("torch", dtype)))
        if not obj.parameter:
            return plain
        inner = Call(plain[0], *plain[1])
        return self.names.get("torch._utils", "_rebuild_parameter"), (inner, obj.trainable, OrderedDict())


class Stream(io.RawIOBase):
    """Only written, never sought: zipfile then puts sizes behind the members."""

    def __init__(self):
        self.bytes = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.bytes += data
        return len(data)


CONTAINERS = ["stored", "deflated", "zip64", "streamed"]


def pickled(value, protocol=2):
    """(the pickle, the storages by key)"""
    text = io.BytesIO()
    with Names() as names:
        pickler = Pickler(text, protocol, names)
        pickler.dump(value)
    return text.getvalue(), pickler.storages


def archive(members, container="stored"):
    """The bytes of an archive of (name, bytes)."""
    out = Stream() if container == "streamed" else io.BytesIO()
    method = zipfile.ZIP_DEFLATED if container == "deflated" else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", method) as zipped:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = method
            with zipped.open(info, "w", force_zip64=container == "zip64") as member:
                member.write(content)
    return bytes(out.bytes if container == "streamed" else out.getbuffer())


def saved(value, protocol=2, container="stored", folder="archive", byteorder="little"):
    """The bytes of torch.save(value, …)."""
    text, storages = pickled(value, protocol)
    order = ">" if byteorder == "big" else "<"
    members = [(f"{folder}/data.pkl", text), (f"{folder}/byteorder", byteorder.encode())]
    for key, storage in enumerate(storages):
        array = storage.array
        if byteorder == "big" and array.itemsize > 1:
            array = array.view(f"u{array.itemsize}") if array.dtype.kind != "c" else array.view("u4")
            array = array.astype(array.dtype.newbyteorder(order))
        members.append((f"{folder}/data/{key}", array.tobytes()))
    members.append((f"{folder}/version", b"3\n"))
    return archive(members, container)


def save(path, value, **options):
    """Like torch.save(value, path)."""
    path.write_bytes(saved(value, **options))
    return path
