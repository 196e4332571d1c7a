#include "engine/inference/torch/attention.h"
#include "engine/inference/torch/encoder_names.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/layers.h"
#include "engine/inference/torch/weights.h"

#include <ATen/ops/embedding.h>
#include <cmath>

namespace isoloss::torch_module {

namespace {

struct Block {
    Linear query;
    Linear key;
    Linear value;
    Linear attention_out;
    LayerNorm attention_norm;
    Linear mlp_in;
    Linear mlp_out;
    LayerNorm mlp_norm;
};

class Bert final : public Network {
public:
    explicit Bert(const Architecture& architecture)
        : architecture_(architecture), names_(encoder_names(architecture.family)) {}

    Expected<void> load(WeightReader reader) {
        const Architecture& shape = architecture_;
        const auto embedding = [&](const char* name, std::int64_t rows) {
            return reader.read(std::string("embeddings.") + name + ".weight", {rows, shape.width},
                               WeightRole::embedding);
        };
        ISOLOSS_TRY(token_embedding_, embedding("word_embeddings", shape.vocabulary));
        ISOLOSS_TRY(position_embedding_, embedding("position_embeddings", shape.first_position + shape.positions));
        if (shape.token_types > 0) {
            ISOLOSS_TRY(type_embedding_, embedding("token_type_embeddings", shape.token_types));
        }
        ISOLOSS_TRY(embedding_norm_, norm(reader, "embeddings.LayerNorm"));
        for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
            ISOLOSS_TRY(Block block, load_block(reader, std::string(names_.layers) + std::to_string(layer) + "."));
            blocks_.push_back(std::move(block));
        }
        ISOLOSS_TRY(transform_,
                    reader.read_linear(names_.transform, shape.width, shape.width, true, LinearLayout::out_in));
        ISOLOSS_TRY(transform_norm_, norm(reader, names_.transform_norm));
        ISOLOSS_TRY(head_.weight, reader.read_head(names_.head, shape.tied_embeddings, token_embedding_,
                                                   shape.vocabulary, shape.width));
        const std::string second_name = std::string(names_.head) + ".bias";
        ISOLOSS_TRY(head_.bias,
                    reader.read(reader.has(names_.head_bias) ? names_.head_bias : second_name, {shape.vocabulary}));
        ISOLOSS_TRY(parameters_,
                    reader.finish({second_name, "embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias",
                                   "cls.seq_relationship.weight", "cls.seq_relationship.bias"}));
        return {};
    }

    at::Tensor hidden(const ForwardInput& input) const override {
        // Padding may lie beyond the last position; nothing reads what comes out there.
        const at::Tensor positions = input.positions.clamp_max(architecture_.positions - 1);
        at::Tensor x = at::embedding(token_embedding_, input.tokens) +
                       at::embedding(position_embedding_, positions + architecture_.first_position);
        // A text alone is the first segment.
        if (type_embedding_.defined()) x = x + type_embedding_[0];
        x = embedding_norm_(x);
        const double scale = 1 / std::sqrt(static_cast<double>(architecture_.head_width));
        for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
            input.show(static_cast<std::int64_t>(layer), x);
            const Block& block = blocks_[layer];
            const auto heads = [&](const Linear& part) { return split_heads(part(x), architecture_.heads); };
            const at::Tensor attended =
                attend(input, layer, heads(block.query), heads(block.key), heads(block.value), scale);
            x = block.attention_norm(block.attention_out.added_to(x, attended));
            x = block.mlp_norm(block.mlp_out.added_to(x, activate(architecture_.activation, block.mlp_in(x))));
        }
        input.show(architecture_.layers, x);
        return x;
    }

    at::Tensor before_head(const at::Tensor& hidden) const override {
        return transform_norm_(activate(architecture_.activation, transform_(hidden)));
    }

private:
    Expected<LayerNorm> norm(WeightReader& reader, std::string_view name) const {
        return reader.read_layer_norm(name, architecture_.width, architecture_.norm_epsilon);
    }

    Expected<Block> load_block(WeightReader& reader, const std::string& base) const {
        const Architecture& shape = architecture_;
        const auto linear = [&](std::string_view name, std::int64_t out, std::int64_t in) {
            return reader.read_linear(base + std::string(name), out, in, true, LinearLayout::out_in);
        };
        Block block;
        ISOLOSS_TRY(block.query, linear(names_.query, shape.width, shape.width));
        ISOLOSS_TRY(block.key, linear(names_.key, shape.width, shape.width));
        ISOLOSS_TRY(block.value, linear(names_.value, shape.width, shape.width));
        ISOLOSS_TRY(block.attention_out, linear(names_.attention_out, shape.width, shape.width));
        ISOLOSS_TRY(block.attention_norm, norm(reader, base + std::string(names_.attention_norm)));
        ISOLOSS_TRY(block.mlp_in, linear(names_.mlp_in, shape.mlp_width, shape.width));
        ISOLOSS_TRY(block.mlp_out, linear(names_.mlp_out, shape.width, shape.mlp_width));
        ISOLOSS_TRY(block.mlp_norm, norm(reader, base + std::string(names_.mlp_norm)));
        return block;
    }

    Architecture architecture_;
    EncoderNames names_;
    at::Tensor token_embedding_;
    at::Tensor position_embedding_;
    at::Tensor type_embedding_;
    LayerNorm embedding_norm_;
    std::vector<Block> blocks_;
    Linear transform_;
    LayerNorm transform_norm_;
};

} // namespace

Expected<std::unique_ptr<Network>> load_bert(const Architecture& architecture, const TensorSource& tensors,
                                             at::Device device, at::ScalarType type) {
    auto network = std::make_unique<Bert>(architecture);
    ISOLOSS_TRY_VOID(
        network->load(WeightReader(tensors, std::string(encoder_names(architecture.family).prefix), device, type)));
    return network;
}

} // namespace isoloss::torch_module
