#include "engine/checkpoints/model_configs.h"

namespace isoloss {

namespace {

/// What the encoders of BERT's kind have in common.
void read_encoder(ConfigFields& fields, Architecture& a, std::int64_t vocabulary) {
    a.norm = NormKind::layer;
    a.gated_mlp = false;
    a.vocabulary = fields.count("vocab_size", vocabulary, ConfigLimits::vocabulary);
    a.width = fields.count("hidden_size", 768, ConfigLimits::width);
    a.layers = fields.count("num_hidden_layers", 12, ConfigLimits::layers);
    a.heads = fields.count("num_attention_heads", 12, ConfigLimits::heads);
    a.key_value_heads = a.heads;
    a.positions = fields.count("max_position_embeddings", 512, ConfigLimits::positions);
    a.token_types = fields.count("type_vocab_size", 2, ConfigLimits::token_types);
    a.mlp_width = fields.count("intermediate_size", 3072, ConfigLimits::mlp_width);
    a.norm_epsilon = fields.positive("layer_norm_eps", 1e-12);
    a.activation = fields.activation("hidden_act", "gelu");
    a.tied_embeddings = fields.flag("tie_word_embeddings", true);
    a.attention_bias = a.attention_out_bias = a.mlp_bias = a.head_bias = true;
    if (fields.flag("is_decoder", false))
        fields.unsupported("is_decoder", a.model_type + " is known as a masked-token model only, not as a decoder");
    const std::string_view positions = fields.text("position_embedding_type", "absolute");
    if (positions != "absolute")
        fields.unsupported("position_embedding_type",
                           "unknown position embeddings " + json_quote(positions) + "; known are absolute");
    read_head_width(fields, a, "num_attention_heads");
}

} // namespace

void read_bert_config(ConfigFields& fields, Architecture& a) {
    a.family = ModelFamily::bert;
    read_encoder(fields, a, 30522);
    a.bos_token = fields.token("bos_token_id", std::nullopt, a.vocabulary);
    a.eos_token = fields.token("eos_token_id", std::nullopt, a.vocabulary);
}

// Also of xlm-roberta and camembert, which are RoBERTa under other names.
void read_roberta_config(ConfigFields& fields, Architecture& a) {
    a.family = ModelFamily::roberta;
    read_encoder(fields, a, a.model_type == "roberta" ? 50265 : 30522);
    a.bos_token = fields.token("bos_token_id", 0, a.vocabulary);
    a.eos_token = fields.token("eos_token_id", 2, a.vocabulary);
    // Rows up to the padding token's belong to no token of a text.
    a.first_position = fields.whole("pad_token_id", 1, ConfigLimits::vocabulary) + 1;
    a.positions -= a.first_position;
    if (a.positions < 1)
        fields.refuse("max_position_embeddings", "leaves no position, because the first " +
                                                     std::to_string(a.first_position) + " rows belong to padding");
}

void read_distilbert_config(ConfigFields& fields, Architecture& a) {
    a.family = ModelFamily::distilbert;
    a.norm = NormKind::layer;
    a.gated_mlp = false;
    a.vocabulary = fields.count("vocab_size", 30522, ConfigLimits::vocabulary);
    a.width = fields.count("dim", 768, ConfigLimits::width);
    a.layers = fields.count("n_layers", 6, ConfigLimits::layers);
    a.heads = fields.count("n_heads", 12, ConfigLimits::heads);
    a.key_value_heads = a.heads;
    a.positions = fields.count("max_position_embeddings", 512, ConfigLimits::positions);
    a.mlp_width = fields.count("hidden_dim", 3072, ConfigLimits::mlp_width);
    a.norm_epsilon = 1e-12; // fixed in the definition
    a.activation = fields.activation("activation", "gelu");
    a.tied_embeddings = fields.flag("tie_word_embeddings", true);
    a.attention_bias = a.attention_out_bias = a.mlp_bias = a.head_bias = true;
    a.bos_token = fields.token("bos_token_id", std::nullopt, a.vocabulary);
    a.eos_token = fields.token("eos_token_id", std::nullopt, a.vocabulary);
    read_head_width(fields, a, "n_heads");
}

} // namespace isoloss
