#!/usr/bin/env bash
# Installs the Debian packages that are missing, and nothing when none is.
#
# Usage: scripts/install-deps.sh [build|fetch|test|bench|check]...     (default: build)
#   build  compiler, build tools and libraries      fetch  what downloads the demo's checkpoint
#   test   what the test suite needs on top         check  formatter and linter
#   bench  what the benchmarks need on top          fuzz   compiler of the fuzzers
#   mpi    what runs under mpirun needs             slurm  what the tests of the job scripts need
#
# Needs root or sudo only when something is missing.
set -euo pipefail

declare -A packages=(
  [build]="g++ cmake ninja-build pkg-config libboost-filesystem-dev libboost-iostreams-dev
           libboost-program-options-dev libfmt-dev libgnuplot-iostream-dev libre2-dev libsimdjson-dev libssl-dev
           libxsimd-dev libxxhash-dev libzstd-dev nlohmann-json3-dev zlib1g-dev gnuplot-nox"
  [fetch]="ca-certificates python3 python3-pip"
  [test]="catch2 chromium python3 python3-venv zstd"
  [bench]="libbenchmark-dev llvm-14 valgrind"
  [check]="git clang-format-14 clang-tidy-14 shellcheck"
  [mpi]="libopenmpi-dev openmpi-bin"
  [slurm]="slurm-client slurm-wlm-basic-plugins slurmctld slurmd"
  [fuzz]="clang-14 libclang-rt-14-dev"
)

fail() {
  echo "install-deps.sh: $*" >&2
  exit 1
}

wanted() {
  local group
  for group in "$@"; do
    [[ -v packages[$group] ]] || fail "no group is called '$group' (build, fetch, test, bench, check, fuzz, mpi, slurm)"
    xargs -n 1 <<< "${packages[$group]}"
  done | sort -u
}

installed() {
  # dpkg-query fails when it does not know one of the packages, and lists the others all the same.
  { dpkg-query --show --showformat '${db:Status-Status} ${Package}\n' "$@" 2> /dev/null || true; } |
    sed -n 's/^installed //p' | sort -u
}

as_root() {
  if ((EUID == 0)); then
    "$@"
  else
    sudo "$@"
  fi
}

apt() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

names=$(wanted "${@:-build}")
mapfile -t names <<< "$names"
command -v dpkg-query > /dev/null || fail "this is not a Debian system; install what corresponds to: ${names[*]}"
mapfile -t missing < <(comm -23 <(printf '%s\n' "${names[@]}") <(installed "${names[@]}"))
((${#missing[@]} > 0)) || exit 0

((EUID == 0)) || command -v sudo > /dev/null ||
  fail "these packages are missing, and installing them needs root or sudo: ${missing[*]}"
echo "Installing: ${missing[*]}" >&2
apt update
apt install --yes --no-install-recommends "${missing[@]}" > /dev/null
