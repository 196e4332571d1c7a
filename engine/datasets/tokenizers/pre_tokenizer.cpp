#include "engine/datasets/tokenizers/pre_tokenizer.h"

#include "engine/base/json.h"

#include <array>
#include <optional>

namespace isoloss {

namespace {

constexpr std::string_view gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

tl::unexpected<Error> refuse(ErrorKind kind, std::string_view file, const std::string& key, std::string reason) {
    return fail({kind, std::string(file), "key " + key, std::move(reason),
                 "Scores can be imported; measuring needs a tokenizer of a known form"});
}

} // namespace

Expected<PreTokenizer> PreTokenizer::from_json(const rapidjson::Value& value, std::string_view file) {
    PreTokenizer pre_tokenizer;
    ISOLOSS_TRY_VOID(pre_tokenizer.add(value, file, "pre_tokenizer"));
    return pre_tokenizer;
}

Expected<PreTokenizer> PreTokenizer::gpt2(bool add_prefix_space, std::string_view file) {
    PreTokenizer pre_tokenizer;
    ISOLOSS_TRY_VOID(pre_tokenizer.add_byte_level(add_prefix_space, true, file, "pre_tokenizer"));
    return pre_tokenizer;
}

Expected<void> PreTokenizer::add(const rapidjson::Value& value, std::string_view file, const std::string& key) {
    if (value.IsNull()) return {};
    const auto type = json_string(value, "type");
    if (!type) return refuse(ErrorKind::damaged, file, key + ".type", "is missing");
    if (byte_level_) return refuse(ErrorKind::unsupported, file, key, "nothing can follow a ByteLevel pre-tokenizer");
    if (*type == "Sequence") {
        const auto* list = json_member(value, "pretokenizers");
        if (list == nullptr || !list->IsArray())
            return refuse(ErrorKind::damaged, file, key + ".pretokenizers", "must be a list");
        for (rapidjson::SizeType i = 0; i < list->Size(); ++i)
            ISOLOSS_TRY_VOID(add((*list)[i], file, key + ".pretokenizers[" + std::to_string(i) + "]"));
        return {};
    }
    if (*type == "ByteLevel")
        return add_byte_level(json_bool(value, "add_prefix_space").value_or(true),
                              json_bool(value, "use_regex").value_or(true), file, key);
    if (*type == "Split") return add_split(value, file, key);
    if (*type == "Metaspace") return add_metaspace(value, file, key);
    if (*type == "Digits") {
        ISOLOSS_TRY(SplitPattern pattern, SplitPattern::compile(R"(\p{N})", file, key));
        const bool single = json_bool(value, "individual_digits").value_or(false);
        steps_.emplace_back(Split{std::move(pattern), single ? Behavior::isolated : Behavior::contiguous, false});
        return {};
    }
    return refuse(ErrorKind::unsupported, file, key + ".type",
                  "unknown pre-tokenizer " + json_quote(*type) +
                      "; known are Sequence, ByteLevel, Split, Digits, Metaspace");
}

Expected<void> PreTokenizer::add_byte_level(bool add_prefix_space, bool use_regex, std::string_view file,
                                            const std::string& key) {
    byte_level_ = true;
    if (add_prefix_space) steps_.emplace_back(PutBefore{" ", Prefix::always});
    if (!use_regex) return {};
    ISOLOSS_TRY(SplitPattern pattern, SplitPattern::compile(gpt2_pattern, file, key));
    steps_.emplace_back(Split{std::move(pattern), Behavior::isolated, false});
    return {};
}

Expected<void> PreTokenizer::add_split(const rapidjson::Value& value, std::string_view file, const std::string& key) {
    constexpr std::array<std::pair<std::string_view, Behavior>, 5> behaviors{
        {{"Removed", Behavior::removed},
         {"Isolated", Behavior::isolated},
         {"MergedWithPrevious", Behavior::merged_with_previous},
         {"MergedWithNext", Behavior::merged_with_next},
         {"Contiguous", Behavior::contiguous}}};
    const auto name = json_string(value, "behavior");
    std::optional<Behavior> behavior;
    for (const auto& [known, meaning] : behaviors)
        if (name == known) behavior = meaning;
    if (!behavior)
        return refuse(ErrorKind::unsupported, file, key + ".behavior",
                      "unknown behavior " + json_quote(name.value_or("")) +
                          "; known are Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous");
    const auto* pattern = json_member(value, "pattern");
    if (pattern == nullptr) return refuse(ErrorKind::damaged, file, key + ".pattern", "is missing");
    const bool invert = json_bool(value, "invert").value_or(false);
    if (const auto regex = json_string(*pattern, "Regex")) {
        ISOLOSS_TRY(SplitPattern compiled, SplitPattern::compile(*regex, file, key + ".pattern.Regex"));
        steps_.emplace_back(Split{std::move(compiled), *behavior, invert});
        return {};
    }
    const auto text = json_string(*pattern, "String");
    if (!text) return refuse(ErrorKind::damaged, file, key + ".pattern", "has neither Regex nor String");
    ISOLOSS_TRY(SplitPattern compiled, SplitPattern::literal(*text, file, key + ".pattern.String"));
    steps_.emplace_back(Split{std::move(compiled), *behavior, invert});
    return {};
}

Expected<void> PreTokenizer::add_metaspace(const rapidjson::Value& value, std::string_view file,
                                           const std::string& key) {
    const std::string replacement(json_string(value, "replacement").value_or("▁"));
    const auto scheme = json_string(value, "prepend_scheme");
    Prefix prefix = json_bool(value, "add_prefix_space").value_or(true) ? Prefix::always : Prefix::never;
    if (scheme == "always")
        prefix = Prefix::always;
    else if (scheme == "first")
        prefix = Prefix::first;
    else if (scheme == "never")
        prefix = Prefix::never;
    else if (scheme)
        return refuse(ErrorKind::unsupported, file, key + ".prepend_scheme",
                      "unknown scheme " + json_quote(*scheme) + "; known are always, first, never");
    steps_.emplace_back(ReplaceSpace{replacement});
    if (prefix != Prefix::never) steps_.emplace_back(PutBefore{replacement, prefix});
    if (!json_bool(value, "split").value_or(true)) return {};
    ISOLOSS_TRY(SplitPattern pattern, SplitPattern::literal(replacement, file, key + ".replacement"));
    steps_.emplace_back(Split{std::move(pattern), Behavior::merged_with_next, false});
    return {};
}

Expected<void> PreTokenizer::split(Words& words, const Split& step, Deadline deadline) {
    std::vector<TextRange> result, matches;
    for (const TextRange& word : words.ranges) {
        matches.clear();
        ISOLOSS_TRY_VOID(step.pattern.find_all(words.text.text(), word, deadline, matches));
        matches.emplace_back(word.second, word.second); // what is left after the last match
        std::uint32_t at = word.first;
        std::optional<bool> previous_is_match; // of the part just before, within this word
        bool extend_next = false;
        const auto part = [&](TextRange range, bool is_match) {
            if (range.first == range.second) return;
            is_match = is_match != step.invert;
            const bool joins = step.behavior == Behavior::contiguous ? previous_is_match == is_match
                               : step.behavior == Behavior::merged_with_previous
                                   ? is_match && previous_is_match == false
                                   : extend_next && !is_match;
            if (!(step.behavior == Behavior::removed && is_match)) {
                if (joins)
                    result.back().second = range.second;
                else
                    result.push_back(range);
            }
            extend_next = step.behavior == Behavior::merged_with_next && is_match;
            previous_is_match = is_match;
        };
        for (const TextRange& match : matches) {
            part({at, match.first}, false);
            part(match, true);
            at = match.second;
        }
    }
    words.ranges = std::move(result);
    return {};
}

void PreTokenizer::put_before(Words& words, const PutBefore& step, bool is_first) {
    const std::string_view text = words.text.text();
    Words result;
    bool changed = false, first = is_first;
    for (const auto& [begin, end] : words.ranges) {
        const auto from = static_cast<std::uint32_t>(result.text.text().size());
        const bool wanted = step.when == Prefix::always || first;
        first = false;
        if (wanted && !text.substr(begin, end - begin).starts_with(step.text)) {
            changed = true;
            result.text.append(step.text, words.text.origin(begin), words.text.origin(begin));
        }
        result.text.append(words.text, begin, end);
        result.ranges.emplace_back(from, static_cast<std::uint32_t>(result.text.text().size()));
    }
    if (changed) words = std::move(result);
}

void PreTokenizer::replace_space(Words& words, const ReplaceSpace& step) {
    const std::string_view text = words.text.text();
    Words result;
    for (const auto& [begin, end] : words.ranges) {
        const auto from = static_cast<std::uint32_t>(result.text.text().size());
        std::size_t same = begin;
        for (std::size_t at = text.find(' ', begin); at < end; at = text.find(' ', same)) {
            result.text.append(words.text, same, at);
            result.text.append(step.content, words.text.origin(at), words.text.origin(at + 1));
            same = at + 1;
        }
        result.text.append(words.text, same, end);
        result.ranges.emplace_back(from, static_cast<std::uint32_t>(result.text.text().size()));
    }
    words = std::move(result);
}

Expected<Words> PreTokenizer::apply(AlignedText text, bool is_first, Deadline deadline) const {
    Words words;
    if (!text.text().empty()) words.ranges.emplace_back(0u, static_cast<std::uint32_t>(text.text().size()));
    words.text = std::move(text);
    for (const auto& step : steps_) {
        if (const auto* splits = std::get_if<Split>(&step))
            ISOLOSS_TRY_VOID(split(words, *splits, deadline));
        else if (const auto* prefix = std::get_if<PutBefore>(&step))
            put_before(words, *prefix, is_first);
        else if (const auto* replacement = std::get_if<ReplaceSpace>(&step))
            replace_space(words, *replacement);
    }
    return words;
}

std::string PreTokenizer::prepended() const {
    for (const auto& step : steps_)
        if (const auto* prefix = std::get_if<PutBefore>(&step)) return prefix->text;
    return {};
}

} // namespace isoloss
