"""python3 encoders.py OUT: tiny masked-token encoders and image classifiers, and what comes out of them.

Writes OUT/NAME/{config.json, model.safetensors, expected.json}; forward passes are written from the definitions."""
import os
import sys

import torch

from reference import ACTIVATIONS, Weights, attend, flat, write_model

TOKENS = [1, 4, 2, 7, 7, 3, 0, 9, 5, 8]
MASK = 6


def attention(maps, queries, keys, values, heads):
    """[t, d] each; every token sees every token."""
    size = queries.shape[-1] // heads
    outputs, shares = [], []
    for h in range(heads):
        part = slice(h * size, (h + 1) * size)
        mixed, share = attend(queries[:, part], keys[:, part], values[:, part], lambda i, j: True, size ** -.5)
        outputs.append(mixed)
        shares.append(share)
    maps.append(torch.stack(shares))
    return torch.cat(outputs, -1)


class Encoder:
    """BERT, RoBERTa and DistilBERT: the same network under different names."""

    def __init__(self, config, w):
        self.kind = kind = config["model_type"]
        distil, robust = kind == "distilbert", kind in ("roberta", "xlm-roberta", "camembert")
        d, inner = config.get("hidden_size", config.get("dim")), config.get("intermediate_size", config.get("hidden_dim"))
        self.heads = config.get("num_attention_heads", config.get("n_heads"))
        self.act = ACTIVATIONS[config.get("hidden_act", config.get("activation", "gelu"))]
        epsilon = 1e-12 if distil else config["layer_norm_eps"]
        prefix = "distilbert." if distil else "roberta." if robust else "bert."
        embed = prefix + "embeddings."
        self.words = w.embedding(embed + "word_embeddings", config["vocab_size"], d)
        places = w.embedding(embed + "position_embeddings", config["max_position_embeddings"], d)
        self.places = places[config.get("pad_token_id", 1) + 1:] if robust else places
        self.segment = None if distil else w.embedding(embed + "token_type_embeddings", config["type_vocab_size"], d)
        self.norm = w.layer_norm(embed + "LayerNorm", d, epsilon)
        names = ("attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm",
                 "ffn.lin1", "ffn.lin2", "output_layer_norm") if distil else (
                     "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
                     "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm")
        self.blocks = []
        for i in range(config.get("num_hidden_layers", config.get("n_layers"))):
            base = prefix + ("transformer.layer." if distil else "encoder.layer.") + f"{i}."
            q, k, v, out = (w.linear(base + name, d, d, True) for name in names[:4])
            self.blocks.append((q, k, v, out, w.layer_norm(base + names[4], d, epsilon),
                                w.linear(base + names[5], inner, d, True), w.linear(base + names[6], d, inner, True),
                                w.layer_norm(base + names[7], d, epsilon)))
        transform, norm, bias = ("vocab_transform", "vocab_layer_norm", "vocab_projector.bias") if distil else (
            "lm_head.dense", "lm_head.layer_norm", "lm_head.bias") if robust else (
                "cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias")
        self.transform, self.transform_norm = w.linear(transform, d, d, True), w.layer_norm(norm, d, epsilon)
        self.bias = w.draw(bias, (config["vocab_size"],), .2)
        head = "vocab_projector" if distil else "lm_head.decoder" if robust else "cls.predictions.decoder"
        self.head = self.words if config.get("tie_word_embeddings", True) else w.matrix(head, config["vocab_size"], d)

    def __call__(self, tokens):
        states, maps = [], []
        x = self.words[tokens] + self.places[:len(tokens)] + (0 if self.segment is None else self.segment[0])
        x = self.norm(x)
        states.append(x)
        for q, k, v, out, attention_norm, wide, back, mlp_norm in self.blocks:
            x = attention_norm(x + out(attention(maps, q(x), k(x), v(x), self.heads)))
            x = mlp_norm(x + back(self.act(wide(x))))
            states.append(x)
        return self.transform_norm(self.act(self.transform(x))) @ self.head.T + self.bias, states, maps


def masked(config, number, folder):
    w = Weights(number)
    model = Encoder(config, w)
    log_probs = []
    for place, token in enumerate(TOKENS):
        hidden = list(TOKENS)
        hidden[place] = MASK
        log_probs.append(torch.log_softmax(model(torch.tensor(hidden))[0][place], -1)[token])
    _, states, maps = model(torch.tensor(TOKENS))
    log_probs = torch.stack(log_probs)
    write_model(folder, config, w, {"tokens": TOKENS, "mask": MASK, "log_probs": flat(log_probs),
                                    "hidden": [flat(x) for x in states], "attention": [flat(x) for x in maps]},
                -log_probs.mean())


def vit(config, number, folder):
    w = Weights(number)
    d, inner, heads, epsilon = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"], 1e-12
    height, width = config["image_size"]
    side_y, side_x = config["patch_size"]
    channels, act = config["num_channels"], ACTIVATIONS[config["hidden_act"]]
    count = (height // side_y) * (width // side_x)
    images = torch.randn((3, channels, height, width), generator=w.generator).float().double()
    start = w.draw("vit.embeddings.cls_token", (1, 1, d), .5)
    places = w.draw("vit.embeddings.position_embeddings", (1, count + 1, d), .5)
    kernel = w.draw("vit.embeddings.patch_embeddings.projection.weight", (d, channels, side_y, side_x), .3)
    offset = w.draw("vit.embeddings.patch_embeddings.projection.bias", (d,), .2)
    blocks = []
    for i in range(config["num_hidden_layers"]):
        base = f"vit.encoder.layer.{i}."
        q, k, v = (w.linear(base + "attention.attention." + name, d, d, config.get("qkv_bias", True))
                   for name in ("query", "key", "value"))
        blocks.append((w.layer_norm(base + "layernorm_before", d, epsilon), q, k, v,
                       w.linear(base + "attention.output.dense", d, d, True),
                       w.layer_norm(base + "layernorm_after", d, epsilon),
                       w.linear(base + "intermediate.dense", inner, d, True),
                       w.linear(base + "output.dense", d, inner, True)))
    norm, head = w.layer_norm("vit.layernorm", d, epsilon), w.linear("classifier", len(config["id2label"]), d, True)
    logits, hidden, attended = [], [], []
    for image in images:
        states, maps, rows = [], [], [start[0, 0]]
        for y in range(0, height, side_y):
            for x in range(0, width, side_x):
                patch = image[:, y:y + side_y, x:x + side_x]
                rows.append((kernel * patch).sum((1, 2, 3)) + offset)
        x = torch.stack(rows) + places[0]
        states.append(x)
        for before, q, k, v, out, after, wide, back in blocks:
            y = before(x)
            x = x + out(attention(maps, q(y), k(y), v(y), heads))
            x = x + back(act(wide(after(x))))
            states.append(x)
        states[-1] = norm(x)
        logits.append(head(states[-1][0]))
        hidden.append([flat(s) for s in states])
        attended.append([flat(m) for m in maps])
    write_model(folder, config, w, {"images": [flat(image) for image in images], "logits": flat(torch.stack(logits)),
                                    "hidden": hidden, "attention": attended})


def main(out):
    shape = {"vocab_size": 10, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
             "intermediate_size": 24, "max_position_embeddings": 20, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
             "hidden_act": "gelu"}
    models = [("bert", shape), ("bert own output layer", {**shape, "tie_word_embeddings": False, "hidden_act": "relu"}),
              ("roberta", {**shape, "layer_norm_eps": 1e-5, "type_vocab_size": 1}),
              ("roberta padding 3", {**shape, "layer_norm_eps": 1e-5, "pad_token_id": 3, "hidden_act": "gelu_new"}),
              ("xlm-roberta", {**shape, "layer_norm_eps": 1e-5, "tie_word_embeddings": False}),
              ("distilbert", {"vocab_size": 10, "dim": 16, "n_layers": 2, "n_heads": 4, "hidden_dim": 24,
                              "max_position_embeddings": 20})]
    for number, (name, config) in enumerate(models):
        masked({"model_type": name.split()[0], **config}, 200 + number, os.path.join(out, "masked", name))
    image = {"model_type": "vit", "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4,
             "intermediate_size": 24, "image_size": [12, 8], "patch_size": [4, 4], "num_channels": 3,
             "hidden_act": "gelu", "id2label": {str(i): f"class {i}" for i in range(5)}}
    vit(image, 300, os.path.join(out, "images", "vit"))
    vit({**image, "qkv_bias": False, "patch_size": [3, 4], "num_channels": 1, "image_size": [9, 8]}, 301,
        os.path.join(out, "images", "vit without biases, other patches"))


if __name__ == "__main__":
    main(sys.argv[1])
