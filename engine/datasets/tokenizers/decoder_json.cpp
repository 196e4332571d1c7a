#include "engine/base/json.h"
#include "engine/datasets/tokenizers/decoder.h"
#include "engine/datasets/tokenizers/known_parts.h"
#include "engine/datasets/tokenizers/vocabulary.h"

namespace isoloss {

namespace {

using Steps = std::vector<Decoder::Step>;

/// One value of the file; adds its steps.
struct Reading {
    const rapidjson::Value& value;
    std::string_view file;
    std::string key;
    Steps& steps;

    tl::unexpected<Error> refuse(ErrorKind kind, std::string_view member, std::string reason) const {
        return tokenizer_error(kind, file, key + "." + std::string(member), std::move(reason));
    }

    std::string text(std::string_view member, std::string_view missing) const {
        return std::string(json_string(value, member).value_or(missing));
    }
};

Expected<void> read(const Reading& reading);

Expected<void> read_sequence(const Reading& reading) {
    return read_part_list(reading, "decoders", read);
}

Expected<void> read_replace(const Reading& reading) {
    const auto* pattern = json_member(reading.value, "pattern");
    const auto text = pattern == nullptr ? std::nullopt : json_string(*pattern, "String");
    const auto regex = pattern == nullptr ? std::nullopt : json_string(*pattern, "Regex");
    const auto content = json_string(reading.value, "content");
    if (!text == !regex || !content)
        return reading.refuse(ErrorKind::damaged, "pattern", "needs a String or a Regex and a content");
    const std::string key = reading.key + ".pattern";
    ISOLOSS_TRY(SplitPattern compiled, text ? SplitPattern::literal(*text, reading.file, key)
                                            : SplitPattern::compile(*regex, reading.file, key));
    reading.steps.emplace_back(Decoder::Replace{std::move(compiled), std::string(*content)});
    return {};
}

Expected<void> read_strip(const Reading& reading) {
    const std::int64_t start = json_int(reading.value, "start").value_or(0);
    const std::int64_t stop = json_int(reading.value, "stop").value_or(0);
    const std::string character = reading.text("content", " ");
    if (character.empty()) return reading.refuse(ErrorKind::damaged, "content", "must be one character");
    reading.steps.emplace_back(Decoder::Strip{character, start, stop});
    return {};
}

Expected<void> read_metaspace(const Reading& reading) {
    const std::string mark = reading.text("replacement", "▁");
    if (mark.empty()) return reading.refuse(ErrorKind::damaged, "replacement", "must be one character");
    const bool prepends = reading.text("prepend_scheme", "always") != "never" &&
                          json_bool(reading.value, "add_prefix_space").value_or(true);
    reading.steps.emplace_back(Decoder::Metaspace{mark, prepends});
    return {};
}

Expected<void> read_word_piece(const Reading& reading) {
    reading.steps.emplace_back(
        Decoder::WordPiece{reading.text("prefix", "##"), json_bool(reading.value, "cleanup").value_or(true)});
    return {};
}

Expected<void> read_suffix(const Reading& reading) {
    const std::string suffix = reading.text("suffix", "</w>");
    if (suffix.empty()) return reading.refuse(ErrorKind::damaged, "suffix", "must not be empty");
    reading.steps.emplace_back(Decoder::Suffix{suffix});
    return {};
}

template <typename Step>
Expected<void> add(const Reading& reading) {
    reading.steps.emplace_back(Step());
    return {};
}

constexpr KnownParts<Reading, 9> known{{
    {"Sequence", read_sequence},
    {"ByteLevel", add<Decoder::ByteLevel>},
    {"ByteFallback", add<Decoder::ByteFallback>},
    {"Fuse", add<Decoder::Fuse>},
    {"Replace", read_replace},
    {"Strip", read_strip},
    {"Metaspace", read_metaspace},
    {"WordPiece", read_word_piece},
    {"BPEDecoder", read_suffix},
}};

Expected<void> read(const Reading& reading) {
    return read_known_part(reading, known, "decoder");
}

} // namespace

Expected<Decoder> Decoder::from_json(const rapidjson::Value& value, std::string_view file) {
    if (value.IsNull()) return Decoder();
    Steps steps;
    ISOLOSS_TRY_VOID(read({value, file, "decoder", steps}));
    return Decoder(std::move(steps));
}

} // namespace isoloss
