#include "engine/analysis/text_pattern.h"

#include <algorithm>

namespace isoloss {

namespace {

std::string lower_ascii(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

} // namespace

TextPattern::TextPattern(std::string_view text) : pieces_(1) {
    for (const char c : text)
        if (c == '*')
            append_wildcard();
        else
            append(c);
}

bool TextPattern::matches(std::string_view text) const {
    if (!has_wildcard()) return text == pieces_.front();
    const std::string& last = pieces_.back();
    if (!text.starts_with(pieces_.front())) return false;
    text.remove_prefix(pieces_.front().size());
    if (!text.ends_with(last)) return false;
    text.remove_suffix(last.size());
    for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {
        const std::size_t found = text.find(pieces_[i]);
        if (found == text.npos) return false;
        text.remove_prefix(found + pieces_[i].size());
    }
    return true;
}

bool TextPattern::found_in(std::string_view text) const {
    const std::string lower = lower_ascii(text);
    std::size_t position = 0;
    for (const std::string& piece : pieces_) {
        const std::string wanted = lower_ascii(piece);
        const std::size_t found = lower.find(wanted, position);
        if (found == lower.npos) return false;
        position = found + wanted.size();
    }
    return true;
}

std::string TextPattern::text() const {
    std::string joined = pieces_.front();
    for (std::size_t i = 1; i < pieces_.size(); ++i)
        joined += '*' + pieces_[i];
    return joined;
}

} // namespace isoloss
