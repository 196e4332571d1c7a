#include "engine/datasets/tokenizers/pre_tokenizer.h"

#include "engine/datasets/tokenizers/byte_spelling.h"

#include <algorithm>

namespace isoloss {

namespace {

using Behavior = PreTokenizer::Behavior;
using Prefix = PreTokenizer::Prefix;

std::uint32_t end_of(const AlignedText& text) {
    return static_cast<std::uint32_t>(text.text().size());
}

/// Collects the parts of one word: what matches and what lies between.
class Parts {
public:
    Parts(const PreTokenizer::Split& step, std::vector<TextRange>& ranges) : step_(step), ranges_(ranges) {}

    void begin_word(std::uint32_t begin) {
        at_ = begin;
        previous_is_match_ = false;
        first_ = ranges_.size();
    }

    void match(TextRange range) {
        if (at_ < range.first) put({at_, range.first}, step_.invert);
        put(range, !step_.invert);
        at_ = range.second;
    }

    void end_word(std::uint32_t end) {
        if (at_ < end) put({at_, end}, step_.invert);
    }

private:
    void put(TextRange range, bool is_match) {
        if (step_.behavior == Behavior::removed && is_match) return;
        if (ranges_.size() > first_ && joins(is_match))
            ranges_.back().second = range.second;
        else
            ranges_.push_back(range);
        previous_is_match_ = is_match;
    }

    bool joins(bool is_match) const {
        switch (step_.behavior) {
        case Behavior::contiguous:
            return is_match == previous_is_match_;
        case Behavior::merged_with_previous:
            return is_match && !previous_is_match_;
        case Behavior::merged_with_next:
            return !is_match && previous_is_match_;
        case Behavior::removed:
        case Behavior::isolated:
            break;
        }
        return false;
    }

    const PreTokenizer::Split& step_;
    std::vector<TextRange>& ranges_;
    std::uint32_t at_ = 0;
    bool previous_is_match_ = false;
    std::size_t first_ = 0; ///< range of the word
};

Expected<void> split(Words& words, const PreTokenizer::Split& step, TimeLimit& limit) {
    std::vector<TextRange> result, matches;
    Parts parts(step, result);
    for (const TextRange& word : words.ranges) {
        matches.clear();
        ISOLOSS_TRY_VOID(step.pattern.find_all(words.text.text(), word, limit, matches));
        parts.begin_word(word.first);
        for (const TextRange& match : matches)
            parts.match(match);
        parts.end_word(word.second);
    }
    std::erase_if(result, [](const TextRange& range) { return range.first == range.second; });
    words.ranges = std::move(result);
    return {};
}

void put_before(Words& words, const PreTokenizer::PutBefore& step) {
    const std::string_view text = words.text.text();
    const auto begins_so = [&](const TextRange& word) {
        return text.substr(word.first, word.second - word.first).starts_with(step.text);
    };
    if (std::all_of(words.ranges.begin(), words.ranges.end(), begins_so)) return;
    Words result;
    for (const TextRange& word : words.ranges) {
        const std::uint32_t from = end_of(result.text);
        const std::uint32_t origin = words.text.origin(word.first);
        if (!begins_so(word)) result.text.append(step.text, origin, origin);
        result.text.append(words.text, word.first, word.second);
        result.ranges.emplace_back(from, end_of(result.text));
    }
    words = std::move(result);
}

void mark_spaces(Words& words, const PreTokenizer::Metaspace& step, bool is_first) {
    const std::string_view text = words.text.text();
    Words result;
    for (const auto& [begin, end] : words.ranges) {
        std::uint32_t from = end_of(result.text);
        const bool wanted = step.prefix == Prefix::always || (step.prefix == Prefix::first && is_first && begin == 0);
        const bool has_mark = text[begin] == ' ' || text.substr(begin, end - begin).starts_with(step.mark);
        const std::uint32_t origin = words.text.origin(begin);
        if (wanted && !has_mark) result.text.append(step.mark, origin, origin);
        for (std::size_t at = begin; at < end;) {
            const bool is_space = text[at] == ' ';
            const bool is_mark = is_space || text.substr(at, end - at).starts_with(step.mark);
            if (step.split && is_mark && end_of(result.text) > from) {
                result.ranges.emplace_back(from, end_of(result.text));
                from = end_of(result.text);
            }
            if (is_space) {
                result.text.append(step.mark, words.text.origin(at), words.text.origin(at + 1));
                ++at;
                continue;
            }
            std::size_t next = at + (is_mark ? step.mark.size() : 1);
            while (next < end && text[next] != ' ' && !text.substr(next, end - next).starts_with(step.mark))
                ++next;
            result.text.append(words.text, at, next);
            at = next;
        }
        result.ranges.emplace_back(from, end_of(result.text));
    }
    words = std::move(result);
}

void spell_bytes(Words& words) {
    Words result;
    for (const TextRange& word : words.ranges) {
        const std::uint32_t from = end_of(result.text);
        const AlignedText spelling = spelled(words.text.slice(word.first, word.second));
        result.text.append(spelling, 0, spelling.text().size());
        result.ranges.emplace_back(from, end_of(result.text));
    }
    words = std::move(result);
}

} // namespace

Expected<Words> PreTokenizer::apply(AlignedText text, bool is_first, TimeLimit& limit) const {
    Words words;
    if (!text.text().empty()) words.ranges.emplace_back(0u, end_of(text));
    words.text = std::move(text);
    for (const Step& step : steps_) {
        if (const auto* splits = std::get_if<Split>(&step))
            ISOLOSS_TRY_VOID(split(words, *splits, limit));
        else if (const auto* prefix = std::get_if<PutBefore>(&step))
            put_before(words, *prefix);
        else if (const auto* metaspace = std::get_if<Metaspace>(&step))
            mark_spaces(words, *metaspace, is_first);
        else
            spell_bytes(words);
    }
    return words;
}

bool PreTokenizer::cuts_before_words() const {
    for (const Step& step : steps_) {
        // What comes after the first split sees its words alone.
        if (const auto* splits = std::get_if<Split>(&step)) return splits->pattern.cuts_before_words();
        const auto* prefix = std::get_if<PutBefore>(&step);
        if (prefix == nullptr || prefix->text != " ") return false;
    }
    return false;
}

bool PreTokenizer::spells_bytes() const {
    return std::any_of(steps_.begin(), steps_.end(),
                       [](const Step& step) { return std::holds_alternative<SpellBytes>(step); });
}

bool PreTokenizer::drop_last_spelling() {
    const bool is_last = !steps_.empty() && std::holds_alternative<SpellBytes>(steps_.back());
    if (is_last) steps_.pop_back();
    return is_last;
}

} // namespace isoloss
