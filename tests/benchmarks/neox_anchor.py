"""Anchors of bench_scoring and bench_load: GPT-NeoX in plain PyTorch, written from the published definition.

    neox_anchor.py score FOLDER ITEMS THREADS OUT    one row per choice, padded batches, log-softmax over everything
    neox_anchor.py load  FOLDER ITEMS THREADS OUT    torch.load of the same weights from a .pt file at OUT

Prints "ready", then the seconds of one run for every line that it reads.
"""
import json
import math
import os
import struct
import sys
import time

import numpy
import torch
import torch.nn.functional as F

BATCH = 16


def read_weights(file):
    with open(file, "rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
        data = numpy.fromfile(stream, dtype=numpy.uint8)
    weights = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        weights[name] = torch.from_numpy(data[begin:end].view(numpy.float32).reshape(entry["shape"]))
    return weights


class Model:
    def __init__(self, folder):
        with open(os.path.join(folder, "config.json")) as stream:
            self.config = json.load(stream)
        self.weights = read_weights(os.path.join(folder, "model.safetensors"))

    def linear(self, name, x):
        return F.linear(x, self.weights[name + ".weight"], self.weights[name + ".bias"])

    def norm(self, name, x):
        return F.layer_norm(x, (x.shape[-1],), self.weights[name + ".weight"], self.weights[name + ".bias"],
                            self.config["layer_norm_eps"])

    def rotated(self, x, cosines, sines):
        size = cosines.shape[-1]
        turned, kept = x[..., :size], x[..., size:]
        first, second = turned.chunk(2, -1)
        return torch.cat((turned * cosines + torch.cat((-second, first), -1) * sines, kept), -1)

    def logits(self, tokens):
        config = self.config
        heads = config["num_attention_heads"]
        head_width = config["hidden_size"] // heads
        batch, length = tokens.shape
        size = int(head_width * config["rotary_pct"])
        frequencies = config["rotary_emb_base"] ** -(torch.arange(0, size, 2, dtype=torch.float64) / size)
        angles = torch.outer(torch.arange(length, dtype=torch.float64), frequencies).repeat(1, 2)
        cosines, sines = angles.cos().float(), angles.sin().float()
        future = torch.ones(length, length, dtype=torch.bool).triu(1)
        x = F.embedding(tokens, self.weights["gpt_neox.embed_in.weight"])
        for layer in range(config["num_hidden_layers"]):
            base = f"gpt_neox.layers.{layer}."
            qkv = self.linear(base + "attention.query_key_value", self.norm(base + "input_layernorm", x))
            q, k, v = qkv.view(batch, length, heads, 3 * head_width).transpose(1, 2).chunk(3, -1)
            q, k = self.rotated(q, cosines, sines), self.rotated(k, cosines, sines)
            scores = q @ k.transpose(2, 3) / math.sqrt(head_width)
            mixed = scores.masked_fill(future, -math.inf).softmax(-1) @ v
            attended = self.linear(base + "attention.dense", mixed.transpose(1, 2).reshape(batch, length, -1))
            inner = self.linear(base + "mlp.dense_h_to_4h", self.norm(base + "post_attention_layernorm", x))
            x = x + attended + self.linear(base + "mlp.dense_4h_to_h", F.gelu(inner))
        return F.linear(self.norm("gpt_neox.final_layer_norm", x), self.weights["embed_out.weight"])


def score(model, items):
    rows = [(item["context"], choice) for item in items for choice in item["continuations"]]
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i][0]) - len(rows[i][1]))
    sums = numpy.zeros(len(rows))
    for begin in range(0, len(order), BATCH):
        together = order[begin:begin + BATCH]
        inputs = [(rows[i][0] + rows[i][1])[:-1] for i in together]
        longest = max(map(len, inputs))
        tokens = torch.tensor([row + [0] * (longest - len(row)) for row in inputs])
        log_probs = F.log_softmax(model.logits(tokens), -1)
        for row, i in enumerate(together):
            context, choice = rows[i]
            at = torch.arange(len(context) - 1, len(context) - 1 + len(choice))
            sums[i] = log_probs[row, at, torch.tensor(choice)].sum().item()
    return sums


def main():
    what, folder, items_file, threads, out = sys.argv[1:]
    torch.set_num_threads(int(threads))
    if what == "score":
        model = Model(folder)
        with open(items_file) as stream:
            items = json.load(stream)

        def run():
            score(model, items).tofile(out)
    else:
        weights = read_weights(os.path.join(folder, "model.safetensors"))
        torch.save({name: tensor.clone() for name, tensor in weights.items()}, out)
        del weights

        def run():
            torch.load(out)
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        with torch.inference_mode():
            run()
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    main()
