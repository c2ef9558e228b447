#!/usr/bin/env bash
# One run, same files: weightsieve beside plain reading, numpy, torch and weightlens (profile), zstd, pzstd and ZipNN
# (pack), torch and numpy (the threshold of prune), and the verb compare beside profile (compare). Prints the tables of
# README.md. Installs, builds and makes the Python environments as scripts/test.sh does. Takes 20 minutes or more, and
# 2 GiB in TMPDIR and 1 GiB in /dev/shm. `ranks`, every verb under mpirun, runs only when it is named: 10 minutes, and
# 5 GiB in /dev/shm.
#
# Usage: bench/compare.sh [profile|pack|threshold|compare|ranks]
#            [options of bench/compare.py, compare_pack.py, compare_threshold.py, compare_checkpoints.py, ranks.py]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-deps.sh build bench test mpi >&2
scripts/build.sh release -DWEIGHTSIEVE_BUILD_BENCH=ON >&2
scripts/python-env.sh >&2

compare() {
  case $1 in
    profile)
      .venv/bin/python bench/compare.py build/bin/weightsieve build/bin/roofline --peer-python "$(bench/peer-env.sh)" \
        "${@:2}"
      ;;
    pack) .venv/bin/python bench/compare_pack.py build/bin/weightsieve --python "$(bench/peer-env.sh)" "${@:2}" ;;
    threshold) .venv/bin/python bench/compare_threshold.py build/bin/find_threshold "${@:2}" ;;
    compare) .venv/bin/python bench/compare_checkpoints.py build/bin/weightsieve "${@:2}" ;;
    ranks) .venv/bin/python bench/ranks.py build/bin/weightsieve "${@:2}" ;;
    *) echo "compare.sh: '$1' is none of profile, pack, threshold, compare, ranks" >&2 && exit 2 ;;
  esac
}

if (($# > 0)); then
  compare "$@"
else
  for part in profile pack threshold compare; do
    compare "$part"
  done
fi
