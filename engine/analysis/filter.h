#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace isoloss {

/// What a name in a filter stands for in one row: nothing, a number, a text, or several texts (tags), of which one has
/// to match.
using FilterValue = std::variant<std::monostate, double, std::string, std::vector<std::string>>;

/// One row while a filter is evaluated: the value of a name, by its index in Filter::names(). Of `has(x)`, 0 and
/// nothing are no.
using FilterRow = std::function<const FilterValue&(std::size_t name)>;

/// The typed filter of PRODUCT.md: `lr < 3e-4 and group = "ablation" and min(val/loss) < 2.9 and has(fisher_trace)`.
///
///     filter     = and { "or" and }          and = not { "and" not }          not = "not" not | "(" filter ")" | test
///     test       = operand ("=" | "!=" | "<" | "<=" | ">" | ">=" | "~") operand | has(NAME) | WORD | TEXT
///     operand    = number | "text" | name | function(name, …)
///     function   = has, min, max, first, last (of a series), at(series, step), mean(PATTERN, …)
///
/// A name starts with a letter, a digit, `_` or `*` and goes on with these and `/ . : @ -` and anything in `[…]`; a
/// name with other characters stands in backquotes. There is no arithmetic, so `-` and `*` belong to the name. Texts
/// have single or double quotes; a backslash takes the next character as it is.
/// `=` and `!=` compare texts with regard to case and know `*` wildcards; `~` asks for "contains" without regard to the
/// case of ASCII letters. Beside a text column the right-hand word needs no quotes (`status = running`). A word or text
/// alone asks whether the row's `name` contains it. Keywords and functions are lower case. Comparison with something
/// missing is false, and so is that of a number with a text that is no number; NaN equals `nan`, nothing else.
/// Immutable, any thread.
class Filter {
public:
    /// The error's place is "column N", counted from 1 in code points.
    static Expected<Filter> parse(std::string_view text);
    bool matches(const FilterRow& row) const;
    bool empty() const;

    /// A plain name (`lr`, `group`, `loss[wikitext]`) or a call (`min(val/loss)`: function "min", name "val/loss";
    /// several arguments are joined by ", ").
    struct Name {
        std::string function;
        std::string name;
        bool could_be_text = false; ///< a word that is compared with the name before it: beside a text it is a text
        std::size_t column = 1;     ///< where it stands in the filter, as in errors

        bool operator==(const Name&) const = default;
    };

    /// Every use of a name, in the order of the filter: what a row has to answer.
    const std::vector<Name>& names() const;

    struct Node;

private:
    struct Tree;
    std::shared_ptr<const Tree> tree_;
};

/// The step in `at(SERIES, STEP)`: a whole number in any notation (`1000`, `1e3`).
std::optional<std::int64_t> filter_step(std::string_view text);

} // namespace isoloss
