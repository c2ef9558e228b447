#!/usr/bin/env bash
# One run, same files: weightsieve beside plain reading, numpy, torch and weightlens (profile), zstd, pzstd and ZipNN
# (pack), torch and numpy (the threshold of prune). Prints the tables of README.md. Installs, builds and makes the Python
# environments as scripts/test.sh does. Takes 20 minutes or more, and 1 GiB in TMPDIR and in /dev/shm.
#
# Usage: bench/compare.sh [profile|pack|threshold] [options of bench/compare.py, compare_pack.py, compare_threshold.py]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-deps.sh build bench test >&2
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
    *) echo "compare.sh: '$1' is none of profile, pack, threshold" >&2 && exit 2 ;;
  esac
}

if (($# > 0)); then
  compare "$@"
else
  for part in profile pack threshold; do
    compare "$part"
  done
fi
