#pragma once

#include "engine/base/error.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace isoloss {

/// What a name in a filter stands for in one row: nothing, a number or a text.
using FilterValue = std::variant<std::monostate, double, std::string>;

/// Answers names while a filter is evaluated: plain names (`lr`, `group`, `step`, `loss[wikitext]`) and calls
/// (`min(val/loss)`: function "min", argument "val/loss"; `has(x)`).
using FilterResolver = std::function<FilterValue(std::string_view function, std::string_view name)>;

/// The typed filter of PRODUCT.md: `lr < 3e-4 and group = "ablation" and min(val/loss) < 2.9 and has(fisher_trace)`;
/// operators and, or, not, parentheses, = != < <= > >=, `~` for "contains" and `*` wildcards in quoted text. A bare
/// word alone matches run names that contain it. Comparison with something missing is false. Immutable, any thread.
class Filter {
public:
    /// The error's place is "column N", counted from 1 in code points.
    static Expected<Filter> parse(std::string_view text);
    bool matches(const FilterResolver& resolver) const;
    bool empty() const;

    /// Names and calls it uses, for loading only what is needed.
    struct Name {
        std::string function;
        std::string name;
    };

    std::vector<Name> names() const;

    struct Node;

private:
    std::shared_ptr<const Node> root_;
};

} // namespace isoloss
