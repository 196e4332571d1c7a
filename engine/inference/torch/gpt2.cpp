#include "engine/inference/torch/attention.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/layers.h"
#include "engine/inference/torch/weights.h"

#include <ATen/ops/embedding.h>
#include <cmath>

namespace isoloss::torch_module {

namespace {

struct Block {
    LayerNorm attention_norm;
    Linear query_key_value;
    Linear attention_out;
    LayerNorm mlp_norm;
    Linear mlp_in;
    Linear mlp_out;
    double attention_scale = 1;
};

class Gpt2 final : public Network {
public:
    explicit Gpt2(const Architecture& architecture) : architecture_(architecture) {}

    Expected<void> load(WeightReader reader) {
        const Architecture& shape = architecture_;
        ISOLOSS_TRY(token_embedding_,
                    reader.read("wte.weight", {shape.vocabulary, shape.width}, WeightRole::embedding));
        ISOLOSS_TRY(position_embedding_,
                    reader.read("wpe.weight", {shape.positions, shape.width}, WeightRole::embedding));
        for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
            ISOLOSS_TRY(Block block, load_block(reader, layer));
            blocks_.push_back(std::move(block));
        }
        ISOLOSS_TRY(norm_, reader.read_layer_norm("ln_f", shape.width, shape.norm_epsilon));
        ISOLOSS_TRY(head_.weight, reader.read_head("lm_head", shape.tied_embeddings, token_embedding_, shape.vocabulary,
                                                   shape.width));
        ISOLOSS_TRY(parameters_, reader.finish({".attn.bias", ".attn.masked_bias"}));
        return {};
    }

    at::Tensor hidden(const ForwardInput& input) const override {
        // Padding may lie beyond the last position; nothing reads what comes out there.
        const at::Tensor positions = input.positions.clamp_max(architecture_.positions - 1);
        at::Tensor x = at::embedding(token_embedding_, input.tokens) + at::embedding(position_embedding_, positions);
        for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
            input.show(static_cast<std::int64_t>(layer), x);
            const Block& block = blocks_[layer];
            const auto parts = block.query_key_value(block.attention_norm(x)).split(architecture_.width, -1);
            const auto heads = [&](const at::Tensor& part) { return split_heads(part, architecture_.heads); };
            x = block.attention_out.added_to(
                x, attend(input, layer, heads(parts[0]), heads(parts[1]), heads(parts[2]), block.attention_scale));
            x = block.mlp_out.added_to(x, activate(architecture_.activation, block.mlp_in(block.mlp_norm(x))));
        }
        x = norm_(x);
        input.show(architecture_.layers, x);
        return x;
    }

private:
    Expected<Block> load_block(WeightReader& reader, std::int64_t layer) const {
        const Architecture& shape = architecture_;
        const std::string base = "h." + std::to_string(layer) + ".";
        constexpr auto layout = LinearLayout::in_out;
        Block block;
        ISOLOSS_TRY(block.attention_norm, reader.read_layer_norm(base + "ln_1", shape.width, shape.norm_epsilon));
        ISOLOSS_TRY(block.query_key_value,
                    reader.read_linear(base + "attn.c_attn", 3 * shape.width, shape.width, true, layout));
        ISOLOSS_TRY(block.attention_out,
                    reader.read_linear(base + "attn.c_proj", shape.width, shape.width, true, layout));
        ISOLOSS_TRY(block.mlp_norm, reader.read_layer_norm(base + "ln_2", shape.width, shape.norm_epsilon));
        ISOLOSS_TRY(block.mlp_in, reader.read_linear(base + "mlp.c_fc", shape.mlp_width, shape.width, true, layout));
        ISOLOSS_TRY(block.mlp_out, reader.read_linear(base + "mlp.c_proj", shape.width, shape.mlp_width, true, layout));
        if (shape.scale_attention) block.attention_scale /= std::sqrt(static_cast<double>(shape.head_width));
        if (shape.scale_attention_by_inverse_layer) block.attention_scale /= static_cast<double>(layer + 1);
        return block;
    }

    Architecture architecture_;
    at::Tensor token_embedding_;
    at::Tensor position_embedding_;
    std::vector<Block> blocks_;
    LayerNorm norm_;
};

} // namespace

Expected<std::unique_ptr<Network>> load_gpt2(const Architecture& architecture, const TensorSource& tensors,
                                             at::Device device, at::ScalarType type) {
    auto network = std::make_unique<Gpt2>(architecture);
    ISOLOSS_TRY_VOID(network->load(WeightReader(tensors, "transformer.", device, type)));
    return network;
}

} // namespace isoloss::torch_module
