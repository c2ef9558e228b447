"""The same statistics with torch, as one would write them. Needs nothing but torch: Debian's python3-torch serves."""

import json
import sys

import torch

QUANTILES = [0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999, 1]
DTYPES = {"F32": torch.float32, "F64": torch.float64, "F16": torch.float16, "BF16": torch.bfloat16, "I8": torch.int8}


def tensors(path):
    """Name and tensor, mapped; a safetensors file is a length, a header and the bytes."""
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        dtype = DTYPES[entry["dtype"]]
        width = torch.tensor([], dtype=dtype).element_size()
        storage = torch.ByteTensor(torch.ByteStorage.from_file(path, shared=False, size=8 + length + end))
        yield name, storage[8 + length + begin:].clone().view(dtype)[:(end - begin) // width]


def quantiles(sorted_values):
    """numpy's linear definition; torch.quantile itself refuses more than 2^24 values."""
    places = torch.tensor(QUANTILES, dtype=torch.float64) * (len(sorted_values) - 1)
    low = sorted_values[places.floor().long()]
    high = sorted_values[places.ceil().long()]
    return (low + (high - low) * places.frac()).tolist()


def profile(values):
    x = values.double()
    finite = x[x.isfinite()]
    deviation = finite - finite.mean()
    variance = deviation.square().mean()
    return {
        "zero": int((x == 0).sum()), "nan": int(x.isnan().sum()), "infinite": int(x.isinf().sum()),
        "min": finite.min().item(), "argmin": finite.argmin().item(),
        "max": finite.max().item(), "argmax": finite.argmax().item(),
        "mean": finite.mean().item(), "std": variance.sqrt().item(),
        "l1": finite.abs().sum().item(), "l2": finite.norm().item(),
        "skewness": (deviation.pow(3).mean() / variance.pow(1.5)).item(),
        "excess_kurtosis": (deviation.pow(4).mean() / variance.square() - 3).item(),
        "outside": [int(((x < -t) | (x > t)).sum()) for t in (0.01, 0.1, 1)],
        "quantiles": quantiles(finite.sort().values),
        "magnitude_quantiles": quantiles(finite.abs().sort().values),
        "histogram": torch.histc(finite, 200).tolist(),
    }


def main():
    torch.set_num_threads(1)
    print(json.dumps({name: profile(values) for name, values in tensors(sys.argv[1])}))


if __name__ == "__main__":
    main()
