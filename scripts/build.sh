#!/usr/bin/env bash
# Configures and builds one preset of CMakePresets.json, through ccache where there is one.
#
# Usage: scripts/build.sh PRESET [cmake option]...     (scripts/build.sh release)
set -euo pipefail
cd "$(dirname "$0")/.."

preset=$1
shift
if command -v ccache > /dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$PWD
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
cmake --preset "$preset" "$@" > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
cmake --build --preset "$preset"
