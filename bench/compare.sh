#!/usr/bin/env bash
# One run, same files, same statistics: weightsieve beside plain reading, numpy and torch. Prints the table of README.md.
# Installs, builds and makes the Python environment as scripts/test.sh does. Takes some minutes and 1 GiB in TMPDIR.
#
# Usage: bench/compare.sh [options of bench/compare.py]
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install-deps.sh build bench test >&2
scripts/build.sh release -DWEIGHTSIEVE_BUILD_BENCH=ON >&2
scripts/python-env.sh >&2
.venv/bin/python bench/compare.py build/bin/weightsieve build/bin/roofline "$@"
