#!/usr/bin/env bash
# One task of a job array profiles one part of a checkpoint; profile-merge.sh joins the parts.
#
#   jobs=$(sbatch --parsable --array=0-63 scripts/slurm/profile-array.sh CHECKPOINT PARTS)
#   sbatch --dependency=afterok:$jobs scripts/slurm/profile-merge.sh PARTS OUTPUT [option of merge]...
#
# Options of profile go behind the two folders. The array may begin anywhere and have a step (--array=8-64:8), but no
# gaps. A task that was preempted or lost its node is queued again and goes on where it was (kept in its .part.journal);
# a part appears when it is whole, and one that is there already is not made again. Give each checkpoint, and each
# number of tasks, a folder PARTS of its own: a part of another fails the task.
#SBATCH --job-name=weightsieve-profile
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=256M
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

checkpoint=${1:?usage: profile-array.sh CHECKPOINT PARTS [option of profile]...}
parts=${2:?usage: profile-array.sh CHECKPOINT PARTS [option of profile]...}
shift 2
mkdir -p "$parts"
exec "${WEIGHTSIEVE:-weightsieve}" profile --part slurm --resume -o "$parts/$SLURM_ARRAY_TASK_ID.part" "$@" "$checkpoint"
