#include "engine/datasets/tokenizers/sentencepiece_file.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/datasets/tokenizers/sentencepiece_model.h"
#include "engine/datasets/tokenizers/tokenizer_files.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t largest_model = 64u << 20;

// Classes of transformers whose ids are not those of the model file, or that change the text before.
constexpr std::array<std::string_view, 8> renumbering{"XLMRoberta", "Camembert", "MBart",  "Nllb",
                                                      "Barthez",    "Pegasus",   "Albert", "XLNet"};

std::optional<std::int32_t> existing(std::int32_t id) {
    return id < 0 ? std::nullopt : std::optional(id);
}

// T5 has a hundred tokens <extra_id_0>, <extra_id_1>, … from the greatest id downwards, which older settings only
// count.
void add_extra_ids(const rapidjson::Document& config, std::vector<AddedToken>& tokens, std::int64_t size) {
    const std::int64_t count = json_int(config, "extra_ids").value_or(100);
    for (std::int64_t i = 0; i < std::min<std::int64_t>(count, 1000); ++i)
        tokens.push_back({"<extra_id_" + std::to_string(i) + ">", static_cast<std::int32_t>(size + count - 1 - i),
                          false, false, false, false, true});
}

Expected<Decoder> decoder() {
    ISOLOSS_TRY(const rapidjson::Document document, parse_json(R"({"type": "Sequence", "decoders": [
                               {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
                               {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]})",
                                                               "decoder"));
    return Decoder::from_json(document, "decoder");
}

} // namespace

Expected<TokenizerParts> read_sentencepiece_file(const fs::path& file) {
    const fs::path config_file = file.parent_path() / "tokenizer_config.json";
    ISOLOSS_TRY(const rapidjson::Document config, read_tokenizer_settings(config_file));
    const std::string_view type = json_string(config, "tokenizer_class").value_or("");
    if (std::any_of(renumbering.begin(), renumbering.end(),
                    [&](std::string_view name) { return type.starts_with(name); }))
        return fail(
            {ErrorKind::unsupported, path_text(file), "tokenizer_class " + json_quote(type),
             "has other ids than its SentencePiece model, which is all that the folder has",
             "Save the tokenizer as tokenizer.json: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"});
    const bool legacy = json_bool(config, "legacy").value_or(true);
    ISOLOSS_TRY(std::string bytes, read_text_file(file, largest_model));
    ISOLOSS_TRY(auto model,
                SentencePieceModel::open(std::move(bytes), legacy ? DummyPrefix::by_model : DummyPrefix::by_caller,
                                         path_text(file)));
    const bool is_t5 = type.starts_with("T5") || type.starts_with("MT5") || file.filename() == "spiece.model";
    TokenizerParts parts;
    parts.bos = existing(model->file().bos());
    parts.eos = existing(model->file().eos());
    ISOLOSS_TRY(parts.added, read_configured_tokens(config, config_file, model->vocabulary()));
    // Without settings the model's own control symbols are special, as in the classes of transformers.
    if (parts.added.empty())
        for (const auto& [piece, id] : model->vocabulary().entries())
            if (id == model->file().unknown() || model->file().is_control(id))
                parts.added.push_back({piece, id, false, false, false, false, true});
    if (is_t5 && json_member(config, "added_tokens_decoder") == nullptr)
        add_extra_ids(config, parts.added, model->vocabulary().size());
    if (!legacy) parts.pre_tokenizer = PreTokenizer({PreTokenizer::Metaspace{"▁", PreTokenizer::Prefix::first, false}});
    ISOLOSS_TRY(parts.decoder, decoder());
    parts.adds_bos = parts.bos.has_value() && !is_t5;
    parts.adds_eos = parts.eos.has_value() && is_t5;
    parts.model = std::move(model);
    return parts;
}

} // namespace isoloss
