"""Reads files of scores in columns (tokens, checkpoints, results) and prints what they hold."""
import glob
import json
import os
import sys

values, tokens, points = [], {}, 0
names = []
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*_agg.json"))):
    with open(path) as f:
        data = json.load(f)
    name = os.path.basename(path).replace("_agg.json", "").replace("-checkpoints", "")
    names.append(name)
    for i, step in enumerate(data["checkpoints"]):
        tokens[f"{name} @ {step}"] = data["tokens"][i]
        for task, metrics in data["results"].items():
            for metric, column in metrics.items():
                if metric.endswith("_stderr") or column[i] is None:
                    continue
                errors = metrics.get(metric + "_stderr")
                values.append([name, step, f"{task}/{metric}", "", column[i], errors[i] if errors else None])
                points += 1

print(json.dumps({"runs": names, "tokens": tokens, "points": points, "values": values}))
