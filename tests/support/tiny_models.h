#pragma once

#include "engine/inference/architecture.h"
#include "tests/support/memory_tensors.h"

namespace isoloss::test {

/// Adds tensors whose values follow from a formula, multiples of 1/8: value k of tensor number t is
/// ((7k + 5t + (k² mod 11)) mod 17 − 8)/8; weights of normalisations are 1 + that/8.
class FormulaTensors {
public:
    void add(const std::string& name, std::vector<std::int64_t> shape) {
        std::int64_t count = 1;
        for (const std::int64_t size : shape)
            count *= size;
        const bool norm =
            (name.find("norm") != name.npos || name.find("Norm") != name.npos || name.find("ln_") != name.npos) &&
            name.ends_with("weight");
        std::vector<float> values;
        for (std::int64_t k = 0; k < count; ++k) {
            const float value = static_cast<float>((7 * k + 5 * number_ + k * k % 11) % 17 - 8) / 8;
            values.push_back(norm ? 1 + value / 8 : value);
        }
        tensors.add(name, std::move(shape), values);
        ++number_;
    }

    MemoryTensors tensors;

private:
    std::int64_t number_ = 0;
};

inline Architecture tiny_llama_architecture() {
    Architecture llama;
    llama.family = ModelFamily::llama;
    llama.model_type = "llama";
    llama.vocabulary = 10;
    llama.width = 8;
    llama.layers = 2;
    llama.heads = 4;
    llama.key_value_heads = 2;
    llama.head_width = 4;
    llama.mlp_width = 12;
    llama.positions = 32;
    llama.norm_epsilon = 1e-5;
    llama.activation = Activation::silu;
    return llama;
}

inline Architecture tiny_gpt2_architecture() {
    Architecture gpt2;
    gpt2.family = ModelFamily::gpt2;
    gpt2.model_type = "gpt2";
    gpt2.vocabulary = 10;
    gpt2.width = 8;
    gpt2.layers = 2;
    gpt2.heads = gpt2.key_value_heads = 2;
    gpt2.head_width = 4;
    gpt2.mlp_width = 20;
    gpt2.positions = 12;
    return gpt2;
}

inline Architecture tiny_bert_architecture() {
    Architecture bert;
    bert.family = ModelFamily::bert;
    bert.model_type = "bert";
    bert.vocabulary = 10;
    bert.width = 8;
    bert.layers = 2;
    bert.heads = bert.key_value_heads = 2;
    bert.head_width = 4;
    bert.mlp_width = 12;
    bert.positions = 12;
    bert.norm_epsilon = 1e-12;
    bert.activation = Activation::gelu;
    bert.token_types = 2;
    bert.attention_bias = bert.mlp_bias = true;
    return bert;
}

/// Weights for an architecture, in the names and the order of Hugging Face.
inline MemoryTensors tiny_llama_tensors(const Architecture& shape) {
    FormulaTensors out;
    const auto linear = [&](const std::string& name, std::int64_t rows, std::int64_t columns, bool bias) {
        out.add(name + ".weight", {rows, columns});
        if (bias) out.add(name + ".bias", {rows});
    };
    const std::int64_t queries = shape.heads * shape.head_width, keys = shape.key_value_heads * shape.head_width;
    out.add("model.embed_tokens.weight", {shape.vocabulary, shape.width});
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
        const std::string base = "model.layers." + std::to_string(layer) + ".";
        out.add(base + "input_layernorm.weight", {shape.width});
        linear(base + "self_attn.q_proj", queries, shape.width, shape.attention_bias);
        linear(base + "self_attn.k_proj", keys, shape.width, shape.attention_bias);
        linear(base + "self_attn.v_proj", keys, shape.width, shape.attention_bias);
        linear(base + "self_attn.o_proj", shape.width, queries, shape.attention_out_bias);
        out.add(base + "post_attention_layernorm.weight", {shape.width});
        linear(base + "mlp.gate_proj", shape.mlp_width, shape.width, shape.mlp_bias);
        linear(base + "mlp.up_proj", shape.mlp_width, shape.width, shape.mlp_bias);
        linear(base + "mlp.down_proj", shape.width, shape.mlp_width, shape.mlp_bias);
    }
    out.add("model.norm.weight", {shape.width});
    if (!shape.tied_embeddings) out.add("lm_head.weight", {shape.vocabulary, shape.width});
    return std::move(out.tensors);
}

inline MemoryTensors tiny_gpt2_tensors(const Architecture& shape) {
    FormulaTensors out;
    const auto with_bias = [&](const std::string& name, std::vector<std::int64_t> weight) {
        const std::int64_t size = weight.back();
        out.add(name + ".weight", std::move(weight));
        out.add(name + ".bias", {size});
    };
    out.add("transformer.wte.weight", {shape.vocabulary, shape.width});
    out.add("transformer.wpe.weight", {shape.positions, shape.width});
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
        const std::string base = "transformer.h." + std::to_string(layer) + ".";
        with_bias(base + "ln_1", {shape.width});
        with_bias(base + "attn.c_attn", {shape.width, 3 * shape.width});
        with_bias(base + "attn.c_proj", {shape.width, shape.width});
        with_bias(base + "ln_2", {shape.width});
        with_bias(base + "mlp.c_fc", {shape.width, shape.mlp_width});
        with_bias(base + "mlp.c_proj", {shape.mlp_width, shape.width});
    }
    with_bias("transformer.ln_f", {shape.width});
    if (!shape.tied_embeddings) out.add("lm_head.weight", {shape.vocabulary, shape.width});
    return std::move(out.tensors);
}

inline MemoryTensors tiny_bert_tensors(const Architecture& shape) {
    FormulaTensors out;
    const auto with_bias = [&](const std::string& name, std::int64_t rows, std::int64_t columns) {
        out.add(name + ".weight", {rows, columns});
        out.add(name + ".bias", {rows});
    };
    const auto norm = [&](const std::string& name) {
        out.add(name + ".weight", {shape.width});
        out.add(name + ".bias", {shape.width});
    };
    out.add("bert.embeddings.word_embeddings.weight", {shape.vocabulary, shape.width});
    out.add("bert.embeddings.position_embeddings.weight", {shape.positions, shape.width});
    out.add("bert.embeddings.token_type_embeddings.weight", {shape.token_types, shape.width});
    norm("bert.embeddings.LayerNorm");
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
        const std::string base = "bert.encoder.layer." + std::to_string(layer) + ".";
        with_bias(base + "attention.self.query", shape.width, shape.width);
        with_bias(base + "attention.self.key", shape.width, shape.width);
        with_bias(base + "attention.self.value", shape.width, shape.width);
        with_bias(base + "attention.output.dense", shape.width, shape.width);
        norm(base + "attention.output.LayerNorm");
        with_bias(base + "intermediate.dense", shape.mlp_width, shape.width);
        with_bias(base + "output.dense", shape.width, shape.mlp_width);
        norm(base + "output.LayerNorm");
    }
    with_bias("cls.predictions.transform.dense", shape.width, shape.width);
    norm("cls.predictions.transform.LayerNorm");
    out.add("cls.predictions.bias", {shape.vocabulary});
    if (!shape.tied_embeddings) out.add("cls.predictions.decoder.weight", {shape.vocabulary, shape.width});
    return std::move(out.tensors);
}

inline MemoryTensors tiny_tensors(const Architecture& shape) {
    switch (shape.family) {
    case ModelFamily::gpt2:
        return tiny_gpt2_tensors(shape);
    case ModelFamily::llama:
        return tiny_llama_tensors(shape);
    case ModelFamily::bert:
        return tiny_bert_tensors(shape);
    default:
        return {};
    }
}

} // namespace isoloss::test
