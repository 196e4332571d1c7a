#include "engine/inference/torch/attention.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/layers.h"
#include "engine/inference/torch/weights.h"

#include <ATen/ops/embedding.h>
#include <cmath>

namespace isoloss::torch_module {

namespace {

struct Block {
    RmsNorm attention_norm;
    Linear query;
    Linear key;
    Linear value;
    Linear attention_out;
    RmsNorm mlp_norm;
    Linear gate;
    Linear up;
    Linear down;
};

class Llama final : public Network {
public:
    Llama(const Architecture& architecture, at::Device device)
        : architecture_(architecture), frequencies_(rotary_frequencies(architecture).to(device)) {}

    Expected<void> load(WeightReader reader) {
        const Architecture& shape = architecture_;
        ISOLOSS_TRY(token_embedding_,
                    reader.read("embed_tokens.weight", {shape.vocabulary, shape.width}, WeightRole::embedding));
        for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
            ISOLOSS_TRY(Block block, load_block(reader, "layers." + std::to_string(layer) + "."));
            blocks_.push_back(std::move(block));
        }
        norm_.epsilon = shape.norm_epsilon;
        ISOLOSS_TRY(norm_.weight, reader.read("norm.weight", {shape.width}));
        ISOLOSS_TRY(head_.weight, reader.read_head("lm_head", shape.tied_embeddings, token_embedding_, shape.vocabulary,
                                                   shape.width));
        ISOLOSS_TRY(parameters_, reader.finish({".rotary_emb.inv_freq"}));
        return {};
    }

    at::Tensor hidden(const ForwardInput& input) const override {
        at::Tensor x = at::embedding(token_embedding_, input.tokens);
        const Rotation rotated(input.positions, frequencies_, x.scalar_type());
        const double scale = 1 / std::sqrt(static_cast<double>(architecture_.head_width));
        for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
            const Block& block = blocks_[layer];
            const at::Tensor normal = block.attention_norm(x);
            const at::Tensor queries = rotated(split_heads(block.query(normal), architecture_.heads));
            const at::Tensor keys = rotated(split_heads(block.key(normal), architecture_.key_value_heads));
            const at::Tensor values = split_heads(block.value(normal), architecture_.key_value_heads);
            x = x + block.attention_out(attend(input, layer, queries, keys, values, scale));
            const at::Tensor mlp = block.mlp_norm(x);
            x = x + block.down(activate(architecture_.activation, block.gate(mlp)) * block.up(mlp));
        }
        return norm_(x);
    }

private:
    Expected<Block> load_block(WeightReader& reader, const std::string& base) const {
        const Architecture& shape = architecture_;
        const std::int64_t query_width = shape.heads * shape.head_width;
        const std::int64_t key_value_width = shape.key_value_heads * shape.head_width;
        const auto linear = [&](std::string_view name, std::int64_t out, std::int64_t in, bool bias) {
            return reader.read_linear(base + std::string(name), out, in, bias, LinearLayout::out_in);
        };
        Block block;
        block.attention_norm.epsilon = block.mlp_norm.epsilon = shape.norm_epsilon;
        ISOLOSS_TRY(block.attention_norm.weight, reader.read(base + "input_layernorm.weight", {shape.width}));
        ISOLOSS_TRY(block.query, linear("self_attn.q_proj", query_width, shape.width, shape.attention_bias));
        ISOLOSS_TRY(block.key, linear("self_attn.k_proj", key_value_width, shape.width, shape.attention_bias));
        ISOLOSS_TRY(block.value, linear("self_attn.v_proj", key_value_width, shape.width, shape.attention_bias));
        ISOLOSS_TRY(block.attention_out, linear("self_attn.o_proj", shape.width, query_width, shape.attention_bias));
        ISOLOSS_TRY(block.mlp_norm.weight, reader.read(base + "post_attention_layernorm.weight", {shape.width}));
        ISOLOSS_TRY(block.gate, linear("mlp.gate_proj", shape.mlp_width, shape.width, shape.mlp_bias));
        ISOLOSS_TRY(block.up, linear("mlp.up_proj", shape.mlp_width, shape.width, shape.mlp_bias));
        ISOLOSS_TRY(block.down, linear("mlp.down_proj", shape.width, shape.mlp_width, shape.mlp_bias));
        return block;
    }

    Architecture architecture_;
    at::Tensor frequencies_;
    at::Tensor token_embedding_;
    std::vector<Block> blocks_;
    RmsNorm norm_;
};

} // namespace

Expected<std::unique_ptr<Network>> load_llama(const Architecture& architecture, const TensorSource& tensors,
                                              at::Device device, at::ScalarType type) {
    auto network = std::make_unique<Llama>(architecture, device);
    ISOLOSS_TRY_VOID(network->load(WeightReader(tensors, "model.", device, type)));
    return network;
}

} // namespace isoloss::torch_module
