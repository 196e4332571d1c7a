#include "engine/checkpoints/model_configs.h"

#include <cmath>

namespace isoloss {

namespace {

void read_llama3(ConfigFields& rope, RotaryScaling& scaling) {
    scaling.low_frequency_factor = rope.positive("low_freq_factor", scaling.low_frequency_factor);
    scaling.high_frequency_factor = rope.positive("high_freq_factor", scaling.high_frequency_factor);
    scaling.original_positions =
        rope.count("original_max_position_embeddings", scaling.original_positions, ConfigLimits::positions);
    if (scaling.low_frequency_factor >= scaling.high_frequency_factor)
        rope.refuse("low_freq_factor", "must be smaller than high_freq_factor");
}

// YaRN (Peng et al. 2023); DeepSeek's two magnitudes are a ratio.
double yarn_magnitude(double factor, double weight) {
    return factor > 1 ? .1 * weight * std::log(factor) + 1 : 1;
}

void read_yarn(ConfigFields& rope, RotaryScaling& scaling, std::int64_t positions) {
    scaling.original_positions = rope.count("original_max_position_embeddings", positions, ConfigLimits::positions);
    scaling.fast_turns = rope.positive("beta_fast", scaling.fast_turns);
    scaling.slow_turns = rope.positive("beta_slow", scaling.slow_turns);
    scaling.whole_pairs = rope.flag("truncate", true);
    const bool ratio = rope.has("mscale") && rope.has("mscale_all_dim");
    scaling.magnitude = ratio ? yarn_magnitude(scaling.factor, rope.positive("mscale", 1)) /
                                    yarn_magnitude(scaling.factor, rope.positive("mscale_all_dim", 1))
                              : yarn_magnitude(scaling.factor, 1);
    scaling.magnitude = rope.positive("attention_factor", scaling.magnitude);
}

} // namespace

void read_rotary(ConfigFields& fields, Architecture& a, double share, std::string_view base_key,
                 std::string_view share_key) {
    a.rotary_base = fields.positive(base_key, 10000);
    share = fields.positive(share_key, share);
    for (const std::string_view key : {"rope_scaling", "rope_parameters"}) {
        const auto* value = fields.find(key);
        if (value == nullptr) continue;
        if (!value->IsObject()) return fields.refuse(key, "must be an object");
        ConfigFields rope(*value, fields.file());
        a.rotary_base = rope.positive("rope_theta", a.rotary_base);
        share = rope.positive("partial_rotary_factor", share);
        const std::string_view kind = rope.text("rope_type", rope.text("type", "default"));
        using Kind = RotaryScaling::Kind;
        RotaryScaling scaling;
        if (kind == "linear") scaling.kind = Kind::linear;
        if (kind == "llama3") scaling.kind = Kind::llama3;
        if (kind == "yarn") scaling.kind = Kind::yarn;
        // Dynamic scaling begins where a sequence is longer than the model's positions, which no sequence here is.
        const bool unscaled = kind == "default" || kind == "dynamic";
        if (scaling.kind == Kind::none && !unscaled)
            fields.unsupported(key, "unknown rope type " + json_quote(kind) +
                                        "; known are default, linear, dynamic, llama3, yarn");
        if (scaling.kind != Kind::none) {
            scaling.factor = rope.positive("factor", 0);
            if (scaling.factor == 0) rope.refuse("factor", "is missing");
        }
        if (scaling.kind == Kind::llama3) read_llama3(rope, scaling);
        if (scaling.kind == Kind::yarn && scaling.factor > 0) read_yarn(rope, scaling, a.positions);
        fields.refuse_inside(key, rope);
        if (scaling.kind != Kind::none) a.rotary_scaling = scaling;
    }
    if (share > 1) fields.refuse(share_key, "is more than the whole head");
    a.rotary_width = static_cast<std::int64_t>(static_cast<double>(a.head_width) * share);
    if (a.rotary_width < 2 || a.rotary_width % 2 != 0)
        fields.refuse("head_dim", "rotary embeddings need an even head width, not " + std::to_string(a.rotary_width));
}

void read_head_width(ConfigFields& fields, Architecture& a, std::string_view heads_key, std::string_view head_width_key,
                     std::int64_t head_width) {
    const bool own = !head_width_key.empty() && (fields.has(head_width_key) || head_width > 0);
    if (!own && a.width % a.heads != 0)
        fields.refuse(heads_key, std::to_string(a.heads) + " heads do not divide the width " + std::to_string(a.width));
    a.head_width = own ? fields.count(head_width_key, head_width, ConfigLimits::width) : a.width / a.heads;
    if (a.heads % a.key_value_heads != 0)
        fields.refuse("num_key_value_heads", std::to_string(a.key_value_heads) + " key-value heads do not divide the " +
                                                 std::to_string(a.heads) + " heads");
}

} // namespace isoloss
