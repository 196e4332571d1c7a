"""What W&B transaction logs hold, read without Isoloss: one JSON object a file, for tst_wandb_realdata.

Standard library only. The framing and the field numbers are those of wandb's own datastore.py and
wandb_internal.proto. Numbers are written with repr(), so that they compare to the last bit.
"""

import functools
import json
import os
import struct
import sys
import zlib

BLOCK = 32768
RECORDS = {2: "history", 3: "summary", 5: "config", 7: "stats", 12: "metric", 17: "run", 18: "exit"}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = data[at:at + 8], at + 8
        elif kind == 2:
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        elif kind == 5:
            value, at = data[at:at + 4], at + 4
        else:
            raise ValueError(f"wire type {kind}")
        yield number, value


def records(data):
    """Records, and whether the file ends after a whole one without damage."""
    if data[:7] != b":W&B\xe1\xbe\x00":
        raise ValueError("no W&B log")
    at, parts, found = 7, None, []
    while at < len(data):
        left = BLOCK - at % BLOCK
        if left < 7:
            at += left
            continue
        if at + 7 > len(data):
            return found, False
        checksum, size, kind = struct.unpack_from("<IHB", data, at)
        payload = data[at + 7:at + 7 + size]
        if len(payload) < size:
            return found, False
        if zlib.crc32(bytes([kind]) + payload) != checksum:
            at, parts = at + left, None
            continue
        at += 7 + size
        if kind == 1:
            found.append(payload)
        elif kind == 2:
            parts = payload
        elif parts is not None:
            parts += payload
            if kind == 4:
                found.append(parts)
                parts = None
    return found, parts is None


def items(data, field):
    for number, value in fields(data):
        if number != field:
            continue
        flat, nested, text = "", [], None
        for inner, content in fields(value):
            if inner == 1:
                flat = content.decode()
            elif inner == 2:
                nested.append(content.decode())
            elif inner == 16:
                text = content.decode()
        yield (nested or [flat]), json.loads(text) if text else None


def put(tree, path, value):
    for part in path[:-1]:
        if not isinstance(tree.get(part), dict):
            tree[part] = {}
        tree = tree[part]
    tree[path[-1]] = value


def numbers(tree, prefix=""):
    if "_type" in tree:
        return
    for key, value in tree.items():
        name = f"{prefix}.{key}" if prefix else key
        if not prefix and key.startswith("_"):
            continue
        if isinstance(value, dict):
            yield from numbers(value, name)
        elif isinstance(value, (bool, int, float)):
            yield name, float(value)
        elif value in ("NaN", "Infinity", "-Infinity"):
            yield name, float(value.replace("Infinity", "inf"))


def read(path):
    found, whole = records(open(path, "rb").read())
    run = {"name": "", "project": "", "exit": None, "config": {}, "started": None}
    series, rows, step, summary, counts = {}, 0, None, {}, {}

    def add(name, value):
        series.setdefault(name, []).append((step if step is not None else 0, value))

    for record in found:
        for number, body in fields(record):
            kind = RECORDS.get(number)
            if kind is None:
                continue
            counts[kind] = counts.get(kind, 0) + 1
            if kind == "run":
                run_id = ""
                for inner, value in fields(body):
                    if inner == 1:
                        run_id = value.decode()
                    elif inner == 3:
                        run["project"] = value.decode()
                    elif inner == 4:
                        for key, content in items(value, 1):
                            put(run["config"], key, content)
                    elif inner == 8:
                        run["name"] = value.decode()
                    elif inner == 17:
                        stamp = dict(fields(value))
                        run["started"] = repr(stamp.get(1, 0) + 1e-9 * stamp.get(2, 0))
                run["name"] = run["name"] or run_id
            elif kind == "config":
                for key, content in items(body, 1):
                    put(run["config"], key, content)
            elif kind == "summary":
                for key, content in items(body, 1):
                    put(summary, key, content)
            elif kind == "exit":
                run["exit"] = dict(fields(body)).get(1, 0)
            elif kind == "history":
                rows += 1
                row = {}
                for key, content in items(body, 1):
                    put(row, key, content)
                own = [dict(fields(value)).get(1, 0) for inner, value in fields(body) if inner == 2]
                if "_step" in row:
                    step = row["_step"]
                elif own:
                    step = own[0]
                else:
                    step = 0 if step is None else step + 1
                for name, value in numbers(row):
                    add(name, value)
            elif kind == "stats":
                row = {}
                for key, content in items(body, 3):
                    put(row, key, content)
                for name, value in numbers(row):
                    add("system/" + name, value)
    run["config"].pop("_wandb", None)
    return {
        **run,
        "config": sorted(run["config"]),
        "records": len(found),
        "rows": rows,
        "whole": whole,
        "counts": counts,
        "series": {
            name: {
                "points": len(points),
                "steps": [points[0][0], points[-1][0]],
                "values": [repr(points[0][1]), repr(points[-1][1])],
                "sum_of_steps": sum(step for step, _ in points),
                "sum_of_values": repr(functools.reduce(lambda total, point: total + point[1], points, 0.0)),
            }
            for name, points in series.items()
        },
        # What no history has: neither the name nor, of a run that has ended, the last value under it.
        "summary": {
            name: repr(value)
            for name, value in numbers(summary)
            if name not in series or (run["exit"] is not None and repr(series[name][-1][1]) != repr(value))
        },
    }


for folder, _, names in sorted(os.walk(sys.argv[1])):
    for name in sorted(names):
        if name.endswith(".wandb"):
            path = os.path.join(folder, name)
            print(json.dumps({"path": os.path.relpath(path, sys.argv[1]), **read(path)}))
