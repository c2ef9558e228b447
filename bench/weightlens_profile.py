"""The statistics that weightlens, a streaming profiler in Python, keeps, by its own engine over mapped tensors.

It keeps fewer than weightsieve: mean, deviation, extremes, norm, sparsity and logarithmic quantiles. Its command line
would need a newer torch than Debian's, to open checkpoints of other kinds; what it does to F32 is this.
"""

import json
import sys

import numpy as np
from weightlens.models import LayerTensor
from weightlens.stats_engines import BasicStatsEngine

WIDE = {"F32": "<f4", "F64": "<f8", "F16": "<f2"}


def tensors(path):
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(length))
    data = np.memmap(path, mode="r", offset=8 + length)
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        raw = data[begin:end]
        if entry["dtype"] == "BF16":  # as its reader does: widened, one tensor at a time
            yield name, (raw.view("<u2").astype("<u4") << 16).view("<f4"), entry
        else:
            yield name, raw.view(WIDE[entry["dtype"]]), entry


def main():
    engine = BasicStatsEngine()
    for name, values, entry in tensors(sys.argv[1]):
        layer = LayerTensor(name=name, values=values, shape=tuple(entry["shape"]), dtype=entry["dtype"])
        print(engine.compute_layer(layer))


if __name__ == "__main__":
    main()
