#pragma once

#include "engine/inference/architecture.h"

#include <string_view>

namespace isoloss::torch_module {

/// How the weights of queries, keys and values lie in one fused layer: not fused; [heads, 3, head_width] as GPT-NeoX
/// has it; all queries, all keys, all values as Phi-3 has it.
enum class FusedAttention { no, by_head, by_part };

/// What a family calls the layers of a decoder; an empty name: the family has no such layer.
struct DecoderNames {
    std::string_view prefix = "model.";
    std::string_view embedding = "embed_tokens";
    std::string_view layers = "layers.";
    std::string_view attention_norm = "input_layernorm";
    std::string_view mlp_norm = "post_attention_layernorm";
    std::string_view final_norm = "norm";
    FusedAttention fused = FusedAttention::no;
    std::string_view query_key_value = {}; ///< where fused
    std::string_view query = "self_attn.q_proj", key = "self_attn.k_proj", value = "self_attn.v_proj";
    std::string_view attention_out = "self_attn.o_proj";
    std::string_view gate_up = {}; ///< gate and up in one, where the family fuses them
    bool up_first = false;         ///< their order there
    std::string_view gate = "mlp.gate_proj", up = "mlp.up_proj", down = "mlp.down_proj";
    std::string_view head = "lm_head";
};

DecoderNames decoder_names(const Architecture& architecture);

} // namespace isoloss::torch_module
