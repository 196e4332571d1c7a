#include "engine/inference/torch/attention.h"
#include "engine/inference/torch/families.h"
#include "engine/inference/torch/layers.h"
#include "engine/inference/torch/weights.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <cmath>

namespace isoloss::torch_module {

namespace {

struct Block {
    LayerNorm attention_norm;
    Linear query, key, value;
    Linear attention_out;
    LayerNorm mlp_norm;
    Linear mlp_in;
    Linear mlp_out;
};

class Vit final : public Network {
public:
    explicit Vit(const Architecture& architecture) : architecture_(architecture) {}

    Expected<void> load(WeightReader reader) {
        const Architecture& shape = architecture_;
        const ImageShape& image = *shape.image;
        const std::string patches = "embeddings.patch_embeddings.projection";
        ISOLOSS_TRY(class_token_, reader.read("embeddings.cls_token", {1, 1, shape.width}));
        ISOLOSS_TRY(position_embedding_, reader.read("embeddings.position_embeddings",
                                                     {1, shape.positions, shape.width}, WeightRole::embedding));
        ISOLOSS_TRY(patches_.weight, reader.read(patches + ".weight",
                                                 {shape.width, image.channels, image.patch_height, image.patch_width}));
        ISOLOSS_TRY(patches_.bias, reader.read(patches + ".bias", {shape.width}));
        for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
            ISOLOSS_TRY(Block block, load_block(reader, "encoder.layer." + std::to_string(layer) + "."));
            blocks_.push_back(std::move(block));
        }
        ISOLOSS_TRY(norm_, reader.read_layer_norm("layernorm", shape.width, shape.norm_epsilon));
        ISOLOSS_TRY(head_, reader.read_linear("classifier", shape.vocabulary, shape.width, true, LinearLayout::out_in));
        ISOLOSS_TRY(parameters_, reader.finish({"embeddings.mask_token", "pooler.dense.weight", "pooler.dense.bias"}));
        return {};
    }

    at::Tensor hidden(const ForwardInput& input) const override {
        const ImageShape& image = *architecture_.image;
        const at::Tensor patches = at::conv2d(input.tokens, patches_.weight, patches_.bias,
                                              at::IntArrayRef{image.patch_height, image.patch_width})
                                       .flatten(2)
                                       .transpose(1, 2);
        at::Tensor x =
            at::cat({class_token_.expand({patches.size(0), 1, patches.size(2)}), patches}, 1) + position_embedding_;
        const double scale = 1 / std::sqrt(static_cast<double>(architecture_.head_width));
        for (std::size_t layer = 0; layer < blocks_.size(); ++layer) {
            input.show(static_cast<std::int64_t>(layer), x);
            const Block& block = blocks_[layer];
            const at::Tensor normal = block.attention_norm(x);
            const auto heads = [&](const Linear& part) { return split_heads(part(normal), architecture_.heads); };
            x = block.attention_out.added_to(
                x, attend(input, layer, heads(block.query), heads(block.key), heads(block.value), scale));
            x = block.mlp_out.added_to(x, activate(architecture_.activation, block.mlp_in(block.mlp_norm(x))));
        }
        x = norm_(x);
        input.show(architecture_.layers, x);
        return x;
    }

private:
    Expected<Block> load_block(WeightReader& reader, const std::string& base) const {
        const Architecture& shape = architecture_;
        const auto linear = [&](const char* name, std::int64_t out, std::int64_t in, bool bias) {
            return reader.read_linear(base + name, out, in, bias, LinearLayout::out_in);
        };
        const auto norm = [&](const char* name) {
            return reader.read_layer_norm(base + name, shape.width, shape.norm_epsilon);
        };
        Block block;
        ISOLOSS_TRY(block.attention_norm, norm("layernorm_before"));
        ISOLOSS_TRY(block.query, linear("attention.attention.query", shape.width, shape.width, shape.attention_bias));
        ISOLOSS_TRY(block.key, linear("attention.attention.key", shape.width, shape.width, shape.attention_bias));
        ISOLOSS_TRY(block.value, linear("attention.attention.value", shape.width, shape.width, shape.attention_bias));
        ISOLOSS_TRY(block.attention_out, linear("attention.output.dense", shape.width, shape.width, true));
        ISOLOSS_TRY(block.mlp_norm, norm("layernorm_after"));
        ISOLOSS_TRY(block.mlp_in, linear("intermediate.dense", shape.mlp_width, shape.width, true));
        ISOLOSS_TRY(block.mlp_out, linear("output.dense", shape.width, shape.mlp_width, true));
        return block;
    }

    Architecture architecture_;
    at::Tensor class_token_;
    at::Tensor position_embedding_;
    Linear patches_; ///< weight [width, channels, patch height, patch width]
    std::vector<Block> blocks_;
    LayerNorm norm_;
};

} // namespace

Expected<std::unique_ptr<Network>> load_vit(const Architecture& architecture, const TensorSource& tensors,
                                            at::Device device, at::ScalarType type) {
    auto network = std::make_unique<Vit>(architecture);
    ISOLOSS_TRY_VOID(network->load(WeightReader(tensors, "vit.", device, type)));
    return network;
}

} // namespace isoloss::torch_module
