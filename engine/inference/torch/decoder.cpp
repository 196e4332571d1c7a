#include "engine/inference/torch/attention.h"
#include "engine/inference/torch/decoder_names.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/layers.h"
#include "engine/inference/torch/rotary.h"
#include "engine/inference/torch/weights.h"

#include <ATen/ops/embedding.h>
#include <array>
#include <cmath>

namespace isoloss::torch_module {

namespace {

/// One layer. Of what is fused and what is apart only one is there.
struct Block {
    Norm attention_norm;
    Linear query_key_value;
    Linear query, key, value;
    Norm query_norm, key_norm;
    Linear attention_out;
    Norm mlp_norm;
    Linear gate_up;
    Linear gate, up, down;
};

class Decoder final : public Network {
public:
    Decoder(const Architecture& architecture, at::Device device)
        : architecture_(architecture), names_(decoder_names(architecture)),
          frequencies_(rotary_frequencies(architecture).to(device)) {
        Architecture unscaled = architecture;
        if (!architecture.rotary_scaling_in_windows) unscaled.rotary_scaling = {};
        window_scaling_ = unscaled.rotary_scaling;
        window_frequencies_ = rotary_frequencies(unscaled).to(device);
    }

    Expected<void> load(WeightReader reader) {
        const Architecture& shape = architecture_;
        ISOLOSS_TRY(token_embedding_, reader.read(std::string(names_.embedding) + ".weight",
                                                  {shape.vocabulary, shape.width}, WeightRole::embedding));
        for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
            ISOLOSS_TRY(Block block, load_block(reader, std::string(names_.layers) + std::to_string(layer) + "."));
            blocks_.push_back(std::move(block));
        }
        ISOLOSS_TRY(norm_, reader.read_norm(names_.final_norm, shape.norm, shape.width, shape.norm_epsilon));
        ISOLOSS_TRY(head_.weight, reader.read_head(names_.head, shape.tied_embeddings, token_embedding_,
                                                   shape.vocabulary, shape.width));
        if (shape.head_bias) {
            ISOLOSS_TRY(head_.bias, reader.read(std::string(names_.head) + ".bias", {shape.vocabulary}));
        }
        ISOLOSS_TRY(parameters_, reader.finish({".rotary_emb.inv_freq", ".attention.bias", ".attention.masked_bias"}));
        return {};
    }

    at::Tensor hidden(const ForwardInput& input) const override {
        at::Tensor x = at::embedding(token_embedding_, input.tokens);
        if (architecture_.embedding_scale != 1) x = x * architecture_.embedding_scale;
        const Rotation rotation(input.positions, frequencies_, architecture_.rotary_scaling.magnitude, x.scalar_type());
        const Rotation window_rotation =
            architecture_.rotary_scaling_in_windows
                ? rotation
                : Rotation(input.positions, window_frequencies_, window_scaling_.magnitude, x.scalar_type());
        const ForwardInput within = within_window(input, largest_window());
        for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
            input.show(static_cast<std::int64_t>(layer), x);
            const bool windowed = architecture_.window(static_cast<std::int64_t>(layer)) > 0;
            x = next(blocks_[layer], layer, x, windowed ? within : input, windowed ? window_rotation : rotation);
        }
        x = normalised(norm_, x);
        input.show(architecture_.layers, x);
        return x;
    }

private:
    /// All windows of a model have one size.
    std::int64_t largest_window() const {
        std::int64_t largest = 0;
        for (const std::int64_t window : architecture_.windows)
            largest = std::max(largest, window);
        return largest;
    }

    at::Tensor next(const Block& block, std::size_t layer, const at::Tensor& x, const ForwardInput& input,
                    const Rotation& rotation) const {
        if (architecture_.norm_place == NormPlace::after) {
            const at::Tensor attended = block.attention_out(mixed(block, layer, x, input, rotation));
            const at::Tensor y = x + normalised(block.attention_norm, attended);
            return y + normalised(block.mlp_norm, block.down(mlp_inside(block, y)));
        }
        const at::Tensor normal = normalised(block.attention_norm, x);
        const at::Tensor y = block.attention_out.added_to(x, mixed(block, layer, normal, input, rotation));
        switch (architecture_.residual) {
        case Residual::parallel:
            return block.down.added_to(y, mlp_inside(block, normalised(block.mlp_norm, x)));
        case Residual::parallel_one_norm:
            return block.down.added_to(y, mlp_inside(block, normal));
        case Residual::sequential:
            break;
        }
        return block.down.added_to(y, mlp_inside(block, normalised(block.mlp_norm, y)));
    }

    /// Queries, keys and values of x before they are rotated, [batch, heads, length, head width].
    std::array<at::Tensor, 3> projected(const Block& block, const at::Tensor& x) const {
        const Architecture& shape = architecture_;
        const std::int64_t batch = x.size(0), length = x.size(1), width = shape.head_width;
        std::array<at::Tensor, 3> parts;
        if (names_.fused == FusedAttention::by_head) {
            const at::Tensor all = clamped(block.query_key_value(x)).view({batch, length, shape.heads, 3, width});
            for (std::size_t i = 0; i < 3; ++i)
                parts[i] = all.select(3, static_cast<std::int64_t>(i)).transpose(1, 2);
            return parts;
        }
        if (names_.fused == FusedAttention::by_part) {
            const std::int64_t keys = shape.key_value_heads * width;
            const auto all = clamped(block.query_key_value(x)).split_with_sizes({shape.heads * width, keys, keys}, -1);
            for (std::size_t i = 0; i < 3; ++i)
                parts[i] = all[i].view({batch, length, -1, width}).transpose(1, 2);
            return parts;
        }
        const bool whole = shape.query_key_norm == QueryKeyNorm::all_heads;
        const at::Tensor queries = block.query(x), keys = block.key(x);
        parts[0] = split_heads(clamped(whole ? normalised(block.query_norm, queries) : queries), shape.heads);
        parts[1] = split_heads(clamped(whole ? normalised(block.key_norm, keys) : keys), shape.key_value_heads);
        parts[2] = split_heads(clamped(block.value(x)), shape.key_value_heads);
        if (shape.query_key_norm == QueryKeyNorm::head) {
            parts[0] = normalised(block.query_norm, parts[0]);
            parts[1] = normalised(block.key_norm, parts[1]);
        }
        return parts;
    }

    at::Tensor clamped(const at::Tensor& x) const {
        const auto limit = architecture_.query_key_value_limit;
        return limit ? x.clamp(-*limit, *limit) : x;
    }

    /// What the heads read, before it is brought together.
    at::Tensor mixed(const Block& block, std::size_t layer, const at::Tensor& x, const ForwardInput& input,
                     const Rotation& rotated) const {
        const auto [queries, keys, values] = projected(block, x);
        const double scale = 1 / std::sqrt(static_cast<double>(architecture_.head_width));
        return attend(input, layer, rotated(queries), rotated(keys), values, scale);
    }

    /// The MLP without its last layer.
    at::Tensor mlp_inside(const Block& block, const at::Tensor& x) const {
        const Activation activation = architecture_.activation;
        if (!architecture_.gated_mlp) return activate(activation, block.up(x));
        if (names_.gate_up.empty()) return activate(activation, block.gate(x)) * block.up(x);
        const auto parts = block.gate_up(x).split(architecture_.mlp_width, -1);
        const at::Tensor &gate = parts[names_.up_first ? 1 : 0], &up = parts[names_.up_first ? 0 : 1];
        return activate(activation, gate) * up;
    }

    Expected<Block> load_block(WeightReader& reader, const std::string& base) const {
        Block block;
        ISOLOSS_TRY_VOID(load_norms(reader, base, block));
        ISOLOSS_TRY_VOID(load_attention(reader, base, block));
        ISOLOSS_TRY_VOID(load_mlp(reader, base, block));
        return block;
    }

    Expected<void> load_norms(WeightReader& reader, const std::string& base, Block& block) const {
        const Architecture& shape = architecture_;
        const auto norm = [&](std::string_view name) {
            return reader.read_norm(base + std::string(name), shape.norm, shape.width, shape.norm_epsilon);
        };
        ISOLOSS_TRY(block.attention_norm, norm(names_.attention_norm));
        if (shape.residual != Residual::parallel_one_norm) {
            ISOLOSS_TRY(block.mlp_norm, norm(names_.mlp_norm));
        }
        return {};
    }

    Expected<void> load_attention(WeightReader& reader, const std::string& base, Block& block) const {
        const Architecture& shape = architecture_;
        const std::int64_t queries = shape.heads * shape.head_width, keys = shape.key_value_heads * shape.head_width;
        const auto linear = [&](std::string_view name, std::int64_t out) {
            return reader.read_linear(base + std::string(name), out, shape.width, shape.attention_bias,
                                      LinearLayout::out_in);
        };
        if (names_.fused != FusedAttention::no) {
            ISOLOSS_TRY(block.query_key_value, linear(names_.query_key_value, queries + 2 * keys));
        } else {
            ISOLOSS_TRY(block.query, linear(names_.query, queries));
            ISOLOSS_TRY(block.key, linear(names_.key, keys));
            ISOLOSS_TRY(block.value, linear(names_.value, keys));
        }
        if (shape.query_key_norm != QueryKeyNorm::none) {
            const bool whole = shape.query_key_norm == QueryKeyNorm::all_heads;
            const auto norm = [&](const char* name, std::int64_t width) {
                return reader.read_norm(base + name, NormKind::rms, whole ? width : shape.head_width,
                                        shape.norm_epsilon);
            };
            ISOLOSS_TRY(block.query_norm, norm("self_attn.q_norm", queries));
            ISOLOSS_TRY(block.key_norm, norm("self_attn.k_norm", keys));
        }
        ISOLOSS_TRY(block.attention_out, reader.read_linear(base + std::string(names_.attention_out), shape.width,
                                                            queries, shape.attention_out_bias, LinearLayout::out_in));
        return {};
    }

    Expected<void> load_mlp(WeightReader& reader, const std::string& base, Block& block) const {
        const Architecture& shape = architecture_;
        const auto linear = [&](std::string_view name, std::int64_t out, std::int64_t in) {
            return reader.read_linear(base + std::string(name), out, in, shape.mlp_bias, LinearLayout::out_in);
        };
        if (shape.gated_mlp && !names_.gate_up.empty()) {
            ISOLOSS_TRY(block.gate_up, linear(names_.gate_up, 2 * shape.mlp_width, shape.width));
        } else {
            if (shape.gated_mlp) {
                ISOLOSS_TRY(block.gate, linear(names_.gate, shape.mlp_width, shape.width));
            }
            ISOLOSS_TRY(block.up, linear(names_.up, shape.mlp_width, shape.width));
        }
        ISOLOSS_TRY(block.down, linear(names_.down, shape.width, shape.mlp_width));
        return {};
    }

    Architecture architecture_;
    DecoderNames names_;
    at::Tensor frequencies_;
    RotaryScaling window_scaling_;
    at::Tensor window_frequencies_;
    at::Tensor token_embedding_;
    std::vector<Block> blocks_;
    Norm norm_;
};

} // namespace

Expected<std::unique_ptr<Network>> load_decoder(const Architecture& architecture, const TensorSource& tensors,
                                                at::Device device, at::ScalarType type) {
    auto network = std::make_unique<Decoder>(architecture, device);
    ISOLOSS_TRY_VOID(
        network->load(WeightReader(tensors, std::string(decoder_names(architecture).prefix), device, type)));
    return network;
}

} // namespace isoloss::torch_module
