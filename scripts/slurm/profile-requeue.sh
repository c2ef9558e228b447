#!/usr/bin/env bash
# Profiles a checkpoint in one job that may be preempted, queued again or run out of its time, as often as it likes: it
# goes on where it was.
#
#   sbatch --time=10 --partition=preemptible scripts/slurm/profile-requeue.sh CHECKPOINT OUTPUT [option of profile]...
#
# Where OUTPUT, a .json, is this job's result already and all that it is asked for, nothing is done; anything else of that
# name fails the job (so do not add a second -o, --plots or --fail-on: 'weightsieve report' does these afterwards).
# What is measured is kept in OUTPUT.journal, so OUTPUT must be on a file system that all nodes see. Whoever preempts
# the job, or `scontrol requeue`, has Slurm queue it again. A minute before the time is over it queues itself again.
#SBATCH --job-name=weightsieve-profile
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=256M
#SBATCH --requeue
#SBATCH --signal=B:USR1@60
#SBATCH --open-mode=append
set -euo pipefail

checkpoint=${1:?usage: profile-requeue.sh CHECKPOINT OUTPUT [option of profile]...}
output=${2:?usage: profile-requeue.sh CHECKPOINT OUTPUT [option of profile]...}
shift 2

"${WEIGHTSIEVE:-weightsieve}" profile --resume -o "$output" "$@" "$checkpoint" &
run=$!
# The shell must outlive the run: when it ends, Slurm kills what it has started.
trap 'kill -USR1 $run' USR1
trap 'kill -TERM $run' TERM
status=0
until wait "$run"; do
  status=$?
  kill -0 "$run" 2> /dev/null || break
done
if [[ $status -eq $((128 + $(kill -l USR1))) ]]; then
  exec scontrol requeue "$SLURM_JOB_ID"
fi
exit "$status"
