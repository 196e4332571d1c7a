#pragma once

#include "engine/checkpoints/config_fields.h"
#include "engine/inference/architecture.h"

#include <string_view>

namespace isoloss {

// One reader of config.json per model type. Defaults are those of the type's configuration class in the transformers
// library; faults stay in `fields`; Architecture::model_type is set already.

void read_gpt2_config(ConfigFields& fields, Architecture& architecture);
void read_gpt_neox_config(ConfigFields& fields, Architecture& architecture);
void read_llama_config(ConfigFields& fields, Architecture& architecture);
void read_mistral_config(ConfigFields& fields, Architecture& architecture);
void read_qwen2_config(ConfigFields& fields, Architecture& architecture);
void read_qwen3_config(ConfigFields& fields, Architecture& architecture);
void read_olmo_config(ConfigFields& fields, Architecture& architecture);
void read_olmo2_config(ConfigFields& fields, Architecture& architecture);
void read_olmo3_config(ConfigFields& fields, Architecture& architecture);
/// "hf_olmo", the layout of the OLMo training code; also "olmo" in its first release.
void read_olmo_training_config(ConfigFields& fields, Architecture& architecture);
void read_gemma_config(ConfigFields& fields, Architecture& architecture);
void read_phi_config(ConfigFields& fields, Architecture& architecture);
void read_phi3_config(ConfigFields& fields, Architecture& architecture);
void read_stablelm_config(ConfigFields& fields, Architecture& architecture);
void read_starcoder2_config(ConfigFields& fields, Architecture& architecture);
void read_bert_config(ConfigFields& fields, Architecture& architecture);
void read_roberta_config(ConfigFields& fields, Architecture& architecture);
void read_distilbert_config(ConfigFields& fields, Architecture& architecture);
void read_vit_config(ConfigFields& fields, Architecture& architecture);
void read_torchscript_config(ConfigFields& fields, Architecture& architecture);

/// Base, rotated share of a head and scaling of rotary embeddings; after head width and positions. `base_key` and
/// `share_key` are where older configs keep the first two; newer ones keep all in rope_parameters.
void read_rotary(ConfigFields& fields, Architecture& architecture, double share,
                 std::string_view base_key = "rope_theta", std::string_view share_key = "partial_rotary_factor");

/// head_width and the divisibility of width, heads and key-value heads. `head_width_key` may be empty: it follows from
/// the others; else it may differ.
void read_head_width(ConfigFields& fields, Architecture& architecture, std::string_view heads_key,
                     std::string_view head_width_key = {}, std::int64_t head_width = 0);

} // namespace isoloss
