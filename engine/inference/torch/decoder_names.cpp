#include "engine/inference/torch/decoder_names.h"

namespace isoloss::torch_module {

DecoderNames decoder_names(const Architecture& architecture) {
    DecoderNames names;
    switch (architecture.family) {
    case ModelFamily::gpt_neox:
        names.prefix = "gpt_neox.";
        names.embedding = "embed_in";
        names.final_norm = "final_layer_norm";
        names.fused = FusedAttention::by_head;
        names.query_key_value = "attention.query_key_value";
        names.attention_out = "attention.dense";
        names.up = "mlp.dense_h_to_4h";
        names.down = "mlp.dense_4h_to_h";
        names.head = "embed_out";
        break;
    case ModelFamily::olmo_training:
        names.prefix = "model.transformer.";
        names.embedding = "wte";
        names.layers = "blocks.";
        names.attention_norm = "attn_norm";
        names.mlp_norm = "ff_norm";
        names.final_norm = "ln_f";
        names.fused = FusedAttention::by_part;
        names.query_key_value = "att_proj";
        names.attention_out = "attn_out";
        names.gate_up = names.up = "ff_proj";
        names.up_first = true;
        names.down = "ff_out";
        names.head = "ff_out";
        break;
    case ModelFamily::phi:
        names.final_norm = "final_layernorm";
        names.attention_out = "self_attn.dense";
        names.up = "mlp.fc1";
        names.down = "mlp.fc2";
        break;
    case ModelFamily::phi3:
        names.fused = FusedAttention::by_part;
        names.query_key_value = "self_attn.qkv_proj";
        names.gate_up = "mlp.gate_up_proj";
        break;
    case ModelFamily::starcoder2:
        names.up = "mlp.c_fc";
        names.down = "mlp.c_proj";
        break;
    default:
        break;
    }
    if (architecture.norm_place == NormPlace::after) {
        names.attention_norm = "post_attention_layernorm";
        names.mlp_norm = "post_feedforward_layernorm";
    }
    return names;
}

} // namespace isoloss::torch_module
