#include "ui/models/run_columns.h"

#include "engine/analysis/filter_tokens.h"
#include "ui/figures/value_text.h"

#include <algorithm>
#include <map>

namespace isoloss {

namespace {

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

} // namespace

std::vector<std::string> usefulRunColumns(const std::vector<RunColumnChoice>& choices, std::size_t runs) {
    std::vector<std::string> columns{"checkpoints"};
    const auto addBest = [&](auto matches) {
        const RunColumnChoice* best = nullptr;
        for (const auto& choice : choices)
            if (matches(choice) && (!best || choice.runs > best->runs)) best = &choice;
        if (!best || 2 * best->runs < static_cast<std::int64_t>(runs)) return false;
        columns.push_back(best->key);
        return true;
    };
    const bool hasLoss = addBest([](const auto& c) { return c.group == "Quantities" && c.key.starts_with("loss["); }) ||
                         addBest([](const auto& c) {
                             return c.key.starts_with("last(") && contains(c.key, "val") && contains(c.key, "loss");
                         }) ||
                         addBest([](const auto& c) { return c.key.starts_with("last(") && contains(c.key, "loss"); });
    const bool hasScore = addBest([](const auto& c) {
        return c.group == "Quantities" && (c.key.ends_with("/acc") || c.key.starts_with("acc["));
    });
    const bool hasSteps = std::any_of(choices.begin(), choices.end(), [&](const auto& c) {
        return c.group == "Series" && 2 * c.runs >= static_cast<std::int64_t>(runs);
    });
    if (!hasLoss && !hasScore && hasSteps) columns.push_back("step");
    return columns;
}

std::optional<std::string> typedColumnKey(const QString& text) {
    // An operand of the filter language, which says itself what it takes as one.
    const std::string typed = utf8(text.trimmed());
    const auto tokens = filter_tokens(typed);
    const auto filter = Filter::parse(typed + " = 0");
    if (!tokens || !filter) return std::nullopt;
    const FilterToken& first = tokens->front();
    if (first.kind != FilterTokenKind::word || (first.spelling == "not" && !first.backquoted)) return std::nullopt;
    const auto names = filter->names();
    if (names.size() != 1) return std::nullopt;
    const Filter::Name& name = names.front();
    return name.function.empty() ? name.name : name.function + "(" + name.name + ")";
}

std::string shortColumnTitle(std::string_view key) {
    if (key == "checkpoints") return "ckpts";
    if (key == "parameters") return "params";
    const auto name = run_column_name(key);
    std::string_view rest = name.name;
    rest = rest.substr(0, rest.find('['));
    if (const auto slash = rest.rfind('/'); slash != std::string_view::npos && slash + 1 < rest.size())
        rest.remove_prefix(slash + 1);
    if (rest.empty()) return std::string(key);
    const bool plain = name.function.empty() || name.function == "last";
    return plain ? std::string(rest) : std::string(name.function) + " " + std::string(rest);
}

void shortenTitles(std::vector<RunColumn>& columns) {
    std::map<std::string, int> uses;
    for (const RunColumn& column : columns)
        ++uses[shortColumnTitle(column.key)];
    for (RunColumn& column : columns)
        if (auto title = shortColumnTitle(column.key); uses[title] == 1) column.title = std::move(title);
}

} // namespace isoloss
