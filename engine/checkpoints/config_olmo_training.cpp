#include "engine/checkpoints/model_configs.h"

namespace isoloss {

namespace {

void read_norms(ConfigFields& fields, Architecture& a, bool include_bias) {
    const bool affine = fields.flag("layer_norm_with_affine", true);
    const bool bias = affine && fields.flag("bias_for_layer_norm", include_bias);
    const std::string_view type = fields.text("layer_norm_type", "default");
    if (type == "default" || type == "low_precision")
        a.norm = bias ? NormKind::layer : affine ? NormKind::layer_without_bias : NormKind::layer_without_weights;
    else if (type == "rms" && affine && !bias)
        a.norm = NormKind::rms;
    else
        fields.unsupported("layer_norm_type", "unknown normalisation " + json_quote(type) +
                                                  (bias     ? " with a bias"
                                                   : affine ? ""
                                                            : " without weights") +
                                                  "; known are default, low_precision, and rms with weights alone");
}

} // namespace

void read_olmo_training_config(ConfigFields& fields, Architecture& a) {
    a.family = ModelFamily::olmo_training;
    a.width = fields.count("d_model", 768, ConfigLimits::width);
    a.layers = fields.count("n_layers", 12, ConfigLimits::layers);
    a.heads = fields.count("n_heads", 12, ConfigLimits::heads);
    const bool one = fields.flag("multi_query_attention", false);
    a.key_value_heads = fields.count("n_kv_heads", one ? 1 : a.heads, ConfigLimits::heads);
    a.positions = fields.count("max_sequence_length", 1024, ConfigLimits::positions);
    // The table is padded to a round number of rows.
    a.vocabulary = fields.count("embedding_size", fields.count("vocab_size", 50257, ConfigLimits::vocabulary),
                                ConfigLimits::vocabulary);
    const bool include_bias = fields.flag("include_bias", true);
    a.attention_bias = a.attention_out_bias = a.mlp_bias = include_bias;
    a.tied_embeddings = fields.flag("weight_tying", true);
    a.head_bias = include_bias && !a.tied_embeddings;
    const std::string_view activation = fields.text("activation_type", "swiglu");
    a.gated_mlp = activation == "swiglu";
    a.activation = a.gated_mlp ? Activation::silu : fields.activation("activation_type", "gelu");
    // Of a gated MLP both halves count.
    const std::int64_t mlp = fields.count(
        "mlp_hidden_size", fields.count("mlp_ratio", 4, ConfigLimits::width) * a.width, 2 * ConfigLimits::mlp_width);
    a.mlp_width = a.gated_mlp ? mlp / 2 : mlp;
    if (a.gated_mlp && mlp % 2 != 0) fields.refuse("mlp_hidden_size", "must be even, because it holds two halves");
    a.norm_epsilon = fields.positive("layer_norm_eps", 1e-5);
    read_norms(fields, a, include_bias);
    if (fields.has("clip_qkv")) a.query_key_value_limit = fields.positive("clip_qkv", 1);
    a.eos_token = fields.token("eos_token_id", 50256, a.vocabulary);
    const std::string_view block = fields.text("block_type", "sequential");
    if (block != "sequential")
        fields.unsupported("block_type", "unknown block type " + json_quote(block) + "; known are sequential");
    fields.only("rope", true, "a table of positions instead of rotary embeddings");
    if (!fields.has("rope")) fields.unsupported("rope", "a table of positions is not known, rotary embeddings are");
    fields.only("alibi", false, "attention that falls with the distance (ALiBi)");
    fields.only("attention_layer_norm", false, "normalised queries and keys");
    fields.only("norm_after", false, "normalisation after the layers");
    fields.only("embedding_layer_norm", false, "normalised embeddings");
    fields.only("scale_logits", false, "scaled logits");
    read_head_width(fields, a, "n_heads");
    read_rotary(fields, a, 1);
}

} // namespace isoloss
