#!/usr/bin/env bash
# One task of a job array profiles one part of a checkpoint; profile-merge.sh joins the parts.
#
#   jobs=$(sbatch --parsable --array=0-63 scripts/slurm/profile-array.sh CHECKPOINT PARTS)
#   sbatch --dependency=afterok:$jobs scripts/slurm/profile-merge.sh PARTS OUTPUT [option of merge]...
#
# Options of profile go behind the two folders. The array may begin anywhere and have a step (--array=8-64:8), but no
# gaps. A task that was preempted or lost its node is queued again and goes on where it was (kept in its .part.journal);
# a part appears when it is whole, and one that is there is left alone.
#SBATCH --job-name=weightsieve-profile
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=256M
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

checkpoint=$1
parts=$2
shift 2
mkdir -p "$parts"
part=$parts/$SLURM_ARRAY_TASK_ID.part
if [[ -e $part && ! -e $part.journal ]]; then
  exit 0
fi
exec "${WEIGHTSIEVE:-weightsieve}" profile --part slurm --resume -o "$part" "$@" "$checkpoint"
