"""python3 decoders.py OUT: tiny decoders of every family and variation, and what comes out of them.

Writes OUT/NAME/{config.json, model.safetensors, expected.json}; the configs are in the words of the transformers
library, the forward passes are written from the definitions of the families."""
import copy
import os
import sys

import torch

from reference import (ACTIVATIONS, Weights, attend, flat, gelu_tanh, plain_layer_norm, rotary, rotated, top_eigenvalue, write_model)

TOKENS = [1, 4, 2, 7, 7, 3, 0, 9, 5, 8, 6, 2]


class Run:
    """What a forward pass leaves behind: states of every layer and shares of every head."""

    def __init__(self):
        self.hidden, self.attention = [], []


def heads_of(x, heads):
    return x.reshape(x.shape[0], heads, -1).transpose(0, 1)


def attention(run, queries, keys, values, window=0, scale=None, turn=None):
    """queries [heads, t, d], keys and values [groups, t, d] → [t, heads · d]."""
    positions = torch.arange(queries.shape[1])
    outputs, shares = [], []
    visible = lambda i, j: j <= i and (window == 0 or i - j < window)
    for h in range(queries.shape[0]):
        g = h // (queries.shape[0] // keys.shape[0])
        q, k = (rotated(x, positions, *turn) if turn else x for x in (queries[h], keys[g]))
        mixed, share = attend(q, k, values[g], visible, scale or q.shape[-1] ** -.5)
        outputs.append(mixed)
        shares.append(share)
    run.attention.append(torch.stack(shares))
    return torch.cat(outputs, -1)


def scaling_of(config):
    return config.get("rope_parameters") or config.get("rope_scaling")


def gpt2(config, w, run, tokens):
    d, heads = config["n_embd"], config["n_head"]
    epsilon, act = config.get("layer_norm_epsilon", 1e-5), ACTIVATIONS[config.get("activation_function", "gelu_new")]
    tokens_table, places = w.embedding("transformer.wte", config["vocab_size"], d), w.embedding(
        "transformer.wpe", config["n_positions"], d)

    def conv1d(name, out, inputs):  # stored [in, out]
        weight, bias = w.draw(name + ".weight", (inputs, out), 1.3 * inputs ** -.5), w.draw(name + ".bias", (out,), .2)
        return lambda x: x @ weight + bias

    x = tokens_table[tokens] + places[:len(tokens)]
    run.hidden.append(x)
    for i in range(config["n_layer"]):
        base = f"transformer.h.{i}."
        normal = w.layer_norm(base + "ln_1", d, epsilon)(x)
        q, k, v = conv1d(base + "attn.c_attn", 3 * d, d)(normal).split(d, -1)
        scale = (d // heads) ** -.5 if config.get("scale_attn_weights", True) else 1.0
        scale /= i + 1 if config.get("scale_attn_by_inverse_layer_idx") else 1
        mixed = attention(run, heads_of(q, heads), heads_of(k, heads), heads_of(v, heads), scale=scale)
        x = x + conv1d(base + "attn.c_proj", d, d)(mixed)
        normal = w.layer_norm(base + "ln_2", d, epsilon)(x)
        x = x + conv1d(base + "mlp.c_proj", d, 4 * d)(act(conv1d(base + "mlp.c_fc", 4 * d, d)(normal)))
        run.hidden.append(x)
    run.hidden[-1] = x = w.layer_norm("transformer.ln_f", d, epsilon)(x)
    return x @ tokens_table.T


def gpt_neox(config, w, run, tokens):
    d, heads, inner = config["hidden_size"], config["num_attention_heads"], config["intermediate_size"]
    epsilon, act = config["layer_norm_eps"], ACTIVATIONS[config["hidden_act"]]
    bias = config.get("attention_bias", True)
    base_frequency = config.get("rotary_emb_base", 10000)
    share = config.get("rotary_pct", .25)
    width = int(d // heads * share)
    turn = rotary(width, (scaling_of(config) or {}).get("rope_theta", base_frequency), scaling_of(config))
    table = w.embedding("gpt_neox.embed_in", config["vocab_size"], d)
    x = table[tokens]
    run.hidden.append(x)
    for i in range(config["num_hidden_layers"]):
        base = f"gpt_neox.layers.{i}."
        first, second = (w.layer_norm(base + name, d, epsilon) for name in
                         ("input_layernorm", "post_attention_layernorm"))
        fused = w.linear(base + "attention.query_key_value", 3 * d, d, bias)(first(x))
        per_head = fused.reshape(len(tokens), heads, 3, d // heads)
        q, k, v = (per_head[:, :, part].transpose(0, 1) for part in range(3))
        mixed = w.linear(base + "attention.dense", d, d, bias)(attention(run, q, k, v, turn=turn))
        wide, back = w.linear(base + "mlp.dense_h_to_4h", inner, d, True), w.linear(base + "mlp.dense_4h_to_h", d,
                                                                                      inner, True)
        if config.get("use_parallel_residual", True):
            x = x + mixed + back(act(wide(second(x))))
        else:
            x = x + mixed
            x = x + back(act(wide(second(x))))
        run.hidden.append(x)
    run.hidden[-1] = x = w.layer_norm("gpt_neox.final_layer_norm", d, epsilon)(x)
    return x @ (table if config.get("tie_word_embeddings") else w.matrix("embed_out", config["vocab_size"], d)).T


def llama_relative(config, w, run, tokens):
    kind = config["model_type"]
    d, heads, inner = config["hidden_size"], config["num_attention_heads"], config["intermediate_size"]
    groups, size = config.get("num_key_value_heads", heads), config.get("head_dim") or d // heads
    epsilon = config.get({"stablelm": "layer_norm_eps", "phi": "layer_norm_eps", "starcoder2": "norm_epsilon",
                          "olmo": "none"}.get(kind, "rms_norm_eps"), 1e-5)
    act = gelu_tanh if kind == "gemma" else ACTIVATIONS[config.get("hidden_act", "silu")]
    if kind == "olmo":
        norm = lambda name: lambda x: plain_layer_norm(x, epsilon)
    elif kind in ("stablelm", "starcoder2", "phi"):
        norm = lambda name: w.layer_norm(name, d, epsilon)
    else:
        norm = lambda name: w.rms_norm(name, d, epsilon, kind == "gemma")
    whole = config.get("use_bias", True) if kind == "starcoder2" else kind == "phi"
    qkv_bias = whole or kind == "qwen2" or config.get("use_qkv_bias", False) or config.get("attention_bias", False)
    out_bias = whole or config.get("attention_bias", False)
    mlp_bias = whole or config.get("mlp_bias", False)

    width = int(size * config.get("partial_rotary_factor", {"phi": .5, "stablelm": .25}.get(kind, 1)))
    scaled = rotary(width, config.get("rope_theta", 10000), scaling_of(config))
    unscaled = rotary(width, config.get("rope_theta", 10000), None)
    table = w.embedding("model.embed_tokens", config["vocab_size"], d)
    x = table[tokens] * (d ** .5 if kind == "gemma" else 1)
    run.hidden.append(x)

    def window(i):
        size = config.get("sliding_window")
        if "layer_types" in config:
            return size if config["layer_types"][i] == "sliding_attention" else 0
        if kind in ("qwen2", "qwen3"):
            return size if config.get("use_sliding_window") and i >= config["max_window_layers"] else 0
        if kind == "olmo3":
            return size if (i + 1) % 4 else 0
        return size or 0 if kind in ("mistral", "phi3", "starcoder2") else 0

    for i in range(config["num_hidden_layers"]):
        base = f"model.layers.{i}."

        def attend_to(y):
            if kind == "phi3":
                q, k, v = w.linear(base + "self_attn.qkv_proj", (heads + 2 * groups) * size, d, False)(y).split(
                    [heads * size, groups * size, groups * size], -1)
            else:
                q, k, v = (w.linear(base + f"self_attn.{name}_proj", n * size, d, qkv_bias)(y)
                           for name, n in (("q", heads), ("k", groups), ("v", groups)))
            if kind in ("olmo2", "olmo3"):
                q = w.rms_norm(base + "self_attn.q_norm", heads * size, epsilon)(q)
                k = w.rms_norm(base + "self_attn.k_norm", groups * size, epsilon)(k)
            if config.get("clip_qkv"):
                q, k, v = (part.clamp(-config["clip_qkv"], config["clip_qkv"]) for part in (q, k, v))
            q, k, v = heads_of(q, heads), heads_of(k, groups), heads_of(v, groups)
            if kind == "qwen3":
                q = w.rms_norm(base + "self_attn.q_norm", size, epsilon)(q)
                k = w.rms_norm(base + "self_attn.k_norm", size, epsilon)(k)
            turn = unscaled if kind == "olmo3" and window(i) else scaled
            out = w.linear(base + ("self_attn.dense" if kind == "phi" else "self_attn.o_proj"), d, heads * size, out_bias)
            return out(attention(run, q, k, v, window(i), turn=turn))

        def mlp(y):
            if kind == "phi":
                return w.linear(base + "mlp.fc2", d, inner, True)(act(w.linear(base + "mlp.fc1", inner, d, True)(y)))
            if kind == "starcoder2":
                up = w.linear(base + "mlp.c_fc", inner, d, mlp_bias)
                return w.linear(base + "mlp.c_proj", d, inner, mlp_bias)(act(up(y)))
            if kind == "phi3":
                gate, up = w.linear(base + "mlp.gate_up_proj", 2 * inner, d, False)(y).split(inner, -1)
            else:
                gate, up = (w.linear(base + f"mlp.{name}_proj", inner, d, mlp_bias)(y) for name in ("gate", "up"))
            return w.linear(base + "mlp.down_proj", d, inner, mlp_bias)(act(gate) * up)

        if kind in ("olmo2", "olmo3"):
            x = x + norm(base + "post_attention_layernorm")(attend_to(x))
            x = x + norm(base + "post_feedforward_layernorm")(mlp(x))
        elif kind == "phi" or config.get("use_parallel_residual"):
            normal = norm(base + "input_layernorm")(x)
            x = x + attend_to(normal) + mlp(normal)
        else:
            x = x + attend_to(norm(base + "input_layernorm")(x))
            x = x + mlp(norm(base + "post_attention_layernorm")(x))
        run.hidden.append(x)
    run.hidden[-1] = x = norm("model.final_layernorm" if kind == "phi" else "model.norm")(x)
    if config.get("tie_word_embeddings", kind in ("gemma", "starcoder2")):
        return x @ table.T
    return w.linear("lm_head", config["vocab_size"], d, kind == "phi")(x)


def olmo_training(config, w, run, tokens):
    d, heads, groups = config["d_model"], config["n_heads"], config.get("n_kv_heads", config["n_heads"])
    size, gated = d // heads, config.get("activation_type", "swiglu") == "swiglu"
    bias, hidden = config["include_bias"], config.get("mlp_hidden_size", config.get("mlp_ratio", 4) * d)

    def norm(name):
        if not config.get("layer_norm_with_affine", True):
            return lambda x: plain_layer_norm(x, 1e-5)
        if config.get("layer_norm_type") == "rms":
            return w.rms_norm(name, d, 1e-5)
        if config.get("bias_for_layer_norm", bias):
            return w.layer_norm(name, d, 1e-5)
        weight = w.draw(name + ".weight", (d,), .2, 1.0)
        return lambda x: plain_layer_norm(x, 1e-5) * weight

    table = w.embedding("model.transformer.wte", config["embedding_size"], d)
    x = table[tokens]
    run.hidden.append(x)
    for i in range(config["n_layers"]):
        base = f"model.transformer.blocks.{i}."
        q, k, v = w.linear(base + "att_proj", (heads + 2 * groups) * size, d, bias)(
            norm(base + "attn_norm")(x)).split([heads * size, groups * size, groups * size], -1)
        if config.get("clip_qkv"):
            q, k, v = (part.clamp(-config["clip_qkv"], config["clip_qkv"]) for part in (q, k, v))
        mixed = attention(run, heads_of(q, heads), heads_of(k, groups), heads_of(v, groups),
                          turn=rotary(size, 10000, None))
        x = x + w.linear(base + "attn_out", d, d, bias)(mixed)
        y = w.linear(base + "ff_proj", hidden, d, bias)(norm(base + "ff_norm")(x))
        if gated:
            value, gate = y.chunk(2, -1)
            y = ACTIVATIONS["silu"](gate) * value
        else:
            y = ACTIVATIONS[config["activation_type"]](y)
        x = x + w.linear(base + "ff_out", d, y.shape[-1], bias)(y)
        run.hidden.append(x)
    run.hidden[-1] = x = norm("model.transformer.ln_f")(x)
    if config.get("weight_tying", True):
        return x @ table.T
    return w.linear("model.transformer.ff_out", config["embedding_size"], d, bias)(x)


SHAPE = {"vocab_size": 10, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 4,
         "intermediate_size": 24, "max_position_embeddings": 64}


def variations():
    grouped = {"num_key_value_heads": 2}
    yield "gpt2", {"vocab_size": 10, "n_embd": 16, "n_layer": 2, "n_head": 4, "n_positions": 16}
    yield "gpt2 inverse", {"vocab_size": 10, "n_embd": 16, "n_layer": 2, "n_head": 4, "n_positions": 16,
                           "scale_attn_by_inverse_layer_idx": True}
    neox = {**SHAPE, "hidden_act": "gelu", "layer_norm_eps": 1e-5, "hidden_size": 32}
    yield "gpt_neox", neox
    yield "gpt_neox sequential", {**neox, "use_parallel_residual": False}
    yield "gpt_neox whole head, tied, gelu_fast", {**neox, "rotary_pct": 1.0, "tie_word_embeddings": True,
                                                   "hidden_act": "gelu_fast"}
    yield "gpt_neox without biases", {**neox, "attention_bias": False, "rotary_emb_base": 500}
    yield "gpt_neox rope_parameters", {**neox, "rotary_pct": .5,
                                       "rope_parameters": {"rope_type": "linear", "factor": 3.0, "rope_theta": 100,
                                                           "partial_rotary_factor": .5}}
    yield "llama", {**SHAPE, "rms_norm_eps": 1e-5}
    yield "llama grouped, biases, tied", {**SHAPE, **grouped, "rms_norm_eps": 1e-6, "attention_bias": True,
                                          "mlp_bias": True, "tie_word_embeddings": True}
    yield "llama head_dim", {**SHAPE, **grouped, "head_dim": 6, "rms_norm_eps": 1e-5}
    yield "llama linear", {**SHAPE, "rms_norm_eps": 1e-5, "rope_scaling": {"type": "linear", "factor": 4.0}}
    yield "llama dynamic", {**SHAPE, "rms_norm_eps": 1e-5, "rope_scaling": {"type": "dynamic", "factor": 2.0}}
    yield "llama llama3", {**SHAPE, "hidden_size": 32, "rms_norm_eps": 1e-5, "rope_theta": 100.0, "rope_scaling": {
        "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 16}}
    yarn = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "beta_fast": 4.0}
    yield "llama yarn", {**SHAPE, "hidden_size": 48, "rms_norm_eps": 1e-5, "rope_theta": 100.0, "rope_scaling": yarn}
    yield "llama yarn attention_factor", {**SHAPE, "hidden_size": 48, "rms_norm_eps": 1e-5,
                                          "rope_scaling": {**yarn, "attention_factor": 1.5, "truncate": False}}
    yield "llama yarn mscale", {**SHAPE, "hidden_size": 48, "rms_norm_eps": 1e-5,
                                "rope_scaling": {**yarn, "mscale": 1.0, "mscale_all_dim": .5}}
    yield "mistral", {**SHAPE, **grouped, "rms_norm_eps": 1e-5, "sliding_window": None}
    yield "mistral window", {**SHAPE, **grouped, "rms_norm_eps": 1e-5, "sliding_window": 3, "head_dim": 8}
    yield "qwen2", {**SHAPE, **grouped, "rms_norm_eps": 1e-6, "tie_word_embeddings": True, "sliding_window": 4,
                    "use_sliding_window": False, "max_window_layers": 1}
    yield "qwen2 window", {**SHAPE, **grouped, "rms_norm_eps": 1e-6, "sliding_window": 4, "use_sliding_window": True,
                           "max_window_layers": 1}
    yield "qwen2 layer_types", {**SHAPE, **grouped, "rms_norm_eps": 1e-6, "sliding_window": 2,
                                "use_sliding_window": True,
                                "layer_types": ["sliding_attention", "full_attention", "sliding_attention"]}
    yield "qwen3", {**SHAPE, **grouped, "rms_norm_eps": 1e-6, "head_dim": 8}
    yield "olmo", {**SHAPE}
    yield "olmo clip", {**SHAPE, "clip_qkv": .8, "tie_word_embeddings": True}
    training = {"d_model": 16, "n_heads": 4, "n_layers": 2, "embedding_size": 12, "vocab_size": 10, "rope": True,
                "include_bias": False, "max_sequence_length": 64}
    yield "hf_olmo", {**training, "layer_norm_with_affine": False, "mlp_ratio": 8}
    yield "hf_olmo grouped, gelu, clip", {**training, "include_bias": True, "n_kv_heads": 2, "clip_qkv": .7,
                                          "weight_tying": False, "activation_type": "gelu"}
    yield "hf_olmo rms", {**training, "layer_norm_type": "rms", "mlp_hidden_size": 20}
    yield "hf_olmo norms without bias", {**training, "include_bias": True, "bias_for_layer_norm": False}
    yield "olmo2", {**SHAPE, **grouped, "rms_norm_eps": 1e-6}
    yield "olmo3", {**SHAPE, "num_hidden_layers": 4, "rms_norm_eps": 1e-6, "sliding_window": 3, "hidden_size": 48,
                    "rope_scaling": yarn}
    yield "gemma", {**SHAPE, **grouped, "rms_norm_eps": 1e-6, "head_dim": 8, "hidden_act": "gelu"}
    yield "phi", {**SHAPE, "hidden_act": "gelu_new", "layer_norm_eps": 1e-5}
    yield "phi3", {**SHAPE, **grouped, "rms_norm_eps": 1e-5, "sliding_window": 5}
    yield "stablelm", {**SHAPE, **grouped, "hidden_size": 32, "layer_norm_eps": 1e-5}
    yield "stablelm parallel", {**SHAPE, **grouped, "hidden_size": 32, "layer_norm_eps": 1e-5, "use_qkv_bias": True,
                                "use_parallel_residual": True}
    yield "starcoder2", {**SHAPE, **grouped, "norm_epsilon": 1e-5, "hidden_act": "gelu_pytorch_tanh",
                         "sliding_window": 4}
    yield "starcoder2 without biases", {**SHAPE, **grouped, "norm_epsilon": 1e-5, "hidden_act": "relu",
                                        "use_bias": False, "tie_word_embeddings": False}


def main(out):
    for number, (name, config) in enumerate(variations()):
        config = {"model_type": name.split()[0], **copy.deepcopy(config)}
        weights, run = Weights(100 + number), Run()
        forward = {"gpt2": gpt2, "gpt_neox": gpt_neox, "hf_olmo": olmo_training}.get(config["model_type"], llama_relative)
        tokens = torch.tensor(TOKENS)
        log_probs = torch.log_softmax(forward(config, weights, run, tokens), -1)
        picked = log_probs[torch.arange(len(TOKENS) - 1), tokens[1:]]
        expected = {"tokens": TOKENS, "log_probs": flat(picked), "hidden": [flat(x) for x in run.hidden],
                    "attention": [flat(a) for a in run.attention]}
        if name in ("gpt_neox", "qwen2 window", "olmo2"):
            expected["eigenvalue"] = top_eigenvalue(-picked.mean(), list(weights.tensors.values()))
        write_model(os.path.join(out, name), config, weights, expected, -picked.mean())


if __name__ == "__main__":
    main(sys.argv[1])
