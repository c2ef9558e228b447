#!/usr/bin/env bash
# Builds the fuzzers of tests/fuzz (clang, address and undefined-behaviour sanitizers) and runs them, one after the
# other; what they learn stays in .cache/fuzz, so the next run goes on from there.
#
# Usage: scripts/fuzz.sh [SECONDS] [TARGET]...     (default: 60 seconds for each of all targets)
#
# Prints how many inputs each target has read so far. Exit 1 at the first finding: the input is kept in
# .cache/fuzz/TARGET/findings, and `build/bin/fuzz_replay TARGET FILE` reads it again.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
if ! [[ $seconds =~ ^[0-9]+$ ]]; then
  echo "usage: scripts/fuzz.sh [SECONDS] [TARGET]..." >&2
  exit 2
fi

scripts/install-deps.sh build test fuzz
cmake --preset fuzz > /dev/null
cmake --build --preset fuzz --target fuzzers
build-fuzz/bin/fuzz_replay --seeds .cache/fuzz/seeds
(($# > 0)) || set -- .cache/fuzz/seeds/*

for target in "$@"; do
  target=$(basename "$target")
  folder=.cache/fuzz/$target
  mkdir -p "$folder/corpus" "$folder/findings"
  # No input is larger than a few KiB, so whoever allocates megabytes or takes seconds believes what it says.
  if ! "build-fuzz/bin/fuzz_$target" -max_total_time="$seconds" -max_len=4096 -timeout=5 -rss_limit_mb=1024 \
    -malloc_limit_mb=128 -print_final_stats=1 -artifact_prefix="$folder/findings/" \
    "$folder/corpus" ".cache/fuzz/seeds/$target" > "$folder/log" 2>&1; then
    cat "$folder/log" >&2
    echo "fuzz.sh: $target: a finding; see $folder/findings" >&2
    exit 1
  fi
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log")
  echo "$runs" >> "$folder/runs"
  printf '%-14s %12d inputs now, %13d in all\n' "$target" "$runs" "$(($(paste -sd+ "$folder/runs")))"
done
