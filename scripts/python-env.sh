#!/usr/bin/env bash
# Makes the virtual environment of the Python tests, .venv, with the versions of tests/python/requirements.txt.
# Does nothing when it is there and up to date.
set -euo pipefail
cd "$(dirname "$0")/.."

requirements=tests/python/requirements.txt
if cmp --silent "$requirements" .venv/requirements.txt; then
  exit 0
fi
echo "Making the Python environment of the tests in .venv ..." >&2
rm -rf .venv
/usr/bin/python3 -m venv .venv
.venv/bin/pip --quiet --disable-pip-version-check install --only-binary :all: --requirement "$requirements"
cp "$requirements" .venv/requirements.txt
