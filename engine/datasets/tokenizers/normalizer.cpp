#include "engine/datasets/tokenizers/normalizer.h"

#include "engine/datasets/tokenizers/byte_spelling.h"
#include "engine/datasets/tokenizers/character_changes.h"

#include <algorithm>

namespace isoloss {

namespace {

using Change = std::optional<std::string>;

AlignedText lower_case(AlignedText text) {
    return change_characters(std::move(text), [](std::uint32_t c) -> Change {
        if (c < 0x80) return c >= 'A' && c <= 'Z' ? Change(std::string(1, static_cast<char>(c | 0x20))) : std::nullopt;
        std::string lower, same;
        append_lower_case(lower, c);
        append_utf8(same, c);
        return lower == same ? std::nullopt : Change(std::move(lower));
    });
}

template <typename Which>
AlignedText without(AlignedText text, const Which& which) {
    return change_characters(std::move(text),
                             [&](std::uint32_t c) { return which(c) ? Change(std::string()) : std::nullopt; });
}

bool is_ideograph(std::uint32_t c) { // the blocks that BERT's tokenizer names
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x20000 && c <= 0x2a6df) ||
           (c >= 0x2a700 && c <= 0x2b73f) || (c >= 0x2b740 && c <= 0x2b81f) || (c >= 0x2b920 && c <= 0x2ceaf) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x2f800 && c <= 0x2fa1f);
}

AlignedText cleaned(AlignedText text) {
    return change_characters(std::move(text), [](std::uint32_t c) -> Change {
        if (c >= 0x20 && c < 0x7f) return std::nullopt;
        if (c == '\t' || c == '\n' || c == '\r') return " ";
        if (c == 0 || c == 0xfffd || is_control(c)) return "";
        return is_white_space(c) ? Change(" ") : std::nullopt;
    });
}

AlignedText spaced_ideographs(AlignedText text) {
    return change_characters(std::move(text), [](std::uint32_t c) -> Change {
        if (!is_ideograph(c)) return std::nullopt;
        std::string spaced(" ");
        append_utf8(spaced, c);
        return spaced + " ";
    });
}

AlignedText nmt(AlignedText text) {
    return change_characters(std::move(text), [](std::uint32_t c) -> Change {
        if ((c >= 0x01 && c <= 0x08) || c == 0x0b || (c >= 0x0e && c <= 0x1f) || c == 0x7f || c == 0x8f || c == 0x9f)
            return "";
        const bool space = c == 0x09 || c == 0x0a || c == 0x0c || c == 0x0d || c == 0x1680 ||
                           (c >= 0x200b && c <= 0x200f) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xfeff ||
                           c == 0xfffd;
        return space ? Change(" ") : std::nullopt;
    });
}

AlignedText stripped(const AlignedText& text, const Normalizer::Strip& step) {
    const std::string_view view = text.text();
    std::size_t begin = 0, end = view.size();
    while (step.left && begin < end && is_white_space(code_point_at(view, begin).value))
        begin += code_point_at(view, begin).length;
    while (step.right && end > begin) {
        std::size_t last = end - 1;
        while (last > begin && (static_cast<unsigned char>(view[last]) & 0xc0) == 0x80)
            --last;
        if (!is_white_space(code_point_at(view, last).value)) break;
        end = last;
    }
    return text.slice(begin, end);
}

AlignedText replaced(const AlignedText& text, const std::vector<TextRange>& matches, std::string_view content) {
    AlignedText result;
    std::size_t same = 0;
    for (const auto& [begin, end] : matches) {
        result.append(text, same, begin);
        result.append(content, text.origin(begin), text.origin(end));
        same = end;
    }
    result.append(text, same, text.text().size());
    return result;
}

Expected<SplitPattern> grapheme_pattern() {
    return SplitPattern::compile("\\X", "normalizer", "Precompiled");
}

/// One step on one text, which is not empty.
struct Application {
    AlignedText text;
    TimeLimit& limit;

    Expected<AlignedText> operator()(UnicodeForm form) { return normalized(text, form); }

    Expected<AlignedText> operator()(const Normalizer::Prepend& step) { return replaced(text, {{0u, 0u}}, step.text); }

    Expected<AlignedText> operator()(const Normalizer::ReplaceText& step) {
        std::vector<TextRange> matches;
        const std::string_view view = text.text();
        for (std::size_t at = view.find(step.pattern); at != view.npos;
             at = view.find(step.pattern, at + step.pattern.size()))
            matches.emplace_back(static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + step.pattern.size()));
        return matches.empty() ? std::move(text) : replaced(text, matches, step.content);
    }

    Expected<AlignedText> operator()(const Normalizer::ReplaceMatches& step) {
        std::vector<TextRange> matches;
        ISOLOSS_TRY_VOID(
            step.pattern.find_all(text.text(), {0u, static_cast<std::uint32_t>(text.text().size())}, limit, matches));
        return matches.empty() ? std::move(text) : replaced(text, matches, step.content);
    }

    Expected<AlignedText> operator()(const Normalizer::Strip& step) { return stripped(text, step); }

    Expected<AlignedText> operator()(const Normalizer::Bert& step) {
        if (step.clean_text) text = cleaned(std::move(text));
        if (step.handle_chinese_chars) text = spaced_ideographs(std::move(text));
        if (step.strip_accents) {
            ISOLOSS_TRY(text, normalized(text, UnicodeForm::nfd));
            text = without(std::move(text), is_nonspacing_mark);
        }
        return step.lowercase ? lower_case(std::move(text)) : std::move(text);
    }

    Expected<AlignedText> operator()(Normalizer::Lowercase) { return lower_case(std::move(text)); }

    Expected<AlignedText> operator()(Normalizer::StripAccents) { return without(std::move(text), is_mark); }

    Expected<AlignedText> operator()(Normalizer::Nmt) { return nmt(std::move(text)); }

    Expected<AlignedText> operator()(Normalizer::SpellBytes) { return spelled(text); }

    // As the original: a grapheme of up to five bytes is looked up as a whole, else character by character.
    Expected<AlignedText> operator()(const PrecompiledCharsmap& map) {
        static const auto graphemes = grapheme_pattern();
        if (!graphemes) return fail(graphemes.error());
        const std::string_view view = text.text();
        std::vector<TextRange> ranges;
        ISOLOSS_TRY_VOID(graphemes->find_all(view, {0u, static_cast<std::uint32_t>(view.size())}, limit, ranges));
        AlignedText result;
        std::size_t same = 0;
        const auto replace = [&](std::size_t begin, std::size_t end) {
            const auto other = map.replacement(view.substr(begin, end - begin));
            if (!other) return false;
            result.append(text, same, begin);
            result.append(*other, text.origin(begin), text.origin(end));
            same = end;
            return true;
        };
        for (const auto& [begin, end] : ranges) {
            if (end - begin < 6 && replace(begin, end)) continue;
            for (std::size_t at = begin; at < end;) {
                const std::size_t length = code_point_at(view, at).length;
                replace(at, at + length);
                at += length;
            }
        }
        if (same == 0) return std::move(text);
        result.append(text, same, view.size());
        return result;
    }
};

} // namespace

Expected<AlignedText> Normalizer::apply(AlignedText text, TimeLimit& limit) const {
    for (const Step& step : steps_) {
        if (text.text().empty()) break;
        ISOLOSS_TRY(text, std::visit(Application{std::move(text), limit}, step));
    }
    return text;
}

bool Normalizer::spells_bytes() const {
    return std::any_of(steps_.begin(), steps_.end(),
                       [](const Step& step) { return std::holds_alternative<SpellBytes>(step); });
}

} // namespace isoloss
