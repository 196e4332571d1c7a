#include "engine/base/base64.h"
#include "engine/base/json.h"
#include "engine/datasets/tokenizers/known_parts.h"
#include "engine/datasets/tokenizers/normalizer.h"
#include "engine/datasets/tokenizers/vocabulary.h"

namespace isoloss {

namespace {

using Steps = std::vector<Normalizer::Step>;

/// One value of the file; adds its steps.
struct Reading {
    const rapidjson::Value& value;
    std::string_view file;
    std::string key;
    Steps& steps;

    tl::unexpected<Error> refuse(ErrorKind kind, std::string_view member, std::string reason) const {
        return tokenizer_error(kind, file, key + "." + std::string(member), std::move(reason));
    }

    bool flag(std::string_view member, bool missing) const { return json_bool(value, member).value_or(missing); }
};

Expected<void> read(const Reading& reading);

Expected<void> read_sequence(const Reading& reading) {
    return read_part_list(reading, "normalizers", read);
}

Expected<void> read_bert(const Reading& reading) {
    const bool lowercase = reading.flag("lowercase", true);
    reading.steps.emplace_back(Normalizer::Bert{reading.flag("clean_text", true),
                                                reading.flag("handle_chinese_chars", true),
                                                reading.flag("strip_accents", lowercase), lowercase});
    return {};
}

Expected<void> read_prepend(const Reading& reading) {
    const auto text = json_string(reading.value, "prepend");
    if (!text) return reading.refuse(ErrorKind::damaged, "prepend", "must be a string");
    reading.steps.emplace_back(Normalizer::Prepend{std::string(*text)});
    return {};
}

Expected<void> read_replace(const Reading& reading) {
    const auto* pattern = json_member(reading.value, "pattern");
    const auto text = pattern == nullptr ? std::nullopt : json_string(*pattern, "String");
    const auto regex = pattern == nullptr ? std::nullopt : json_string(*pattern, "Regex");
    const auto content = json_string(reading.value, "content");
    if (!text == !regex) return reading.refuse(ErrorKind::damaged, "pattern", "has neither Regex nor String");
    if (text && text->empty()) return reading.refuse(ErrorKind::unsupported, "pattern", "an empty text is replaced");
    if (!content) return reading.refuse(ErrorKind::damaged, "content", "must be a string");
    if (text) {
        reading.steps.emplace_back(Normalizer::ReplaceText{std::string(*text), std::string(*content)});
        return {};
    }
    ISOLOSS_TRY(SplitPattern compiled, SplitPattern::compile(*regex, reading.file, reading.key + ".pattern.Regex"));
    reading.steps.emplace_back(Normalizer::ReplaceMatches{std::move(compiled), std::string(*content)});
    return {};
}

Expected<void> read_precompiled(const Reading& reading) {
    constexpr std::string_view member = "precompiled_charsmap";
    const auto text = json_string(reading.value, member);
    if (!text || text->empty()) return {}; // a model without rules
    const auto bytes = base64_bytes(*text);
    if (!bytes) return reading.refuse(ErrorKind::damaged, member, "is not base64");
    auto map = PrecompiledCharsmap::parse(*bytes);
    if (!map) return reading.refuse(ErrorKind::damaged, member, map.error());
    reading.steps.emplace_back(std::move(*map));
    return {};
}

template <typename Step, Step... step>
Expected<void> add(const Reading& reading) {
    reading.steps.emplace_back(Step(step...));
    return {};
}

constexpr KnownParts<Reading, 14> known{{
    {"Sequence", read_sequence},
    {"NFC", add<UnicodeForm, UnicodeForm::nfc>},
    {"NFD", add<UnicodeForm, UnicodeForm::nfd>},
    {"NFKC", add<UnicodeForm, UnicodeForm::nfkc>},
    {"NFKD", add<UnicodeForm, UnicodeForm::nfkd>},
    {"Lowercase", add<Normalizer::Lowercase>},
    {"StripAccents", add<Normalizer::StripAccents>},
    {"Strip",
     [](const Reading& reading) -> Expected<void> {
         reading.steps.emplace_back(
             Normalizer::Strip{reading.flag("strip_left", true), reading.flag("strip_right", true)});
         return {};
     }},
    {"Prepend", read_prepend},
    {"Replace", read_replace},
    {"BertNormalizer", read_bert},
    {"Precompiled", read_precompiled},
    {"Nmt", add<Normalizer::Nmt>},
    {"ByteLevel", add<Normalizer::SpellBytes>},
}};

Expected<void> read(const Reading& reading) {
    return read_known_part(reading, known, "normalizer");
}

} // namespace

Expected<Normalizer> Normalizer::from_json(const rapidjson::Value& value, std::string_view file) {
    Steps steps;
    ISOLOSS_TRY_VOID(read({value, file, "normalizer", steps}));
    return Normalizer(std::move(steps));
}

} // namespace isoloss
