#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// Whose names and layout the weights have. Llama and its relatives share theirs; what sets them apart are the fields
/// of Architecture.
enum class ModelFamily {
    gpt2,
    gpt_neox,
    llama,
    olmo_training,
    phi,
    phi3,
    starcoder2,
    bert,
    roberta,
    distilbert,
    vit,
    script
};
/// What a model is trained to predict: the token after those it sees, a token that was masked among them, or the class
/// of an image.
enum class PredictionKind { next_token, masked_token, image_class };
enum class Activation { gelu_new, gelu, relu, silu };

/// layer: mean and variance; rms: root mean square; rms_around_one: the same with a weight that is stored minus one.
enum class NormKind { layer, layer_without_bias, layer_without_weights, rms, rms_around_one };
/// Where attention and MLP have their normalisation: before them, or after them and before the residual sum.
enum class NormPlace { before, after };
/// What queries and keys are normalised over (root mean square) before they are rotated: a head, or all heads together.
enum class QueryKeyNorm { none, head, all_heads };
/// sequential: the MLP reads what attention has added; parallel: both read the layer's input, each through its own
/// normalisation, or both through one.
enum class Residual { sequential, parallel, parallel_one_norm };

/// Frequency scaling of rotary position embeddings.
struct RotaryScaling {
    enum class Kind { none, linear, llama3, yarn } kind = Kind::none;
    double factor = 1;
    double low_frequency_factor = 1, high_frequency_factor = 4; ///< llama3
    std::int64_t original_positions = 8192;                     ///< llama3, yarn
    double fast_turns = 32, slow_turns = 1;                     ///< yarn: beta_fast, beta_slow
    bool whole_pairs = true;                                    ///< yarn: the ramp begins and ends at whole pairs
    double magnitude = 1;                                       ///< of cosines and sines (yarn's attention factor)
};

/// Images as a vision model takes them: [channels, height, width], values (v/255 − mean) / deviation unless the
/// preprocessor says otherwise.
struct ImageShape {
    std::int64_t channels = 3, height = 0, width = 0;
    std::int64_t patch_height = 0, patch_width = 0; ///< both divide the image
    double scale = 1.0 / 255;                       ///< of stored bytes, before mean and deviation
    std::vector<double> mean, deviation;            ///< one per channel

    std::int64_t patches() const { return (height / patch_height) * (width / patch_width); }

    std::int64_t values() const { return channels * height * width; }
};

/// The shape of a model as its config.json describes it, checked: every count is positive and bounded, heads divide the
/// width. Nothing in it depends on LibTorch. The defaults are those of Llama.
struct Architecture {
    ModelFamily family = ModelFamily::gpt2;
    std::string model_type;      ///< as the config names it
    std::int64_t vocabulary = 0; ///< outputs: tokens, or classes of an image classifier
    std::int64_t width = 0;      ///< hidden size
    std::int64_t layers = 0;
    std::int64_t heads = 0;
    std::int64_t key_value_heads = 0;
    std::int64_t head_width = 0;
    std::int64_t mlp_width = 0;
    std::int64_t positions = 0; ///< longest sequence
    double norm_epsilon = 1e-5;
    Activation activation = Activation::gelu_new;
    NormKind norm = NormKind::rms;
    NormPlace norm_place = NormPlace::before;
    QueryKeyNorm query_key_norm = QueryKeyNorm::none;
    Residual residual = Residual::sequential;
    bool tied_embeddings = true;
    bool attention_bias = false;     ///< of queries, keys and values
    bool attention_out_bias = false; ///< of the layer that brings the heads together
    bool mlp_bias = false;
    bool head_bias = false; ///< of the output layer
    bool gated_mlp = true;  ///< down(activation(gate(x)) · up(x)), else down(activation(up(x)))
    double embedding_scale = 1;
    std::optional<double> query_key_value_limit; ///< queries, keys and values are clamped to ± this
    double rotary_base = 10000;
    std::int64_t rotary_width = 0; ///< leading values of a head that are rotated; 0: all
    RotaryScaling rotary_scaling;
    bool rotary_scaling_in_windows = true; ///< also in layers with a window
    /// Per layer: a token sees itself and the `windows[layer]` − 1 tokens before it; 0: all. Empty: all in every layer.
    std::vector<std::int64_t> windows;
    bool scale_attention = true;                   ///< by 1/√head_width
    bool scale_attention_by_inverse_layer = false; ///< GPT-2 option
    std::optional<std::int32_t> bos_token, eos_token;
    std::int64_t token_types = 0;    ///< BERT's segment embeddings; 0: none
    std::int64_t first_position = 0; ///< RoBERTa: row of the position table that belongs to the first token
    std::optional<ImageShape> image; ///< of vision models
    /// Of TorchScript modules, which do not say themselves.
    PredictionKind script_prediction = PredictionKind::next_token;

    PredictionKind prediction() const {
        switch (family) {
        case ModelFamily::bert:
        case ModelFamily::roberta:
        case ModelFamily::distilbert:
            return PredictionKind::masked_token;
        case ModelFamily::vit:
            return PredictionKind::image_class;
        case ModelFamily::script:
            return script_prediction;
        default:
            return PredictionKind::next_token;
        }
    }

    std::int64_t window(std::int64_t layer) const {
        return windows.empty() ? 0 : windows[static_cast<std::size_t>(layer)];
    }
};

} // namespace isoloss
