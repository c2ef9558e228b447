"""The global threshold as torch.nn.utils.prune and numpy find it, with the whole model in memory.

Usage: threshold_peer.py torch|numpy FILE SPARSITY. Prints the seconds, without imports and reading, and the threshold.
"""

import json
import sys
import time


def tensors(path, frombuffer, dtypes):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        begin = file.tell()
        for entry in header.values():
            first, end = entry["data_offsets"]
            file.seek(begin + first)
            yield frombuffer(bytearray(file.read(end - first)), dtype=dtypes[entry["dtype"]])


def with_torch(path, sparsity):
    import torch
    torch.set_num_threads(1)
    model = list(tensors(path, torch.frombuffer, {"F32": torch.float32, "BF16": torch.bfloat16}))
    begin = time.perf_counter()
    magnitudes = torch.cat([tensor.abs() for tensor in model])
    threshold = torch.topk(magnitudes, k=round(sparsity * len(magnitudes)), largest=False).values[-1]
    return time.perf_counter() - begin, threshold.item()


def with_numpy(path, sparsity):
    import numpy as np
    model = list(tensors(path, np.frombuffer, {"F32": np.float32, "BF16": np.uint16}))
    begin = time.perf_counter()
    is_bf16 = model[0].dtype == np.uint16  # which numpy lacks: its bits without the sign order its magnitudes
    magnitudes = np.concatenate([tensor & np.uint16(0x7FFF) if is_bf16 else np.abs(tensor) for tensor in model])
    k = round(sparsity * len(magnitudes)) - 1
    threshold = np.partition(magnitudes, k)[k:k + 1]
    seconds = time.perf_counter() - begin
    return seconds, float((threshold.astype(np.uint32) << 16).view(np.float32)[0] if is_bf16 else threshold[0])


def main():
    peer, path, sparsity = sys.argv[1:]
    seconds, threshold = {"torch": with_torch, "numpy": with_numpy}[peer](path, float(sparsity))
    print(seconds, f"{threshold:.9g}")


if __name__ == "__main__":
    main()
