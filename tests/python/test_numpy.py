"""NumPy's own files against numpy: hundreds of generated arrays and archives."""

import json
import zipfile

import ml_dtypes
import numpy as np
import pytest

from test_torch import expected, found

DTYPES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u1", "u2", "u4", "u8", "b1", "c8"]


class Given:
    """An array as test_torch.expected() wants a tensor."""

    parameter, trainable = False, True

    def __init__(self, array):
        self.own = array

    def array(self):
        little = self.own.dtype if self.own.dtype == ml_dtypes.bfloat16 else self.own.dtype.newbyteorder("<")
        return self.own.astype(little)


def random_array(random):
    least = 0 if random.random() < 0.05 else 1
    shape = tuple(int(extent) for extent in random.integers(least, 7, int(random.integers(0, 4))))
    numbers = random.normal(0, 3, shape)
    numbers = np.where(random.random(shape) < 0.2, 0, numbers)
    if random.random() < 0.1:
        return numbers.astype(ml_dtypes.bfloat16)
    code = DTYPES[random.integers(len(DTYPES))]
    if code[0] == "u":
        numbers = abs(numbers * 9)
    array = numbers.astype(("<", ">")[random.integers(2)] + code)
    return np.asfortranarray(array) if random.random() < 0.4 else array


def tensors_of(run, path, *options):
    result = run("profile", "--json", *options, path)
    assert result.returncode == 0, result.stderr
    return [found(tensor) for tensor in json.loads(result.stdout)["tensors"]]


def check_arrays(run, folder, seed, count):
    random = np.random.default_rng(seed)
    for i in range(count):
        array = random_array(random)
        path = folder / f"w{i}.npy"
        version = [(1, 0), (2, 0), (3, 0), None][i % 4]
        with path.open("wb") as file:
            np.lib.format.write_array(file, array, version=version)
        assert tensors_of(run, path, "--io", ("mmap", "pread")[i % 2]) == [expected(f"w{i}", Given(array))]


def check_archives(run, folder, seed, save, count):
    random = np.random.default_rng(seed)
    for i in range(count):
        arrays = {f"layer/{k}": random_array(random) for k in range(int(random.integers(1, 6)))}
        path = folder / f"{i}.npz"
        save(path, **arrays)
        assert tensors_of(run, path) == [expected(name, Given(array)) for name, array in arrays.items()]


@pytest.mark.parametrize("seed", range(2))
def test_arrays_agree_with_numpy(run, tmp_path, seed):
    check_arrays(run, tmp_path, seed, 60)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives_agree_with_numpy(run, tmp_path, save):
    check_archives(run, tmp_path, 9, save, 60)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_large_arrays_in_fortran_order(run, tmp_path, save):
    """Beyond a chunk of 2^20 elements; and, compressed, what is too large to be inflated whole."""
    arrays = {"turned": np.asfortranarray(np.random.default_rng(3).integers(0, 9, (1100, 1200)).astype("f4")),
              "larger": np.asfortranarray(np.zeros((2, 9 << 19), "i1"))}
    save(tmp_path / "w.npz", **arrays)
    result = run("profile", "--json", "--threads", "3", tmp_path / "w.npz")
    document = json.loads(result.stdout)
    skipped = ["larger"] if save is np.savez_compressed else []
    assert result.returncode == (4 if skipped else 0)
    assert [tensor["name"] for tensor in document["skipped"]] == skipped
    assert [found(tensor) for tensor in document["tensors"]] == [
        expected(name, Given(array)) for name, array in arrays.items() if name not in skipped]


def test_prune_and_pack_write_safetensors(run, tmp_path):
    arrays = {f"w{i}": random_array(np.random.default_rng(i)) for i in range(8)}
    np.savez(tmp_path / "model.npz", **arrays)
    for verb, options in (("prune", ["--sparsity", "0"]), ("pack", [])):
        out = tmp_path / verb
        assert run(verb, *options, tmp_path / "model.npz", "-o", out).returncode == 0
        assert tensors_of(run, out) == [expected(name, Given(array)) for name, array in arrays.items()]
        assert run("verify", out).returncode == 0


def test_objects_are_never_loaded(run, tmp_path):
    class Evil:
        def __reduce__(self):
            return print, ("run",)

    np.save(tmp_path / "evil.npy", np.array([Evil()], dtype=object), allow_pickle=True)
    result = run("profile", tmp_path / "evil.npy")
    assert (result.returncode, result.stdout) == (3, b"")
    assert result.stderr.endswith(b"[NPY-DTYPE]\n")


@pytest.mark.parametrize("damage", ["flip", "cut", "longer"])
def test_damaged_deflate_is_rejected(run, tmp_path, damage):
    """N23: inside the stream, at its end, and behind it."""
    path = tmp_path / "w.npz"
    np.savez_compressed(path, w=np.random.default_rng(1).integers(0, 9, 50_000).astype("f4"))
    with zipfile.ZipFile(path) as archive:
        info = archive.infolist()[0]
    content = bytearray(path.read_bytes())
    begin = 30 + len(info.filename) + int.from_bytes(content[28:30], "little")
    if damage == "flip":
        content[begin + info.compress_size // 2] ^= 0xFF
    elif damage == "cut":
        content[begin + info.compress_size - 40 : begin + info.compress_size] = bytes(40)
    else:
        content[begin : begin + info.compress_size] = deflated_short(info)
    path.write_bytes(content)
    result = run("profile", path)
    assert (result.returncode, result.stdout) == (3, b"")
    assert b"[DEFLATE" in result.stderr


def deflated_short(info):
    """A stream of the same content that leaves bytes of its stretch over."""
    import zlib

    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    header = b"\x93NUMPY\1\0v\0{'descr': '<f4', 'fortran_order': False, 'shape': (50000,), }"
    text = stream.compress(header.ljust(127) + b"\n" + bytes(200_000)) + stream.flush()
    return text.ljust(info.compress_size, b"\0")
