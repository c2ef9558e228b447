"""Reads PyTorch's files by Python's own unpickler into numpy arrays, without torch; independent of the program's reader.

Only for files that are trusted: pickles are run, though names beyond torch's few are refused.
"""

import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np

STORAGES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2", "LongStorage": "<i8"}


class Storage:
    """Its elements are there once the file has been read whole."""

    def __init__(self, dtype, key, elements):
        self.dtype, self.key, self.elements, self.array = np.dtype(dtype), key, elements, None


class Tensor:
    def __init__(self, storage, offset, shape, strides, *_):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self):
        steps = [stride * self.storage.array.itemsize for stride in self.strides]
        return np.lib.stride_tricks.as_strided(self.storage.array[self.offset:], self.shape, steps)


class Unpickler(pickle.Unpickler):
    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return Tensor
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise pickle.UnpicklingError(f"{module}.{name}")

    def persistent_load(self, pid):
        kind, dtype, key, _, elements = pid[:5]
        assert kind == "storage" and all(part is None for part in pid[5:])
        return self.storages.setdefault(key, Storage(dtype, key, elements))


def load_archive(path):
    with zipfile.ZipFile(path) as archive:
        (name,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        with archive.open(name) as file:
            unpickler = Unpickler(file)
            value = unpickler.load()
        for storage in unpickler.storages.values():
            data = archive.read(name.replace("data.pkl", f"data/{storage.key}"))
            storage.array = np.frombuffer(data, storage.dtype)
            assert storage.array.size == storage.elements
    return value


def load_legacy(path):
    """Magic number, version, system, the value, keys; then each storage behind its size."""
    with open(path, "rb") as file:
        assert (pickle.load(file), pickle.load(file)) == (0x1950A86A20F9469CFC6C, 1001)
        assert pickle.load(file)["little_endian"]
        unpickler = Unpickler(file)
        value = unpickler.load()
        for key in pickle.load(file):
            storage = unpickler.storages[key]
            (elements,) = struct.unpack("<q", file.read(8))
            assert elements == storage.elements
            storage.array = np.frombuffer(file.read(elements * storage.dtype.itemsize), storage.dtype)
        assert file.read() == b""
    return value


def load(path):
    return load_archive(path) if zipfile.is_zipfile(path) else load_legacy(path)
