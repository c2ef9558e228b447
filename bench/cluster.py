#!/usr/bin/env python3
"""Predicts what many ranks make of checkpoints that do not fit here: the real planner and the real merger over the tensor
tables of real models, in files of their size that are one hole (nothing is stored, headers apart).

Usage: bench/cluster.py JOIN_SHARES [--rate GB/s a rank] [--ceiling GB/s of the file system] [--network GB/s into rank 0]
                        [--ranks N,N,...]

JOIN_SHARES is the build folder's bin/join_shares. Balance, bytes sent, and rank 0's memory and time for joining and
writing come out of the program's own code, run here. The time adds to the latter that of the largest share, or of the
file system where that is slower, and of the network, at the rates given: a prediction, not a measurement.
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

SHARD_BYTES = 5 * 10**9
WIDTH = {"BF16": 2, "F8_E4M3": 1, "F32": 4}

def llama(hidden, layers, inner, heads_kv, vocabulary):
    """Llama 3: the shapes of its configuration."""
    yield "model.embed_tokens.weight", "BF16", [vocabulary, hidden]
    for i in range(layers):
        block = f"model.layers.{i}."
        for name in ("input_layernorm", "post_attention_layernorm"):
            yield block + name + ".weight", "BF16", [hidden]
        for name, rows in (("q", hidden), ("k", heads_kv), ("v", heads_kv), ("o", hidden)):
            yield block + f"self_attn.{name}_proj.weight", "BF16", [rows, hidden]
        for name, shape in (("gate", [inner, hidden]), ("up", [inner, hidden]), ("down", [hidden, inner])):
            yield block + f"mlp.{name}_proj.weight", "BF16", shape
    yield "model.norm.weight", "BF16", [hidden]
    yield "lm_head.weight", "BF16", [vocabulary, hidden]


def scaled(name, shape):
    """An F8 matrix and the scales of its blocks of 128 × 128."""
    yield name + ".weight", "F8_E4M3", shape
    yield name + ".weight_scale_inv", "F32", [-(-extent // 128) for extent in shape]


def deepseek():
    """DeepSeek-V3 as released: 61 layers and the one that predicts further, 256 experts each but in the first three."""
    hidden = 7168
    yield "model.embed_tokens.weight", "BF16", [129280, hidden]
    for i in range(62):
        block = f"model.layers.{i}."
        for name in ("input_layernorm", "post_attention_layernorm"):
            yield block + name + ".weight", "BF16", [hidden]
        attention = {"q_a_proj": [1536, hidden], "q_b_proj": [24576, 1536], "kv_a_proj_with_mqa": [576, hidden],
                     "kv_b_proj": [32768, 512], "o_proj": [hidden, 16384]}
        for name, shape in attention.items():
            yield from scaled(block + "self_attn." + name, shape)
        experts = {"mlp.": 18432} if i < 3 else {f"mlp.experts.{e}.": 2048 for e in range(256)} | {"mlp.shared_experts.": 2048}
        if i >= 3:
            yield block + "mlp.gate.weight", "BF16", [256, hidden]
        for prefix, inner in experts.items():
            for name, shape in (("gate", [inner, hidden]), ("up", [inner, hidden]), ("down", [hidden, inner])):
                yield from scaled(block + prefix + name + "_proj", shape)
    yield "lm_head.weight", "BF16", [129280, hidden]


MODELS = {
    "Llama 3.1 70B": lambda: llama(8192, 80, 28672, 1024, 128256),
    "Llama 3.1 405B": lambda: llama(16384, 126, 53248, 1024, 128256),
    "DeepSeek-V3 671B": deepseek,
}


def size_of(dtype, shape):
    size = WIDTH[dtype]
    for extent in shape:
        size *= extent
    return size


def shards_of(tensors):
    shard, size = [], 0
    for name, dtype, shape in tensors:
        bytes_ = size_of(dtype, shape)
        if shard and size + bytes_ > SHARD_BYTES:
            yield shard
            shard, size = [], 0
        shard.append((name, dtype, shape, bytes_))
        size += bytes_
    yield shard


def write_hole(path, shard):
    header, at = {}, 0
    for name, dtype, shape, size in shard:
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + at)


def write_model(folder, tensors):
    shards = list(shards_of(tensors))
    names = [f"model-{i:05}-of-{len(shards):05}.safetensors" for i in range(1, len(shards) + 1)]
    for name, shard in zip(names, shards):
        write_hole(Path(folder) / name, shard)
    weight_map = {tensor[0]: name for name, shard in zip(names, shards) for tensor in shard}
    (Path(folder) / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return len(weight_map)


def predict(share, rate, ceiling, network):
    reading = max(share["most_bytes"] / rate, share["bytes"] / ceiling)
    return reading + share["sent"] / network + share["join_seconds"]


def report(name, program, ranks, rates):
    with tempfile.TemporaryDirectory() as folder:
        tensors = write_model(folder, MODELS[name]())
        for count in ranks:
            share = json.loads(subprocess.run([program, folder, count], capture_output=True, check=True).stdout)
            print(f"| {name} | {tensors:,} | {share['ranks']:,} | {share['balance']:.3f} | {share['sent'] / 2**20:,.1f} MiB | "
                  f"{share['largest'] / 2**10:,.0f} KiB | {share['peak_bytes'] / 2**20:,.0f} MiB | "
                  f"{share['join_seconds']:.2f} s | {predict(share, *rates):,.1f} s |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("join_shares")
    parser.add_argument("--rate", type=float, default=2.0)
    parser.add_argument("--ceiling", type=float, default=200.0)
    parser.add_argument("--network", type=float, default=1.0)
    parser.add_argument("--ranks", default="1,16,64,256,1024,4096")
    chosen = parser.parse_args()
    rates = [rate * 1e9 for rate in (chosen.rate, chosen.ceiling, chosen.network)]
    print("| model | tensors | ranks | max/mean | sent to rank 0 | largest share | memory of rank 0 | joining | predicted |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    for name in MODELS:
        report(name, chosen.join_shares, chosen.ranks.split(","), rates)


if __name__ == "__main__":
    main()
