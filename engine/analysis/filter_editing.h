#pragma once

#include "engine/analysis/filter.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// What may stand where someone writes on in a filter. Any thread.
struct FilterPlace {
    enum class Wanted {
        nothing,    ///< what comes before is no beginning of a filter, or a number belongs here
        operand,    ///< a name, a function, a bracket, "not"
        argument,   ///< a name inside the parentheses of `function`
        comparison, ///< an operator behind `compared`
        value,      ///< what `compared` may be equal to
        joint       ///< "and", "or"
    };

    Wanted wanted = Wanted::operand;
    std::size_t begin = 0; ///< offset of the word or text that is being written; the end of the text for a new one
    std::string function;
    Filter::Name compared;
};

/// `before` is the text of the filter up to the cursor.
FilterPlace filter_place(std::string_view before);

/// A name in a filter with its place.
struct FilterNameUse {
    Filter::Name name;
    std::size_t column = 1; ///< of the name, in code points from 1
    std::size_t length = 1; ///< in code points
};

/// The names of a filter that stand for something only if some run has them: not words that may be texts, nor patterns
/// with `*`, nor words that look for runs by name. Empty for a text that is no filter.
std::vector<FilterNameUse> filter_name_uses(std::string_view text);

/// A name as a filter spells it: in backquotes where it is no plain word.
std::string filter_spelling(std::string_view name);
/// A text in double quotes, with what has a meaning inside them escaped.
std::string filter_quoted(std::string_view text);

} // namespace isoloss
