#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
#
# Usage: scripts/test.sh [ctest option]...     (scripts/test.sh -R format, scripts/test.sh -L short)
set -euo pipefail
cd "$(dirname "$0")/.."

scripts/install-deps.sh build fetch test mpi
scripts/python-env.sh
scripts/fetch-checkpoint.sh all > /dev/null ||
  echo "test.sh: a real checkpoint cannot be fetched: the tests on it will be skipped" >&2
scripts/build.sh release -DWEIGHTSIEVE_BUILD_TESTS=ON
ctest --preset release --parallel "$(nproc)" "$@"
