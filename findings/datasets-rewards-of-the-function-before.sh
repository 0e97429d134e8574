#!/usr/bin/env bash
# datasets 5.2.0: a reward function in a module is edited, and Dataset.map gives the rewards of the one before.
#
# What map computes from a file's rows is kept on disk and found again by a fingerprint of the rows and of the function. A
# function that the script itself defines is fingerprinted by its code. One that is imported goes in by its name alone: after
# its file was edited, the next run of the same script reads the rewards of the old one from the disk, and the only sign is a
# progress bar that is missing. With load_from_cache_file=False, or the function in the script, they are the new ones.
#
# Seen (x86-64 Linux, datasets 5.2.0), the reward of the one row, before and after "* 1" became "* 10" in the function:
#   imported from a module                          3.0 then 3.0
#   imported, load_from_cache_file=False            3.0 then 30.0
#   in the script                                   3.0 then 30.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 pyarrow==26.0.1
cd "$folder"
echo '{"response": "abc"}' >rows.jsonl
write() { # the factor
  cat >rewards.py <<PYTHON
def reward(row):
    return {"reward": float(len(row["response"])) * $1}
PYTHON
  for way in imported in_script; do
    {
      if [[ $way == imported ]]; then echo "from rewards import reward"; else cat rewards.py; fi
      cat <<'PYTHON'
import sys
from datasets import load_dataset
rows = load_dataset("json", data_files="rows.jsonl", split="train", cache_dir=sys.argv[1])
print(rows.map(reward, load_from_cache_file=sys.argv[2] == "yes")["reward"][0])
PYTHON
    } >$way.py
  done
}
run() { # the script, its cache, whether the cache is read
  HF_HUB_OFFLINE=1 HF_HOME=$folder/home PYTHONDONTWRITEBYTECODE=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1 \
    venv/bin/python -W ignore "$1.py" "$2" "$3" 2>>log || { tail -20 log >&2; exit 1; }
}
all() {
  run imported first yes
  run imported second no
  run in_script third yes
}
write 1
first=$(all)
write 10
mapfile -t seen <<<"$first"$'\n'"$(all)"
names=("imported from a module" "imported, load_from_cache_file=False" "in the script")
for way in 0 1 2; do printf '%-46s  %s then %s\n' "${names[way]}" "${seen[way]}" "${seen[way + 3]}"; done
[[ ${seen[*]} == "3.0 3.0 3.0 3.0 30.0 30.0" ]] || { echo changed; exit 1; }
echo "as stated"
