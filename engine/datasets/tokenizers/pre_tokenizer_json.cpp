#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/known_parts.h"
#include "engine/datasets/tokenizers/pre_tokenizer.h"
#include "engine/datasets/tokenizers/vocabulary.h"

#include <array>

namespace isoloss {

namespace {

using Steps = std::vector<PreTokenizer::Step>;
using Behavior = PreTokenizer::Behavior;
using Prefix = PreTokenizer::Prefix;

constexpr std::string_view gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
// ASCII's punctuation has symbols among it that Unicode counts as such.
constexpr std::string_view punctuation_pattern = R"([\p{P}!-/:-@\[-`{-~])";
constexpr std::string_view space_pattern = R"(\s)";
// The words of the regular expressions of Rust, which are not those of Oniguruma.
constexpr std::string_view words_pattern = R"([\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|)"
                                           R"([^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\s]+)";

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

    Expected<void> add_split(std::string_view pattern, std::string_view member, Behavior behavior,
                             bool invert = false) const {
        ISOLOSS_TRY(SplitPattern compiled, SplitPattern::compile(pattern, file, key + std::string(member)));
        steps.emplace_back(PreTokenizer::Split{std::move(compiled), behavior, invert});
        return {};
    }

    Expected<void> add_literal(std::string_view text, std::string_view member, Behavior behavior,
                               bool invert = false) const {
        ISOLOSS_TRY(SplitPattern compiled, SplitPattern::literal(text, file, key + std::string(member)));
        steps.emplace_back(PreTokenizer::Split{std::move(compiled), behavior, invert});
        return {};
    }
};

Expected<void> read(const Reading& reading);

Expected<void> read_sequence(const Reading& reading) {
    return read_part_list(reading, "pretokenizers", read);
}

Expected<void> add_byte_level(const Reading& reading, bool add_prefix_space, bool use_regex) {
    if (add_prefix_space) reading.steps.emplace_back(PreTokenizer::PutBefore{" "});
    if (use_regex) ISOLOSS_TRY_VOID(reading.add_split(gpt2_pattern, "", Behavior::isolated));
    reading.steps.emplace_back(PreTokenizer::SpellBytes{});
    return {};
}

Expected<void> read_byte_level(const Reading& reading) {
    return add_byte_level(reading, reading.flag("add_prefix_space", true), reading.flag("use_regex", true));
}

Expected<Behavior> read_behavior(const Reading& reading, std::string_view missing) {
    constexpr std::array<std::pair<std::string_view, Behavior>, 5> behaviors{
        {{"Removed", Behavior::removed},
         {"Isolated", Behavior::isolated},
         {"MergedWithPrevious", Behavior::merged_with_previous},
         {"MergedWithNext", Behavior::merged_with_next},
         {"Contiguous", Behavior::contiguous}}};
    const std::string_view name = json_string(reading.value, "behavior").value_or(missing);
    for (const auto& [known, meaning] : behaviors)
        if (name == known) return meaning;
    return reading.refuse(ErrorKind::unsupported, "behavior",
                          "unknown behavior " + json_quote(name) +
                              "; known are Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous");
}

Expected<void> read_split(const Reading& reading) {
    ISOLOSS_TRY(const Behavior behavior, read_behavior(reading, ""));
    const auto* pattern = json_member(reading.value, "pattern");
    if (pattern == nullptr) return reading.refuse(ErrorKind::damaged, "pattern", "is missing");
    const bool invert = reading.flag("invert", false);
    if (const auto regex = json_string(*pattern, "Regex"))
        return reading.add_split(*regex, ".pattern.Regex", behavior, invert);
    if (const auto text = json_string(*pattern, "String"))
        return reading.add_literal(*text, ".pattern.String", behavior, invert);
    return reading.refuse(ErrorKind::damaged, "pattern", "has neither Regex nor String");
}

Expected<void> read_metaspace(const Reading& reading) {
    const std::string_view mark = json_string(reading.value, "replacement").value_or("▁");
    if (code_point_count(mark) != 1) return reading.refuse(ErrorKind::damaged, "replacement", "must be one character");
    const auto scheme = json_string(reading.value, "prepend_scheme");
    Prefix prefix = Prefix::always;
    if (scheme == "first")
        prefix = Prefix::first;
    else if (scheme == "never")
        prefix = Prefix::never;
    else if (scheme && scheme != "always")
        return reading.refuse(ErrorKind::unsupported, "prepend_scheme",
                              "unknown scheme " + json_quote(*scheme) + "; known are always, first, never");
    if (!reading.flag("add_prefix_space", true)) prefix = Prefix::never; // of files before the schemes
    reading.steps.emplace_back(PreTokenizer::Metaspace{std::string(mark), prefix, reading.flag("split", true)});
    return {};
}

Expected<void> read_digits(const Reading& reading) {
    return reading.add_split(R"(\p{N})", "",
                             reading.flag("individual_digits", false) ? Behavior::isolated : Behavior::contiguous);
}

Expected<void> read_punctuation(const Reading& reading) {
    ISOLOSS_TRY(const Behavior behavior, read_behavior(reading, "Isolated"));
    return reading.add_split(punctuation_pattern, "", behavior);
}

Expected<void> read_whitespace(const Reading& reading) {
    return reading.add_split(words_pattern, "", Behavior::removed, true);
}

Expected<void> read_whitespace_split(const Reading& reading) {
    return reading.add_split(space_pattern, "", Behavior::removed);
}

Expected<void> read_delimiter(const Reading& reading) {
    const auto delimiter = json_string(reading.value, "delimiter");
    if (!delimiter || code_point_count(*delimiter) != 1)
        return reading.refuse(ErrorKind::damaged, "delimiter", "must be one character");
    return reading.add_literal(*delimiter, ".delimiter", Behavior::removed);
}

Expected<void> read_bert(const Reading& reading) {
    ISOLOSS_TRY_VOID(reading.add_split(space_pattern, "", Behavior::removed));
    return reading.add_split(punctuation_pattern, "", Behavior::isolated);
}

constexpr KnownParts<Reading, 10> known{{
    {"Sequence", read_sequence},
    {"ByteLevel", read_byte_level},
    {"Split", read_split},
    {"Metaspace", read_metaspace},
    {"Digits", read_digits},
    {"Punctuation", read_punctuation},
    {"Whitespace", read_whitespace},
    {"WhitespaceSplit", read_whitespace_split},
    {"CharDelimiterSplit", read_delimiter},
    {"BertPreTokenizer", read_bert},
}};

Expected<void> read(const Reading& reading) {
    return read_known_part(reading, known, "pre-tokenizer");
}

} // namespace

Expected<PreTokenizer> PreTokenizer::from_json(const rapidjson::Value& value, std::string_view file) {
    Steps steps;
    ISOLOSS_TRY_VOID(read({value, file, "pre_tokenizer", steps}));
    return PreTokenizer(std::move(steps));
}

Expected<PreTokenizer> PreTokenizer::gpt2(bool add_prefix_space, std::string_view file) {
    Steps steps;
    ISOLOSS_TRY_VOID(add_byte_level({rapidjson::Value(), file, "pre_tokenizer", steps}, add_prefix_space, true));
    return PreTokenizer(std::move(steps));
}

Expected<PreTokenizer> PreTokenizer::bert(std::string_view file) {
    Steps steps;
    ISOLOSS_TRY_VOID(read_bert({rapidjson::Value(), file, "pre_tokenizer", steps}));
    return PreTokenizer(std::move(steps));
}

} // namespace isoloss
