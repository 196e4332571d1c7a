"""An independent reading of a Megatron-DeepSpeed log with regular expressions, as JSON: points of each series as
[step, value as repr], the arguments, and the iterations at which a checkpoint was saved."""
import json
import re
import sys

series, arguments, saved = {}, {}, []
with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
    for line in file:
        found = re.match(r"\d+:  iteration +(\d+)/ +\d+ \|(.*)\|\s*$", line)
        if found:
            for name, value in re.findall(r" ([a-zA-Z ()]+): +([0-9.E+-]+) ", found[2]):
                series.setdefault(name, []).append([int(found[1]), repr(float(value))])
        found = re.match(r"\d+: (\w+) loss at iteration (\d+) \| lm loss value: (\S+) \| lm loss PPL: (\S+) \|", line)
        if found:
            series.setdefault(found[1] + "/lm loss", []).append([int(found[2]), repr(float(found[3]))])
            series.setdefault(found[1] + "/lm loss PPL", []).append([int(found[2]), repr(float(found[4]))])
        found = re.match(r"\d+:   (\w+) \.+ (.*)$", line)
        if found:
            arguments[found[1]] = found[2]
        found = re.match(r"\d+:   successfully saved checkpoint at iteration +(\d+) to", line)
        if found:
            saved.append(int(found[1]))
json.dump({"series": series, "arguments": arguments, "saved": saved}, sys.stdout)
