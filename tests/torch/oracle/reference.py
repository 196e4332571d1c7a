"""Parts of the reference models: float64, one row and one head at a time, written from the definitions."""
import json
import math
import os
import struct

import torch


class Weights:
    """Random weights by name: float32 values, computed with in float64."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)
        self.tensors = {}

    def draw(self, name, shape, scale, shift=0.0):
        values = (shift + scale * torch.randn(shape, generator=self.generator)).to(torch.float32).to(torch.float64)
        self.tensors[name] = values.requires_grad_(True)
        return self.tensors[name]

    def matrix(self, name, out, inputs):
        return self.draw(name + ".weight", (out, inputs), 1.3 / math.sqrt(inputs))

    def linear(self, name, out, inputs, bias):
        weight = self.matrix(name, out, inputs)
        offset = self.draw(name + ".bias", (out,), .2) if bias else None
        return lambda x: x @ weight.T + (0 if offset is None else offset)

    def embedding(self, name, rows, width):
        return self.draw(name + ".weight", (rows, width), .7)

    def layer_norm(self, name, width, epsilon):
        weight = self.draw(name + ".weight", (width,), .2, 1.0)
        offset = self.draw(name + ".bias", (width,), .2)
        return lambda x: plain_layer_norm(x, epsilon) * weight + offset

    def rms_norm(self, name, width, epsilon, stored_minus_one=False):
        weight = self.draw(name + ".weight", (width,), .2, 0.0 if stored_minus_one else 1.0)
        return lambda x: x / torch.sqrt((x * x).mean(-1, keepdim=True) + epsilon) * (weight + (1 if stored_minus_one else 0))


def plain_layer_norm(x, epsilon):
    centred = x - x.mean(-1, keepdim=True)
    return centred / torch.sqrt((centred * centred).mean(-1, keepdim=True) + epsilon)


def gelu_tanh(x):
    return .5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + .044715 * x ** 3)))


def gelu(x):
    return .5 * x * (1 + torch.erf(x / math.sqrt(2)))


ACTIVATIONS = {"gelu": gelu, "gelu_new": gelu_tanh, "gelu_fast": gelu_tanh, "gelu_pytorch_tanh": gelu_tanh,
               "relu": lambda x: x.clamp(min=0), "silu": lambda x: x * torch.sigmoid(x)}


def attend(query, key, value, visible, scale):
    """One head. query [q, d], key and value [k, d], visible(i, j). Returns mixed values and the shares [q, k]."""
    scores = (query @ key.T) * scale
    allowed = torch.tensor([[visible(i, j) for j in range(key.shape[0])] for i in range(query.shape[0])])
    shares = torch.softmax(scores.masked_fill(~allowed, -math.inf), -1)
    return shares @ value, shares


def rotated(x, positions, frequencies, magnitude):
    """x [t, d]: the pairs (x[i], x[i + n]) of its first 2n values are complex numbers that are turned."""
    n = len(frequencies)
    angles = torch.outer(positions.to(torch.float64), torch.tensor(frequencies, dtype=torch.float64))
    turned = torch.complex(x[:, :n], x[:, n:2 * n]) * torch.polar(torch.full_like(angles, magnitude), angles)
    return torch.cat([turned.real, turned.imag, x[:, 2 * n:]], -1)


def rotary(width, base, scaling):
    """Frequencies of width/2 pairs, and the magnitude."""
    plain = [base ** (-2 * i / width) for i in range(width // 2)]
    kind = (scaling or {}).get("rope_type", (scaling or {}).get("type", "default"))
    if kind in ("default", "dynamic"):
        return plain, 1.0
    factor = scaling["factor"]
    if kind == "linear":
        return [f / factor for f in plain], 1.0
    length = scaling["original_max_position_embeddings"]
    if kind == "llama3":
        low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
        frequencies = []
        for f in plain:
            wavelength = 2 * math.pi / f
            if wavelength > length / low:
                f /= factor
            elif wavelength >= length / high:
                smooth = (length / wavelength - low) / (high - low)
                f = (1 - smooth) * f / factor + smooth * f
            frequencies.append(f)
        return frequencies, 1.0
    assert kind == "yarn"
    fast, slow = scaling.get("beta_fast", 32), scaling.get("beta_slow", 1)
    number = lambda turns: width * math.log(length / (turns * 2 * math.pi)) / (2 * math.log(base))
    begin, end = number(fast), number(slow)
    if scaling.get("truncate", True):
        begin, end = math.floor(begin), math.ceil(end)
    begin, end = max(begin, 0), min(end, width - 1)
    if begin == end:
        end += .001
    frequencies = []
    for i, f in enumerate(plain):
        stretched = min(1.0, max(0.0, (i - begin) / (end - begin)))
        frequencies.append(stretched * f / factor + (1 - stretched) * f)
    mscale = lambda weight: .1 * weight * math.log(factor) + 1 if factor > 1 else 1.0
    if "attention_factor" in scaling:
        return frequencies, scaling["attention_factor"]
    if "mscale" in scaling and "mscale_all_dim" in scaling:
        return frequencies, mscale(scaling["mscale"]) / mscale(scaling["mscale_all_dim"])
    return frequencies, mscale(1)


def top_eigenvalue(loss, parameters):
    """Of the Hessian, by magnitude, from products with it."""
    import numpy
    from scipy.sparse.linalg import LinearOperator, eigsh

    gradient = torch.autograd.grad(loss, parameters, create_graph=True)

    def product(vector):
        pieces = torch.from_numpy(numpy.ascontiguousarray(vector).reshape(-1)).split([p.numel() for p in parameters])
        dot = sum((g * v.view_as(g)).sum() for g, v in zip(gradient, pieces))
        return torch.cat([h.reshape(-1) for h in torch.autograd.grad(dot, parameters, retain_graph=True)]).numpy()

    size = sum(p.numel() for p in parameters)
    start = numpy.random.default_rng(3).standard_normal(size)
    return float(eigsh(LinearOperator((size, size), product, dtype=float), 1, which="LM", v0=start)[0][0])


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        values = tensor.detach().to(torch.float32).contiguous()
        raw = values.numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def flat(tensor):
    return tensor.detach().reshape(-1).tolist()


def write_model(folder, config, weights, expected, loss=None):
    """A checkpoint folder and what is expected of it; with a loss also its gradient by the names of the file."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)
    if loss is not None:
        loss.backward()
        expected["loss"] = loss.item()
        expected["gradient"] = {name: flat(tensor.grad) for name, tensor in weights.tensors.items()}
    write_safetensors(os.path.join(folder, "model.safetensors"), weights.tensors)
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file)
