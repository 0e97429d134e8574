# Shared by the scripts that time ranks, read by them after Distributed/ranks.sh: training on the backbone of the examples
# (Scripts/fetch-backbone), of which the seconds and the memory of each process are noted.
#   BACKBONE      another backbone
#   PAIRS         preferences of each of two categories, 10 if not given

backbone=${BACKBONE:-$(cd "$root" && Scripts/fetch-backbone)}

# Two categories without points for phases in parallel, the same rows as one category for steps that are shared out.
lines() { # ONE: a category of all rows
  local category index
  for category in chat code; do
    for ((index = 0; index < ${PAIRS:-10}; index++)); do
      printf '{"category": "%s", "prompt": "Question %d of %s: what comes after %d, and why is that so?", "chosen": "%s", "rejected": "%s"}\n' \
        "${1:-$category}" "$index" "$category" $((index * 7)) \
        "After $((index * 7)) comes $((index * 7 + 1)), since every number has a successor, which is one more than it is." \
        "It is not known what comes after $((index * 7)); numbers follow each other in no order that anybody has found."
    done
  done
}
lines >"$scratch/two.jsonl"
lines chat >"$scratch/one.jsonl"
cat >"$scratch/config.json" <<'JSON'
{
  "model": {"base": {"rank": 8, "alpha": 16}, "maximumTokens": 256},
  "training": {
    "base": {"learningRate": 0.0005, "epochs": 100, "batchSize": 8, "maximumSteps": 4, "validationInterval": 4},
    "router": {"ridges": [0.1]}, "checkpointInterval": 1000
  }
}
JSON
# Runs a program and notes the most memory of its own that it held, in bytes: pages of mapped files are the system's.
cat >"$scratch/watched" <<'PYTHON'
import subprocess, sys, time
program = subprocess.Popen(sys.argv[2:])
most = 0
while program.poll() is None:
    try:
        with open(f"/proc/{program.pid}/status") as status:
            own = [line.split()[1] for line in status if line.startswith(("RssAnon:", "RssShmem:"))]
        most = max(most, 1024 * sum(map(int, own)))
    except OSError:
        pass
    time.sleep(0.05)
with open(sys.argv[1], "a") as file:
    print(most, file=file)
sys.exit(program.returncode)
PYTHON

timed() { # NAME COMMAND...: runs it in a folder of its own, and notes how long it trained and the memory of the largest process
  local name=$1
  shift
  rm -rf "${scratch:?}/$name"
  mkdir "$scratch/$name"
  cd "$scratch/$name"
  "$@" >"$scratch/out" 2>"$scratch/err" </dev/null || { tail -n 20 "$scratch/err" >&2; exit 1; }
  python3 - >>"$scratch/$name.times" <<'PYTHON'
import json
print(*[event["runFinished"]["seconds"] for event in map(json.loads, open("m.run/metrics.jsonl")) if "runFinished" in event])
PYTHON
  sort -n memory | tail -n 1 >>"$scratch/$name.memory"
}
median() { # FILE
  sort -n "$1" | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}
train() { # NAME RANKS DATA THREADS MORE...; 0 ranks is dmoerm
  local name=$1 count=$2 data=$3 threads=$4 arguments
  shift 4
  arguments=(
    train --config ../config.json --taxonomy inferred --output m.dmoerm --backbone "$backbone" --threads "$threads"
    --samples "../$data.jsonl" "$@"
  )
  if ((count == 0)); then timed "$name" python3 "$scratch/watched" memory "$dmoerm" "${arguments[@]}"
  else timed "$name" "${mpirun[@]}" -n "$count" python3 "$scratch/watched" memory "$program" "${arguments[@]}"; fi
}
# Seconds of a run's phase, of which reading the backbone is no part.
phase_seconds() { # NAME PHASE
  python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["summary"]["seconds"])' "$scratch/$1/m.run/phases/$2/summary.json"
}
machine() { printf 'commit %s, %s cores' "$(git -C "$root" rev-parse --short HEAD)" "$(nproc)"; }
