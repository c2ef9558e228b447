"""Writes a safetensors file again with every value moved by 1 %. Usage: move_values.py PATH NEW_PATH"""

import sys

import ml_dtypes  # noqa: F401  (numpy has BF16 then)
from safetensors.numpy import load_file, save_file

save_file({name: values * values.dtype.type(1.01) for name, values in load_file(sys.argv[1]).items()}, sys.argv[2])
