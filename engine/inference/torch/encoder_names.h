#pragma once

#include "engine/inference/architecture.h"

#include <string_view>

namespace isoloss::torch_module {

/// What a family calls the layers of a masked-token encoder.
struct EncoderNames {
    std::string_view prefix = "bert.";
    std::string_view layers = "encoder.layer.";
    std::string_view query = "attention.self.query", key = "attention.self.key", value = "attention.self.value";
    std::string_view attention_out = "attention.output.dense";
    std::string_view attention_norm = "attention.output.LayerNorm";
    std::string_view mlp_in = "intermediate.dense", mlp_out = "output.dense";
    std::string_view mlp_norm = "output.LayerNorm";
    std::string_view transform = "cls.predictions.transform.dense";
    std::string_view transform_norm = "cls.predictions.transform.LayerNorm";
    std::string_view head = "cls.predictions.decoder";
    std::string_view head_bias =
        "cls.predictions.bias"; ///< or that of `head`: one bias, of which files keep one or both
};

EncoderNames encoder_names(ModelFamily family);

} // namespace isoloss::torch_module
