#!/usr/bin/env bash
# Shows what weightsieve says of a real checkpoint and does to it: installs what is missing, builds, fetches the
# checkpoint, runs inspect, profile and the two reports on it, and prunes it at five levels, into .cache/demo.
#
# Usage: scripts/demo.sh [CHECKPOINT]     (a file, a folder or a shard index; without one: all-MiniLM-L6-v2, fetched)
set -euo pipefail

choose_checkpoint() {
  if (($# > 0)); then
    echo "$1"
  elif ! scripts/fetch-checkpoint.sh; then
    echo "No real checkpoint could be fetched (no network?), so a MADE-UP one with random weights is shown." >&2
    echo "To see one of yours: scripts/demo.sh CHECKPOINT" >&2
    /usr/bin/python3 scripts/make-checkpoint.py .cache/checkpoints/made-up
    echo "$PWD/.cache/checkpoints/made-up"
  fi
}

# Whether a checkpoint is small enough to be written five times in passing.
is_small() {
  local bytes
  bytes=$(build/bin/weightsieve inspect -q --json "$1" |
    /usr/bin/python3 -c 'import json, sys; print(json.load(sys.stdin)["totals"]["bytes"])')
  ((bytes <= 1 << 30))
}

title() { printf '\n\n=== %s\n' "$1"; }

# run ARGUMENT...: what is typed, and all that the program says.
run() {
  printf '$ weightsieve %s\n\n' "$*"
  build/bin/weightsieve "$@"
}

# run_first LINES ARGUMENT...: the same, with only the first lines of what the program says.
run_first() {
  local lines=$1
  shift
  run "$@" | awk -v lines="$((lines + 2))" \
    'NR <= lines; END { if (NR > lines) printf "… and %d more lines\n", NR - lines }'
}

(($# == 0)) || set -- "$(realpath -- "$1")"
cd "$(dirname "$0")/.."
scripts/install-deps.sh build fetch
scripts/build.sh release -DWEIGHTSIEVE_BUILD_TESTS=OFF
checkpoint=$(choose_checkpoint "$@")
checkpoint=${checkpoint#"$PWD"/}
name=$(basename "${checkpoint%/model.safetensors}" .safetensors)

title "What is in it: names, shapes and sizes, without reading the weights"
run inspect "$checkpoint"

title "How its values are distributed: one pass over every weight"
run profile "$checkpoint"

title "The model-summary report: a page of markdown"
run_first 30 inspect --format markdown --name "$name" "$checkpoint"

title "The sparsity report: the share of values outside [-0.1, 0], which is what the original report printed"
run_first 16 profile --view sparsity --outside -0.1:0 "$checkpoint"

title "The same for |value| > 0.1, which is what the original report said it printed"
run_first 16 profile --view sparsity --threshold 0.1 "$checkpoint"

title "Pruned at five levels: what goes, what is left of it, and how small each encoding gets"
run prune --table "$checkpoint"

if is_small "$checkpoint"; then
  title "Really pruned, and written as packed: the sizes predicted and measured, the seconds to write and to restore"
  rm -rf .cache/demo
  run prune --encoding packed --timing --sparsity 0.1 --sparsity 0.5 --sparsity 0.9 --sparsity 0.95 --sparsity 0.99 \
    "$checkpoint" -o .cache/demo
else
  title "More than 1 GiB, so nothing is written here. To prune it:"
  printf '$ weightsieve prune --encoding packed --timing --sparsity 0.9 %s -o FOLDER\n' "$checkpoint"
fi

printf '\nMore: build/bin/weightsieve --help\n'
