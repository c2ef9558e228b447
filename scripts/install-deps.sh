#!/usr/bin/env bash
# Installs the Debian packages that are missing, and nothing when none is.
#
# Usage: scripts/install-deps.sh [build|fetch|test|check]...     (default: build)
#   build  compiler, build tools and libraries      fetch  what downloads the demo's checkpoint
#   test   what the test suite needs on top         check  formatter and linter
#
# Needs root or sudo only when something is missing.
set -euo pipefail

declare -A packages=(
  [build]="g++ cmake ninja-build pkg-config libboost-iostreams-dev libboost-program-options-dev libfmt-dev libre2-dev
           libsimdjson-dev nlohmann-json3-dev"
  [fetch]="ca-certificates python3 python3-pip"
  [test]="catch2 python3 python3-venv"
  [check]="git clang-format-14 clang-tidy-14"
)

fail() {
  echo "install-deps.sh: $*" >&2
  exit 1
}

wanted() {
  local group
  for group in "$@"; do
    [[ -v packages[$group] ]] || fail "no group is called '$group' (build, fetch, test, check)"
    xargs -n 1 <<< "${packages[$group]}"
  done | sort -u
}

installed() {
  # dpkg-query fails when one of the packages is unknown to it, and lists the others all the same.
  dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2> /dev/null | sed -n 's/^installed //p' | sort -u || true
}

as_root() {
  if ((EUID == 0)); then
    env DEBIAN_FRONTEND=noninteractive "$@"
  else
    sudo env DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

names=$(wanted "${@:-build}")
command -v dpkg-query > /dev/null || fail "this is not a Debian system; install what corresponds to:" $names
# shellcheck disable=SC2086  # a list of words
missing=$(comm -23 <(echo "$names") <(installed $names))
[[ -n $missing ]] || exit 0

((EUID == 0)) || command -v sudo > /dev/null ||
  fail "these packages are missing, and installing them needs root or sudo:" $missing
echo "Installing:" $missing >&2
as_root apt-get -qq update
# shellcheck disable=SC2086
as_root apt-get -qq install --yes --no-install-recommends -o DPkg::Lock::Timeout=300 $missing > /dev/null
