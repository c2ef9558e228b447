#!/usr/bin/env bash
# Profiles a checkpoint with MPI: one job, its ranks on one node or many, one output.
#
#   sbatch --ntasks=64 scripts/slurm/profile-mpi.sh CHECKPOINT OUTPUT [option of profile]...
#
# Where OUTPUT, a .json, is this job's result already and all that it is asked for, nothing is done; anything else of that
# name fails the job (so do not add a second -o, --plots or --fail-on: 'weightsieve report' does these afterwards).
# Needs a weightsieve that was built where CMake found MPI. Slurm starts the ranks itself where it has PMIx
# (`srun --mpi=list` tells); elsewhere set LAUNCH="mpirun". A job that is queued again goes on where it was, with as many
# ranks as it then has: each keeps what it measured in OUTPUT.journal, OUTPUT.journal.1 and so on.
#SBATCH --job-name=weightsieve-mpi
#SBATCH --cpus-per-task=4
#SBATCH --mem-per-cpu=256M
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

checkpoint=${1:?usage: profile-mpi.sh CHECKPOINT OUTPUT [option of profile]...}
output=${2:?usage: profile-mpi.sh CHECKPOINT OUTPUT [option of profile]...}
shift 2
read -ra launch <<< "${LAUNCH:-srun --mpi=pmix --cpus-per-task=${SLURM_CPUS_PER_TASK:-1}}"
exec "${launch[@]}" "${WEIGHTSIEVE:-weightsieve}" profile --resume -o "$output" "$@" "$checkpoint"
