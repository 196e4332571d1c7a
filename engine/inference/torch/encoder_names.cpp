#include "engine/inference/torch/encoder_names.h"

namespace isoloss::torch_module {

EncoderNames encoder_names(ModelFamily family) {
    EncoderNames names;
    if (family == ModelFamily::roberta) {
        names.prefix = "roberta.";
        names.transform = "lm_head.dense";
        names.transform_norm = "lm_head.layer_norm";
        names.head = "lm_head.decoder";
        names.head_bias = "lm_head.bias";
    }
    if (family == ModelFamily::distilbert) {
        names.prefix = "distilbert.";
        names.layers = "transformer.layer.";
        names.query = "attention.q_lin";
        names.key = "attention.k_lin";
        names.value = "attention.v_lin";
        names.attention_out = "attention.out_lin";
        names.attention_norm = "sa_layer_norm";
        names.mlp_in = "ffn.lin1";
        names.mlp_out = "ffn.lin2";
        names.mlp_norm = "output_layer_norm";
        names.transform = "vocab_transform";
        names.transform_norm = "vocab_layer_norm";
        names.head = "vocab_projector";
        names.head_bias = "vocab_projector.bias";
    }
    return names;
}

} // namespace isoloss::torch_module
