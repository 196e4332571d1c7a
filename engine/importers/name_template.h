#pragma once

#include "engine/base/error.h"

#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>

namespace isoloss {

/// Makes a name out of a text: a regular expression (ECMAScript) that must be found in it, and the name with \1 … \9
/// for what its groups found, \0 for all of it. Expressions come from a person's mapping file, so their size and that
/// of the text are bounded. Any thread.
class NameTemplate {
public:
    /// Fails, with kind usage, when the expression is none or the name asks for a group that it does not have.
    static Expected<NameTemplate> compile(const std::string& match, std::string name);

    /// Nothing when the expression is not found, or the text is longer than 1,000 bytes.
    std::optional<std::string> apply(std::string_view text) const;

private:
    NameTemplate(std::regex expression, std::string name)
        : expression_(std::move(expression)), name_(std::move(name)) {}

    std::regex expression_;
    std::string name_;
};

} // namespace isoloss
