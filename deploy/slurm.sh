#!/usr/bin/env bash
# A study as a Slurm array job: each task does one share, into a file of its own in a folder that all see. Submit from the project's
# folder with the study and the folder of results, and as many tasks as you like:
#   sbatch --array=1-64 deploy/slurm.sh studies/recovery-time results/recovery-time
# A task that is stopped goes on where it was when it is submitted again. When all are done, one command joins them:
#   npx l2tpsim results merge results/recovery-time --out results/recovery-time.ndjson
#SBATCH --job-name=l2tpsim
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --time=01:00:00
set -euo pipefail

study=${1:?the study to run}
out=${2:?the folder of results}

# An array need not begin at 1 (--array=0-63, --array=10-20).
share=$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN + 1))
# SIGTERM comes before the time limit's SIGKILL: what is under way is finished and stored.
exec npx l2tpsim sweep "$study" --out "$out" --shard "$share/$SLURM_ARRAY_TASK_COUNT" --jobs "${SLURM_CPUS_PER_TASK:-1}"
