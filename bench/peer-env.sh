#!/usr/bin/env bash
# Makes .venv-bench, a Python environment with Debian's torch and bench/requirements.txt, and prints its interpreter.
# Prints nothing, and says why, when it cannot be made.
set -euo pipefail
cd "$(dirname "$0")/.."

requirements=bench/requirements.txt
python=.venv-bench/bin/python
if ! cmp --silent "$requirements" .venv-bench/requirements.txt; then
  if ! /usr/bin/python3 -c 'import torch, numpy' 2> /dev/null; then
    echo "no torch for /usr/bin/python3 (python3-torch): the peers are left out" >&2
    exit 0
  fi
  rm -rf .venv-bench
  /usr/bin/python3 -m venv --system-site-packages .venv-bench
  if ! "$python" -m pip --quiet --disable-pip-version-check install --no-deps --requirement "$requirements" >&2; then
    echo "the peers cannot be installed and are left out" >&2
    exit 0
  fi
  cp "$requirements" .venv-bench/requirements.txt
fi
echo "$PWD/$python"
