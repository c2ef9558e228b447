"""By torch, for test_dcp_long.py: `load FOLDER` turns each distributed checkpoint FOLDER/N into FOLDER/N.pt; `save FOLDER`
writes the same tensors as FOLDER/ranks, by four ranks that have them in shards, and as FOLDER/alone.pt.

Run by a Python that has torch; the tests' own has none.
"""

import os
import sys
from pathlib import Path

import torch
import torch.distributed.checkpoint as dcp

RANKS = 4


def load(folder):
    from torch.distributed.checkpoint.format_utils import dcp_to_torch_save

    for path in sorted(Path(folder).iterdir()):
        dcp_to_torch_save(path, f"{path}.pt")


def save_a_rank(rank, folder):
    from torch.distributed.tensor import Replicate, Shard, distribute_tensor, init_device_mesh

    store = f"file://{folder}/rendezvous"
    torch.distributed.init_process_group("gloo", init_method=store, rank=rank, world_size=RANKS)
    line, square = init_device_mesh("cpu", (RANKS,)), init_device_mesh("cpu", (2, RANKS // 2))
    random = torch.Generator().manual_seed(3)
    places = {"rows": (line, [Shard(0)], (13, 7)), "columns": (line, [Shard(1)], (6, 11)),
              "grid": (square, [Shard(0), Shard(1)], (9, 10, 3)), "twice": (line, [Replicate()], (5,)),
              "pairs": (square, [Shard(1), Replicate()], (8, 12)), "few": (line, [Shard(0)], (2, 3)),
              "middle": (square, [Shard(1), Shard(2)], (4, 6, 5))}
    whole = {name: torch.randn(shape, generator=random) for name, (_, _, shape) in places.items()}
    whole["pairs"] = whole["pairs"].bfloat16()
    parts = {name: distribute_tensor(whole[name], mesh, how) for name, (mesh, how, _) in places.items()}
    optimizer = {"state": {"rows": {"exp_avg": parts["rows"]}}, "param_groups": [{"lr": 0.1}]}
    dcp.save({"model": parts, "optimizer": optimizer, "step": 5}, checkpoint_id=f"{folder}/ranks")
    if rank == 0:
        torch.save({"model": whole, "step": 5}, f"{folder}/alone.pt")
    torch.distributed.destroy_process_group()


def save(folder):
    os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.multiprocessing.spawn(save_a_rank, args=(folder,), nprocs=RANKS)


if __name__ == "__main__":
    {"load": load, "save": save}[sys.argv[1]](sys.argv[2])
