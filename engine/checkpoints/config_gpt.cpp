#include "engine/checkpoints/model_configs.h"

namespace isoloss {

void read_gpt2_config(ConfigFields& fields, Architecture& a) {
    a.family = ModelFamily::gpt2;
    a.norm = NormKind::layer;
    a.gated_mlp = false;
    a.vocabulary = fields.count("vocab_size", 50257, ConfigLimits::vocabulary);
    a.width = fields.count("n_embd", 768, ConfigLimits::width, "hidden_size");
    a.layers = fields.count("n_layer", 12, ConfigLimits::layers, "num_hidden_layers");
    a.heads = fields.count("n_head", 12, ConfigLimits::heads, "num_attention_heads");
    a.key_value_heads = a.heads;
    a.positions = fields.count("n_positions", 1024, ConfigLimits::positions, "max_position_embeddings");
    a.mlp_width = fields.count("n_inner", 4 * a.width, ConfigLimits::mlp_width);
    a.norm_epsilon = fields.positive("layer_norm_epsilon", 1e-5);
    a.activation = fields.activation("activation_function", "gelu_new");
    a.tied_embeddings = fields.flag("tie_word_embeddings", true);
    a.attention_bias = a.attention_out_bias = a.mlp_bias = true;
    a.scale_attention = fields.flag("scale_attn_weights", true);
    a.scale_attention_by_inverse_layer = fields.flag("scale_attn_by_inverse_layer_idx", false);
    a.bos_token = fields.token("bos_token_id", 50256, a.vocabulary);
    a.eos_token = fields.token("eos_token_id", 50256, a.vocabulary);
    fields.only("add_cross_attention", false, "cross-attention");
    read_head_width(fields, a, "n_head");
}

void read_gpt_neox_config(ConfigFields& fields, Architecture& a) {
    a.family = ModelFamily::gpt_neox;
    a.norm = NormKind::layer;
    a.gated_mlp = false;
    a.vocabulary = fields.count("vocab_size", 50432, ConfigLimits::vocabulary);
    a.width = fields.count("hidden_size", 6144, ConfigLimits::width);
    a.layers = fields.count("num_hidden_layers", 44, ConfigLimits::layers);
    a.heads = fields.count("num_attention_heads", 64, ConfigLimits::heads);
    a.key_value_heads = a.heads;
    a.positions = fields.count("max_position_embeddings", 2048, ConfigLimits::positions);
    a.mlp_width = fields.count("intermediate_size", 24576, ConfigLimits::mlp_width);
    a.norm_epsilon = fields.positive("layer_norm_eps", 1e-5);
    a.activation = fields.activation("hidden_act", "gelu");
    a.residual = fields.flag("use_parallel_residual", true) ? Residual::parallel : Residual::sequential;
    a.tied_embeddings = fields.flag("tie_word_embeddings", false);
    a.attention_bias = a.attention_out_bias = fields.flag("attention_bias", true);
    a.mlp_bias = true;
    a.bos_token = fields.token("bos_token_id", 0, a.vocabulary);
    a.eos_token = fields.token("eos_token_id", 2, a.vocabulary);
    read_head_width(fields, a, "num_attention_heads");
    read_rotary(fields, a, .25, "rotary_emb_base", "rotary_pct");
}

} // namespace isoloss
