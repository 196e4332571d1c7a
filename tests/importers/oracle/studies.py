"""Reads a scaling study (models/*.json and evals/*.json) with nothing but the standard library and prints what it holds."""
import glob
import json
import os
import re
import sys

folder = sys.argv[1]
values, runs, meta = [], {}, {}
by_uuid, by_stem = {}, {}


def se(result):
    for over in ("sequences", "tokens"):
        low, high = result.get(f"loss_{over}_lower_95"), result.get(f"loss_{over}_upper_95")
        if low is not None and high is not None:
            return (high - low) / (2 * 1.959963984540054)
    return None


files = 0
versions = {}  # quantity key -> version that came first
for path in sorted(glob.glob(os.path.join(folder, "models", "*.json"))):
    with open(path) as f:
        model = json.load(f)
    files += 1
    name = model["name"]
    if model.get("uuid"):
        by_uuid[model["uuid"]] = name
    by_stem[os.path.basename(path)[:-5]] = name
    hyper = model["hyperparameters"]
    runs[name] = True
    meta[name] = {"tokens": hyper.get("tokens"), "params": hyper.get("params"), "group": model["dataset_name"],
                  "lr": hyper.get("lr")}
    for result in model["results"]:
        parts = result["val_data"][0].split("/")
        key, version = parts[-2] + "/loss", parts[-1]
        if versions.setdefault(key, version) != version:
            key += " v" + version
        values.append([name, None, key, "", result["loss"], se(result)])

for path in sorted(glob.glob(os.path.join(folder, "evals", "*.json"))):
    with open(path) as f:
        evaluation = json.load(f)
    files += 1
    stem = os.path.basename(path)[:-5]
    if stem.startswith("evaluation_"):
        stem = stem[len("evaluation_"):]
    stem = re.sub("_copy$", "", stem)
    stem = re.sub("_(heavy|medium|light)$", "", stem)
    name = by_uuid.get(evaluation.get("model_uuid")) or evaluation.get("model_name") or by_stem.get(stem) or stem
    runs[name] = True
    when = evaluation["creation_date"]
    metrics = evaluation["eval_metrics"]
    for task, score in metrics["icl"].items():
        values.append([name, None, task + "/accuracy", when, score, None])
    if "perplexity" in metrics:
        key = "open_lm_val/loss"
        if key in versions:  # the files of this set are not named: it is not the set of the model files
            key += " v?"
        values.append([name, None, key, when, metrics["perplexity"], None])
    for task, loss in metrics.get("downstream_perpexity", {}).items():
        values.append([name, None, task + "/loss", when, loss, None])
    for key, value in evaluation.items():
        if isinstance(value, float):
            values.append([name, None, key + "/mean", when, value, None])
    for key, value in evaluation.get("aggregated_task_categories_centered", {}).items():
        values.append([name, None, "aggregated_task_categories_centered." + key + "/mean", when, value, None])

print(json.dumps({"files": files, "runs": sorted(runs), "meta": meta, "values": values}))
