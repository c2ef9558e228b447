#!/usr/bin/env bash
# Builds the fuzzers of tests/fuzz (clang, address and undefined-behaviour sanitizers) and runs them, one after the
# other; what they learn stays in .cache/fuzz, so the next run goes on from there.
#
# Usage: scripts/fuzz.sh [SECONDS | --runs N] [TARGET]...     (default: 60 seconds for each of all targets)
#   --runs N  as long as it takes until each target has read N inputs in all, also in earlier runs
#
# Prints how many inputs each target has read so far (they are counted in .cache/fuzz/TARGET/runs). Exit 1 at the
# first finding: the input is kept in .cache/fuzz/TARGET/findings, and `build/bin/fuzz_replay TARGET FILE` reads it
# again.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  echo "usage: scripts/fuzz.sh [SECONDS | --runs N] [TARGET]..." >&2
  exit 2
}

seconds=60 wanted=0
if [[ ${1:-} == --runs ]]; then
  shift
  wanted=${1:-} seconds=0
  [[ $wanted =~ ^[1-9][0-9]*$ ]] || usage
  shift
elif (($# > 0)); then
  seconds=$1
  [[ $seconds =~ ^[0-9]+$ ]] || usage
  shift
fi

# What is freed stays poisoned for 1 MiB of frees, not 256; leaks are looked for when seeds are replayed, not here.
export ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=1:malloc_context_size=0

runs_of() { awk '{ sum += $1 } END { print sum + 0 }' ".cache/fuzz/$1/runs" 2> /dev/null || echo 0; }

# Twice the largest seed, from 512 to 4096 bytes: what is larger takes longer and finds no more.
most_bytes() {
  local largest
  largest=$(find ".cache/fuzz/seeds/$1" -type f -printf '%s\n' | sort -n | tail -1)
  echo $((largest < 256 ? 512 : largest > 2048 ? 4096 : 2 * largest))
}

# fuzz TARGET OPTION...
fuzz() {
  local target=$1 folder=.cache/fuzz/$1 now
  shift
  # Whoever allocates megabytes for so few bytes, or takes seconds, believes what they say.
  if ! "build-fuzz/bin/fuzz_$target" "$@" -max_len="$(most_bytes "$target")" -timeout=5 -rss_limit_mb=1024 \
    -malloc_limit_mb=128 -entropic=0 -print_final_stats=1 -artifact_prefix="$folder/findings/" \
    "$folder/corpus" ".cache/fuzz/seeds/$target" > "$folder/log" 2>&1; then
    cat "$folder/log" >&2
    echo "fuzz.sh: $target: a finding; see $folder/findings" >&2
    exit 1
  fi
  now=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/log")
  echo "$now" >> "$folder/runs"
  printf '%-14s %12d inputs now, %13d in all\n' "$target" "$now" "$(runs_of "$target")"
}

# Until the target has read as many inputs as are wanted; a million at a time, so that little is lost.
fuzz_up_to_wanted() {
  local left
  while left=$((wanted - $(runs_of "$1"))) && ((left > 0)); do
    fuzz "$1" -runs=$((left < 1000000 ? left : 1000000))
  done
}

scripts/install-deps.sh build test fuzz
cmake --preset fuzz > /dev/null
cmake --build --preset fuzz --target fuzzers
build-fuzz/bin/fuzz_replay --seeds .cache/fuzz/seeds
(($# > 0)) || set -- .cache/fuzz/seeds/*

for target in "$@"; do
  target=$(basename "$target")
  mkdir -p ".cache/fuzz/$target/corpus" ".cache/fuzz/$target/findings"
  if ((wanted > 0)); then
    fuzz_up_to_wanted "$target"
  else
    fuzz "$target" -max_total_time="$seconds"
  fi
done
