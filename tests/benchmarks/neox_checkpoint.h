#pragma once

#include "tests/benchmarks/measuring.h"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace isoloss::bench {

/// A GPT-NeoX of one of Pythia's shapes.
struct NeoxShape {
    const char* name;
    int layers, width, heads, mlp;
    static constexpr int vocabulary = 50304, positions = 2048;

    double layer_parameters() const { return 1.0 * layers * width * (4.0 * width + 2.0 * mlp); }
};

inline constexpr NeoxShape neox_14m{"14 M", 6, 128, 4, 512};
inline constexpr NeoxShape neox_70m{"70 M", 6, 512, 8, 2048};
inline constexpr NeoxShape neox_160m{"160 M", 12, 768, 12, 3072};

/// Writes config.json and model.safetensors with random weights.
inline void write_neox(const std::filesystem::path& folder, const NeoxShape& shape) {
    std::vector<std::pair<std::string, std::vector<int>>> tensors;
    const auto with_bias = [&](const std::string& name, std::vector<int> sizes) {
        tensors.emplace_back(name + ".bias", std::vector{sizes.front()});
        tensors.emplace_back(name + ".weight", std::move(sizes));
    };
    tensors.emplace_back("embed_out.weight", std::vector{shape.vocabulary, shape.width});
    tensors.emplace_back("gpt_neox.embed_in.weight", std::vector{shape.vocabulary, shape.width});
    for (int layer = 0; layer < shape.layers; ++layer) {
        const std::string base = "gpt_neox.layers." + std::to_string(layer) + ".";
        with_bias(base + "input_layernorm", {shape.width});
        with_bias(base + "post_attention_layernorm", {shape.width});
        with_bias(base + "attention.query_key_value", {3 * shape.width, shape.width});
        with_bias(base + "attention.dense", {shape.width, shape.width});
        with_bias(base + "mlp.dense_h_to_4h", {shape.mlp, shape.width});
        with_bias(base + "mlp.dense_4h_to_h", {shape.width, shape.mlp});
    }
    with_bias("gpt_neox.final_layer_norm", {shape.width});

    const auto count_of = [](const std::vector<int>& sizes) {
        std::size_t count = 1;
        for (const int size : sizes)
            count *= static_cast<std::size_t>(size);
        return count;
    };
    std::string header = "{";
    std::size_t offset = 0;
    for (const auto& [name, sizes] : tensors) {
        header += (header.size() > 1 ? ",\"" : "\"") + name + R"(":{"dtype":"F32","shape":[)";
        for (std::size_t i = 0; i < sizes.size(); ++i)
            header += (i > 0 ? "," : "") + std::to_string(sizes[i]);
        header += "],\"data_offsets\":[" + std::to_string(offset) + ",";
        offset += 4 * count_of(sizes);
        header += std::to_string(offset) + "]}";
    }
    header += "}";
    header.resize((header.size() + 7) / 8 * 8, ' ');

    std::filesystem::create_directories(folder);
    std::ofstream file(folder / "model.safetensors", std::ios::binary);
    const std::uint64_t length = header.size();
    file.write(reinterpret_cast<const char*>(&length), sizeof length);
    file.write(header.data(), static_cast<std::streamsize>(header.size()));
    std::minstd_rand random(1);
    std::vector<float> values;
    for (const auto& [name, sizes] : tensors) {
        values.resize(count_of(sizes));
        const bool norm = name.find("norm") != name.npos && name.ends_with("weight");
        for (float& value : values)
            value = (norm ? 1.0F : 0.0F) + (static_cast<float>(random() % 20001) - 10000) * 4e-6F;
        file.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(4 * values.size()));
    }
    std::ofstream(folder / "config.json")
        << R"({"model_type":"gpt_neox","hidden_act":"gelu","rotary_pct":0.25,"rotary_emb_base":10000,)"
        << R"("use_parallel_residual":true,"tie_word_embeddings":false,"attention_bias":true,"layer_norm_eps":1e-5,)"
        << "\"vocab_size\":" << shape.vocabulary << ",\"max_position_embeddings\":" << shape.positions
        << ",\"hidden_size\":" << shape.width << ",\"num_hidden_layers\":" << shape.layers
        << ",\"num_attention_heads\":" << shape.heads << ",\"intermediate_size\":" << shape.mlp << "}";
    if (!file) give_up("the weights cannot be written");
}

} // namespace isoloss::bench
