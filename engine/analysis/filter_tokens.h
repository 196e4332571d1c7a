#pragma once

#include "engine/analysis/text_pattern.h"
#include "engine/base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

enum class FilterTokenKind { number, text, word, comparison, open, close, comma, end };

/// One token of a filter. The column counts code points from 1; that of `end` is one past the last character.
struct FilterToken {
    FilterTokenKind kind = FilterTokenKind::end;
    std::string spelling;    ///< as written; a text or a name in backquotes without its quotes and escapes
    bool backquoted = false; ///< a name, even where the spelling is a keyword
    double number = 0;
    TextPattern pattern; ///< of texts and words
    std::size_t column = 1;
};

/// Splits a filter; the last token is `end`.
Expected<std::vector<FilterToken>> filter_tokens(std::string_view text);

/// "unexpected …" at a column, in the form of every filter error.
tl::unexpected<Error> filter_error(std::size_t column, std::string reason, std::string remedy = {});

} // namespace isoloss
