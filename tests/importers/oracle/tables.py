"""Reads the tables of the real data with csv and json alone and prints what an import of them must give.

Usage: tables.py FOLDER, one of suites/olmo_ladder, suites/obs_scaling, suites/regmix, suites/derived, suites/pythia/csv,
suites/dclm (its CSV only) and formats/trackio_csv. Output: JSON with counts, "values" as [run, step, key, value] and
"points" as [run, series, step, value]; every seventh of them.
"""
import csv
import json
import os
import re
import sys


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        header = next(reader)
        return header, [row for row in reader if row]


def tables(folder):
    for where, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            if name.endswith(".csv"):
                yield os.path.join(where, name)


class Result:
    def __init__(self):
        self.runs, self.series, self.checkpoints = set(), set(), set()
        self.points, self.values = [], []
        self.configs = {}

    def point(self, run, series, step, value):
        self.runs.add(run)
        self.series.add((run, series))
        self.points.append([run, series, step, value])

    def value(self, run, step, key, value):
        self.runs.add(run)
        self.checkpoints.add((run, step))
        self.values.append([run, step, key, value])

    def text(self):
        return json.dumps({
            "runs": len(self.runs), "series": len(self.series), "points": len(self.points),
            "checkpoints": len(self.checkpoints), "values": len(self.values),
            "some_values": self.values[::7], "some_points": self.points[::7], "configs": self.configs})


def ladder(folder, result):
    for path in tables(folder):
        header, rows = rows_of(path)
        if header[0] == "Model":
            for row in rows:
                for name, cell in zip(header[2:], row[2:]):
                    if number(cell) is not None:
                        result.value(row[0], None, name, number(cell))
            continue
        run = os.path.relpath(path, folder)[:-len(".csv")]
        for row in rows:
            cells = dict(zip(header, row))
            step = None
            if "_step" in cells:
                step = int(float(cells["_step"]))
            elif "batch_size_in_tokens" in cells:
                step = float(cells["throughput/total_tokens"]) / float(cells["batch_size_in_tokens"])
                assert step == int(step)
                step = int(step)
            for name, cell in cells.items():
                value = number(cell)
                if value is None or name in ("_step", "learning_rate_peak", "batch_size_in_tokens"):
                    continue
                if name.startswith("eval/"):
                    result.value(run, step, name, value)
                if step is not None:
                    result.point(run, name, step, value)


def harness_key(column):
    match = re.match(r"^(.+)_(\d+)_(multiple_choice_grade|exact_match|acc_norm|acc|bleu|mc1|mc2|f1|em)(?:,(.*))?$", column)
    if not match:
        return column
    task, shots, metric, rest = match.groups()
    key = task + "/" + metric + ("," + rest if rest and rest != "none" else "")
    return key + ("@" + shots + "shot" if shots != "0" else "")


def models(folder, result, settings):
    for path in tables(folder):
        header, rows = rows_of(path)
        for row in rows:
            for name, cell in zip(header[1:], row[1:]):
                if name not in settings and number(cell) is not None:
                    result.value(row[0], None, harness_key(name), number(cell))


def regmix(folder, result):
    for path in tables(folder):
        header, rows = rows_of(path)
        size = re.search(r"_([^_]+)\.csv$", path).group(1)
        for row in rows:
            run = size + "-" + row[0]
            result.runs.add(run)
            for name, cell in zip(header[1:], row[1:]):
                if "mixture" in path:
                    result.configs.setdefault(run, {})[name] = float(cell)
                else:
                    result.value(run, None, name, float(cell))


def pythia(folder, result):
    for path in tables(folder):
        header, rows = rows_of(path)
        for row in rows:
            cells = dict(zip(header, row))
            key = cells["task"] + "/acc" + ("@" + cells["fewshot"] + "shot" if cells["fewshot"] != "0" else "")
            result.value(cells["model"], int(cells["checkpoint"]), key, float(cells["acc"]))
            result.point(cells["model"], key, int(cells["checkpoint"]), float(cells["acc"]))


def dclm(folder, result):
    header, rows = rows_of(os.path.join(folder, "DCLM_model_database.csv"))
    texts = {"Model JSON", "Dataset", "model", "params", "tokens", "name", "creation_date", "model_uuid", "_filename",
             "missing tasks", "dataset_uuid", "tokenizer"}
    # A column without a number in the first rows that are looked at is not taken for a metric.
    empty = {name for i, name in enumerate(header) if all(number(row[i]) is None for row in rows)}
    for row in rows:
        run = re.sub(r"_heavy$|_medium$|_light$", "", re.sub(r"^evaluation_", "", row[0])[:-len(".json")])
        for name, cell in zip(header, row):
            if name not in texts and name not in empty and number(cell) is not None:
                result.value(run, None, name, number(cell))


def chart(folder, result):
    for path in tables(folder):
        header, rows = rows_of(path)
        for name in header[1:]:
            if name.endswith(("__MIN", "__MAX")):
                continue
            run, metric = name.rsplit(" - ", 1)
            column = header.index(name)
            for row in rows:
                if row[column]:
                    result.point(run, metric, int(row[0]), float(row[column]))


def main():
    folder = sys.argv[1]
    result = Result()
    if folder.endswith("olmo_ladder"):
        ladder(folder, result)
    elif folder.endswith("obs_scaling"):
        models(folder, result, {"Model Family", "Model Size (B)", "Pretraining Data Size (T)", "FLOPs (1E21)"})
    elif folder.endswith("derived"):
        models(folder, result, {"params", "total_tokens_tag", "unique_tokens_B", "seed"})
    elif folder.endswith("regmix"):
        regmix(folder, result)
    elif folder.endswith("csv") and "pythia" in folder:
        pythia(folder, result)
    elif folder.endswith("dclm"):
        dclm(folder, result)
    else:
        chart(folder, result)
    print(result.text())


if __name__ == "__main__":
    main()
