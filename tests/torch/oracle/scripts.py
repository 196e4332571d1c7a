"""python3 scripts.py OUT: small TorchScript modules of several layouts, and what comes out of them.

Writes OUT/NAME/{config.json, model.pt, expected.json}. What a module should give is computed without it, in float64."""
import json
import os
import sys
from typing import List, Tuple

import torch

TOKENS = [[1, 4, 2, 7, 7, 3], [0, 9, 5], [8, 6, 2]]


class Language(torch.nn.Module):
    """Logits from the mean of the embeddings so far; all methods."""

    def __init__(self, embedding, head):
        super().__init__()
        self.embedding, self.head = torch.nn.Parameter(embedding), torch.nn.Parameter(head)

    def states(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.embedding[tokens]
        return x.cumsum(1) / torch.arange(1, tokens.size(1) + 1, device=x.device).to(x.dtype).view(1, -1, 1)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.states(tokens) @ self.head.t()

    @torch.jit.export
    def hidden(self, tokens: torch.Tensor) -> List[torch.Tensor]:
        return [self.embedding[tokens], self.states(tokens)]

    @torch.jit.export
    def attn(self, tokens: torch.Tensor) -> torch.Tensor:
        length = tokens.size(1)
        shares = torch.ones(length, length).tril()
        return (shares / shares.sum(1, keepdim=True)).expand(1, tokens.size(0), 2, length, length)


class TupleOnly(torch.nn.Module):
    """Logits first in a tuple, and one vector per input."""

    def __init__(self, embedding, head):
        super().__init__()
        self.embedding, self.head = torch.nn.Parameter(embedding), torch.nn.Parameter(head)

    def forward(self, tokens: torch.Tensor) -> Tuple[torch.Tensor, int]:
        return self.embedding[tokens] @ self.head.t(), 3

    @torch.jit.export
    def embed(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.embedding[tokens].mean(1)


class Pictures(torch.nn.Module):
    def __init__(self, weight):
        super().__init__()
        self.weight = torch.nn.Parameter(weight)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return pixels.flatten(1) @ self.weight.t()


class TwoInputs(torch.nn.Module):
    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return x + y


class Raises(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        assert x.size(0) > 1000, "too few rows"
        return x


class NoTensor(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> int:
        return 3


def write(out, name, config, module, expected):
    folder = os.path.join(out, name)
    os.makedirs(folder)
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump({"model_type": "torchscript", **config}, file)
    module.save(os.path.join(folder, "model.pt"))
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file)


def main(out):
    generator = torch.Generator().manual_seed(7)
    embedding, head = torch.randn((10, 6), generator=generator), torch.randn((10, 6), generator=generator)
    wide, top = embedding.double(), head.double()
    text = {"vocab_size": 10, "max_position_embeddings": 16}

    def log_probs(states_of):
        answers = []
        for row in TOKENS:
            scores = torch.log_softmax(states_of(row) @ top.T, -1)
            answers.append([scores[i, token].item() for i, token in enumerate(row[1:])])
        return answers

    averaged = lambda row: torch.stack([wide[row[:i + 1]].mean(0) for i in range(len(row))])
    expected = {"tokens": TOKENS, "log_probs": log_probs(averaged),
                "hidden": [[wide[row].flatten().tolist(), averaged(row).flatten().tolist()] for row in TOKENS]}
    language = Language(embedding, head)
    write(out, "language", text, torch.jit.script(language), expected)
    write(out, "traced", text, torch.jit.trace(language, torch.tensor(TOKENS[:1])), expected)
    write(out, "tuple", text, torch.jit.script(TupleOnly(embedding, head)),
          {"tokens": TOKENS, "log_probs": log_probs(lambda row: wide[row]),
           "embed": [wide[row].mean(0).tolist() for row in TOKENS]})
    weight, images = torch.randn((3, 12), generator=generator), torch.randn((5, 1, 3, 4), generator=generator)
    write(out, "pictures", {"prediction": "image_class", "num_labels": 3, "num_channels": 1, "image_size": [3, 4]},
          torch.jit.script(Pictures(weight)),
          {"images": images.flatten(1).tolist(), "logits": (images.double().flatten(1) @ weight.double().T).flatten().tolist()})
    write(out, "wrong two inputs", text, torch.jit.script(TwoInputs()), {"words": ["forward", "takes 2 inputs"]})
    write(out, "wrong raises", text, torch.jit.script(Raises()), {"words": ["forward", "fails", "too few rows"]})
    write(out, "wrong no tensor", text, torch.jit.script(NoTensor()), {"words": ["forward", "returns no tensor"]})
    write(out, "wrong vocabulary", {"vocab_size": 11}, torch.jit.script(language),
          {"words": ["forward", "[1, 1, 10]", "[1, 1, 11]", "vocab_size"]})


if __name__ == "__main__":
    main(sys.argv[1])
