#!/usr/bin/env bash
# Joins the parts that profile-array.sh made in a folder into the profile that one machine would have made.
#
#   sbatch --dependency=afterok:JOB scripts/slurm/profile-merge.sh PARTS OUTPUT [option of merge]...
#
# OUTPUT's ending chooses the format: .json keeps everything, and 'weightsieve report' shows it again in any other.
#SBATCH --job-name=weightsieve-merge
#SBATCH --ntasks=1
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

parts=$1
output=$2
shift 2
exec "${WEIGHTSIEVE:-weightsieve}" merge --force -o "$output" "$@" "$parts"/*.part
