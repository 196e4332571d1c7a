"""Reads every results file of the evaluation harness below a folder, of any version, and prints its scores by file and
place, and how many item outcomes the samples beside it give."""
import glob
import json
import os
import re
import sys

root = sys.argv[1]
scores, items, files = {}, 0, 0
SKIP = {"alias", "name", "sample_len", "sample_count", "task_name", "prompt_name"}
DATE = re.compile(r"\d{4}-\d\d-\d\d.\d\d-\d\d-\d\d")


def number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def read(path, task, entry, place):
    for key, value in entry.items():
        metric, _, kind = key.partition(",")
        if metric.strip() in SKIP or metric.endswith("_stderr"):
            continue
        if isinstance(value, dict) and DATE.match(key):
            read(path, task, value, place + "." + key)
        elif number(value):
            error = entry.get(metric + "_stderr" + ("," + kind if kind else ""))
            kind = "" if kind == "none" else kind
            error = error if number(error) and error == error else None
            scores[f"{path} | {place} | {metric},{kind}"] = [value, error]


for path in sorted(glob.glob(os.path.join(root, "**", "*.json"), recursive=True)):
    with open(path) as f:
        data = json.load(f)
    if not isinstance(data, dict) or not isinstance(data.get("results"), dict):
        continue
    path = os.path.realpath(path)
    files += 1
    for task, entry in data["results"].items():
        read(path, task, entry, "results." + task)
    when = re.search(r"\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d+", os.path.basename(path))
    for samples in glob.glob(os.path.join(os.path.dirname(path), f"samples_*_{when.group()}.jsonl")) if when else []:
        files += 1
        task = os.path.basename(samples)[len("samples_"):-len(when.group() + ".jsonl") - 1]
        metrics = [key.partition(",")[0] for key in data["results"][task] if "_stderr" not in key]
        with open(samples) as f:
            for line in f:
                row = json.loads(line)
                items += sum(1 for metric in metrics if number(row.get(metric)))

print(json.dumps({"files": files, "items": items, "scores": scores}))
