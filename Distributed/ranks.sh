# Shared by the scripts that start ranks; read by them with the repository's root as the working directory.
# Sets: dmoerm, program, mpirun, training, model, scratch.

root=$PWD
swift=${SWIFT:-swift}
dmoerm=${DMOERM:-$("$swift" build --package-path Tools --show-bin-path)/dmoerm}
program=${DMOERM_MPI_PROGRAM:-$("$swift" build --package-path Distributed --show-bin-path)/dmoerm-mpi}
# Where `make test-distributed` builds it.
[[ -x $program ]] || program=$(dirname "$dmoerm")/dmoerm-mpi
[[ -x $program ]] || { echo "there is no dmoerm-mpi; make test-distributed builds it" >&2; exit 1; }

# Ranks here are more than there are cores, and none is bound to one. In a container the processes of a machine may not read each
# other's memory, which Open MPI then says at length.
export OMPI_MCA_btl_vader_single_copy_mechanism=none
# Of Open MPI's messages those that explain its own are left out.
if [[ -n ${MPIRUN:-} ]]; then
  read -ra mpirun <<<"$MPIRUN"
else
  mpirun=(mpirun --oversubscribe --bind-to none)
  [[ $(id -u) != 0 ]] || mpirun+=(--allow-run-as-root)
fi

scratch=$(mktemp -d)
job=
# shellcheck disable=SC2329 # called by the trap
clean_up() {
  if [[ -n $job ]] && kill -0 "$job" 2>/dev/null; then
    kill -TERM "$job" 2>/dev/null || true
    wait "$job" 2>/dev/null || true
  fi
  rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

backbone=$root/Tests/DMoEModelTests/Fixtures/models/llama/llama.f32.gguf
model=(--model m.dmoerm --backbone "$backbone" --threads 1)
training=(train --config ../config.json --taxonomy inferred --output m.dmoerm --backbone "$backbone" --threads 1)

# Preferences of two categories with two capability points each, rows to score, and settings that take many short steps.
write_data() { # FOLDER PROMPTS
  local category point index
  for category in chat code; do
    for ((index = 0; index < $2; index++)); do
      for point in '' "$category-first" "$category-second"; do
        printf '{"category": "%s", "capability": %s, "prompt": "%s %d", "chosen": "yes %d", "rejected": "no %d"}\n' \
          "$category" "${point:+\"}${point:-null}${point:+\"}" "$category" "$index" $((index % 5)) $((index % 7))
      done
    done
  done >"$1/data.jsonl"
  for ((index = 0; index < 100; index++)); do
    printf '{"id": %d, "prompt": "chat %d", "responses": ["yes %d", "no %d"]}\n' "$index" "$index" $((index % 3)) $((index % 4))
  done >"$1/rows.jsonl"
  local phase='"learningRate": 0.005, "epochs": 1000, "batchSize": 4, "maximumSteps": 60'
  cat >"$1/config.json" <<JSON
{
  "model": {
    "base": {"rank": 2, "alpha": 4, "topLayers": 2}, "expert": {"rank": 2, "alpha": 4, "topLayers": 1},
    "aggregatorWidth": 4, "maximumTokens": 128
  },
  "training": {
    "base": {$phase}, "expert": {$phase}, "aggregator": {$phase}, "checkpointInterval": 5,
    "data": {"minimumSamples": 2}
  }
}
JSON
}

# A plan of four members of three kinds over the same preferences, which the model in alone/ has put in its order; in the folder of
# write_data's files.
write_experiment() { # FOLDER
  local phase='"learningRate": 0.005, "epochs": 1000, "batchSize": 4, "maximumSteps"'
  cat >"$1/experiment.json" <<JSON
{
  "title": "Tiny", "data": {"training": ["data.jsonl"], "split": {"validation": 0.2, "test": 0.2}},
  "judge": {"model": "alone/m.dmoerm", "backbone": "$backbone", "parts": ["training", "capabilities", "validation", "tests"]},
  "settings": {
    "model": {
      "base": {"rank": 2, "alpha": 4, "topLayers": 2}, "expert": {"rank": 2, "alpha": 4, "topLayers": 1},
      "aggregatorWidth": 4, "maximumTokens": 128
    },
    "training": {
      "base": {$phase: 20}, "expert": {$phase: 10}, "aggregator": {$phase: 10}, "checkpointInterval": 5,
      "data": {"minimumSamples": 2}, "start": {"ridges": [1]}
    }
  },
  "contenders": [{"name": "length"}, {"name": "single", "seeds": [1, 2]}, {"name": "probe"}, {"name": "mixture"}]
}
JSON
}

# Prompts for a policy, which some model judges.
write_prompts() { # FOLDER
  local index
  for ((index = 0; index < 8; index++)); do printf '{"prompt": "chat %d"}\n' "$index"; done >"$1/prompts.jsonl"
}
policy=(
  rl --backbone "$backbone" --threads 1 --prompts ../prompts.jsonl --template chatml --output tuned --max-tokens 6 --steps 12
  --group-size 3 --prompts-per-step 3 --micro-batch 1 --keep-truncated --learning-rate 0.005 --kl 0.01
)
comparison=(experiment ../experiment.json --output out --backbone "$backbone" --threads 1)

# What a policy's run or an experiment comes to, without times.
policy_outcome() { # FOLDER COPY
  mkdir -p "$2"
  cp -r "$1/adapter" "$1"/evaluation-*.json "$2"
  sed -E 's/"seconds":\{[^}]*\},?//' "$1/metrics.jsonl" >"$2/metrics.jsonl"
}
experiment_outcome() { # FOLDER COPY
  local path
  mkdir -p "$2"
  grep -v '"seconds"' "$1/result.json" >"$2/result.json"
  while read -r path; do
    mkdir -p "$2/$(dirname "$path")"
    cp -r "$1/$path" "$2/$path"
  done < <(cd "$1" && find members -name 'scores-*' -o -name model.dmoerm -o -name posterior.safetensors)
}

ranks() { # COUNT ARGUMENT...: runs dmoerm-mpi on so many ranks
  local count=$1
  shift
  "${mpirun[@]}" -n "$count" "$program" "$@"
}

start_ranks() { # COUNT ARGUMENT...: the same beside; `job` is its process
  local count=$1
  shift
  "${mpirun[@]}" -n "$count" "$program" "$@" >"$scratch/job.out" 2>"$scratch/job.err" </dev/null &
  job=$!
}

# Whether some of a run of policy training, or of an experiment's members, is kept.
policy_under_way() { [[ -e $1/checkpoint.safetensors ]]; }
member_under_way() { compgen -G "$1/members/*/*.under-way" >/dev/null; }

rank_processes() { # the job's ranks in their order, on whatever machine of this process space: those that work in this folder
  local process rank
  for process in $(pgrep -x "$(basename "$program")"); do
    [[ $(readlink "/proc/$process/cwd") == "$(pwd -P)" ]] || continue
    rank=$(tr '\0' '\n' 2>/dev/null <"/proc/$process/environ" | sed -nE 's/^(OMPI_COMM_WORLD_RANK|PMI_RANK)=//p' | head -n 1) || true
    printf '%s %s\n' "${rank:-0}" "$process"
  done | sort -n | cut -d ' ' -f 2
}
rank_process() { rank_processes | sed -n "$(($1 + 1))p"; }        # NUMBER: one of them

job_is_over() { ! kill -0 "$job" 2>/dev/null; }

under_way() { # RUN: whether a checkpoint of a rank has come
  compgen -G "$1/phases/*.under-way/checkpoint.safetensors" >/dev/null
}

wait_until() { # SECONDS CONDITION...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || return 1
    sleep 0.02
  done
}
