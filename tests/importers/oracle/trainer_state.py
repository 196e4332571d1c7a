"""An independent reading of a trainer_state.json: points of each series as [step, value as repr], as JSON."""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    state = json.load(file)
series = {}
for row in state["log_history"]:
    for key, value in row.items():
        if key != "step" and isinstance(value, (int, float)) and not isinstance(value, bool):
            series.setdefault(key, []).append([row["step"], repr(float(value))])
json.dump({"series": series, "global_step": state["global_step"], "total_flos": repr(float(state["total_flos"]))},
          sys.stdout)
