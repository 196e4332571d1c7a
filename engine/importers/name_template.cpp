#include "engine/importers/name_template.h"

namespace isoloss {

namespace {

constexpr std::size_t longest_subject = 1'000;
constexpr std::size_t longest_expression = 1'000;

// The group that name[at] asks for, when it is the backslash of one.
std::optional<std::size_t> group_at(std::string_view name, std::size_t at) {
    if (name[at] != '\\' || at + 1 == name.size() || name[at + 1] < '0' || name[at + 1] > '9') return std::nullopt;
    return static_cast<std::size_t>(name[at + 1] - '0');
}

} // namespace

Expected<NameTemplate> NameTemplate::compile(const std::string& match, std::string name) {
    if (match.size() > longest_expression)
        return fail(ErrorKind::usage, "the regular expression has more than 1000 characters");
    try {
        std::regex expression(match, std::regex::ECMAScript | std::regex::optimize);
        for (std::size_t at = 0; at < name.size(); ++at)
            if (const auto group = group_at(name, at); group && *group > expression.mark_count())
                return fail(ErrorKind::usage, "\"" + name + "\" asks for group " + std::to_string(*group) +
                                                  ", but the regular expression has " +
                                                  std::to_string(expression.mark_count()));
        return NameTemplate(std::move(expression), std::move(name));
    } catch (const std::regex_error& error) {
        return fail(ErrorKind::usage, "\"" + match + "\" is no regular expression: " + error.what());
    }
}

std::optional<std::string> NameTemplate::apply(std::string_view text) const {
    if (text.size() > longest_subject) return std::nullopt;
    std::match_results<std::string_view::const_iterator> found;
    try {
        if (!std::regex_search(text.begin(), text.end(), found, expression_)) return std::nullopt;
    } catch (const std::regex_error&) { // too complex for this text
        return std::nullopt;
    }
    std::string result;
    for (std::size_t at = 0; at < name_.size(); ++at) {
        if (const auto group = group_at(name_, at)) {
            result += found.str(*group);
            ++at;
        } else {
            result += name_[at];
        }
    }
    return result;
}

} // namespace isoloss
