#!/usr/bin/env bash
# Joins the parts that profile-array.sh made in a folder into the profile that one machine would have made.
#
#   sbatch --dependency=afterok:JOB scripts/slurm/profile-merge.sh PARTS OUTPUT [option of merge]...
#
# An OUTPUT that is there is replaced. Its ending chooses the format: .json keeps everything, and 'weightsieve report' shows
# it again in any other.
#SBATCH --job-name=weightsieve-merge
#SBATCH --ntasks=1
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

parts=${1:?usage: profile-merge.sh PARTS OUTPUT [option of merge]...}
output=${2:?usage: profile-merge.sh PARTS OUTPUT [option of merge]...}
shift 2
shopt -s nullglob
files=("$parts"/*.part)
if ((${#files[@]} == 0)); then
  echo "profile-merge.sh: no parts are in $parts" >&2
  exit 6
fi
exec "${WEIGHTSIEVE:-weightsieve}" merge --force -o "$output" "$@" "${files[@]}"
