#!/usr/bin/env bash
# datasets 5.2.0: answers that are dates are no longer the texts of the file once load_dataset("json") has read them.
#
# A column of a JSON Lines file whose strings all look like ISO 8601 dates becomes a column of timestamps, though JSON has no such
# type. In preference data that is what "chosen" is where the questions ask when something happened: the answer "1969-07-20"
# comes back as a datetime, whose text is "1969-07-20 00:00:00". Each column is judged on its own, so "chosen" may be times while
# "rejected" stays text. The rows stay texts where a single other answer is among them, so a small shard or a
# filtered split changes type where the whole did not. Nothing warns.
#
# Seen (x86-64 Linux, datasets 5.2.0, pyarrow 26.0.1):
#   dates alone: chosen timestamp[s], rejected string; first chosen datetime.datetime(1969, 7, 20, 0, 0)
#   one more answer: chosen string; first chosen '1969-07-20'
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 pyarrow==26.0.1
HF_HUB_OFFLINE=1 HF_HOME=$folder/cache HF_DATASETS_DISABLE_PROGRESS_BARS=1 \
  "$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import datetime
import json
import sys

import datasets

folder = sys.argv[1]
rows = [
    {"prompt": "When did people first land on the moon?", "chosen": "1969-07-20", "rejected": "In 1970, I think."},
    {"prompt": "When did the Berlin wall fall?", "chosen": "1989-11-09", "rejected": "In spring."},
]
other = {"prompt": "When was the euro introduced?", "chosen": "On 1 January 1999.", "rejected": "Later."}


def read(name, rows):
    path = f"{folder}/{name}.jsonl"
    with open(path, "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    return datasets.load_dataset("json", data_files=path, split="train")


dates, mixed = read("dates", rows), read("mixed", rows + [other])
kinds = {column: dates.features[column].dtype for column in ("chosen", "rejected")}
print(f"dates alone: chosen {kinds['chosen']}, rejected {kinds['rejected']}; first chosen {dates[0]['chosen']!r}")
print(f"one more answer: chosen {mixed.features['chosen'].dtype}; first chosen {mixed[0]['chosen']!r}")
assert kinds == {"chosen": "timestamp[s]", "rejected": "string"}, kinds
assert dates[0]["chosen"] == datetime.datetime(1969, 7, 20), dates[0]
assert mixed[0]["chosen"] == rows[0]["chosen"], mixed[0]
print("as stated")
PYTHON
