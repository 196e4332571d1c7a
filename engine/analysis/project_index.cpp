#include "engine/analysis/project_index.h"

#include "engine/analysis/text_pattern.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace isoloss {

namespace {

constexpr std::uint32_t no_value = std::numeric_limits<std::uint32_t>::max();

// Above this many quantities one query for all values is faster than one for each.
constexpr std::size_t quantities_read_alone = 8;

using Kind = ResolvedKey::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 15> fields{{
    {"run", Kind::run},
    {"name", Kind::run},
    {"group", Kind::group},
    {"status", Kind::status},
    {"tag", Kind::tag},
    {"tags", Kind::tag},
    {"notes", Kind::notes},
    {"archived", Kind::archived},
    {"attempt", Kind::attempt},
    {"step", Kind::step},
    {"tokens", Kind::tokens},
    {"flops", Kind::flops},
    {"parameters", Kind::parameters},
    {"architecture", Kind::architecture},
    {"path", Kind::path},
}};

ResolvedKey resolved(Kind kind, std::string name = {}, std::vector<QuantityId> quantities = {}) {
    return {kind, std::move(name), std::move(quantities)};
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text;
}

} // namespace

std::vector<std::string> split_arguments(std::string_view text) {
    std::vector<std::string> arguments;
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size() && text[i] == '[') ++depth;
        if (i < text.size() && text[i] == ']' && depth > 0) --depth;
        if (i < text.size() && (text[i] != ',' || depth > 0)) continue;
        arguments.emplace_back(trimmed(text.substr(begin, i - begin)));
        begin = i + 1;
    }
    return arguments;
}

Expected<ProjectIndex> ProjectIndex::load(Reader& reader) {
    ProjectIndex index;
    ISOLOSS_TRY(index.runs_, reader.runs());
    ISOLOSS_TRY(auto checkpoints, reader.checkpoints());
    ISOLOSS_TRY(index.quantities_, reader.quantities());
    ISOLOSS_TRY(auto series, reader.series());

    std::set<std::string> config_fields;
    for (std::size_t i = 0; i < index.runs_.size(); ++i) {
        index.run_index_.emplace(index.runs_[i].id, i);
        index.configs_.push_back(flatten_config(index.runs_[i].config));
        for (const auto& [field, value] : index.configs_.back())
            config_fields.insert(field);
    }
    index.config_fields_.assign(config_fields.begin(), config_fields.end());
    for (auto& checkpoint : checkpoints)
        if (index.run_index_.contains(checkpoint.run)) {
            index.checkpoint_index_.emplace(checkpoint.id, index.checkpoints_.size());
            index.checkpoints_.push_back(std::move(checkpoint));
        }
    for (std::size_t i = 0; i < index.quantities_.size(); ++i)
        index.quantity_index_.emplace(index.quantities_[i].id, i);
    for (auto& one : series)
        if (const auto run = index.run_index_.find(one.run); run != index.run_index_.end()) {
            index.series_index_.emplace(std::pair(run->second, one.name), index.series_.size());
            index.series_.push_back(std::move(one));
        }
    return index;
}

const SeriesRecord* ProjectIndex::series_of(std::size_t run, std::string_view name) const {
    const auto found = series_index_.find(std::pair<std::size_t, std::string>(run, name));
    return found == series_index_.end() ? nullptr : &series_[found->second];
}

std::vector<std::string> ProjectIndex::series_names() const {
    std::set<std::string> names;
    for (const SeriesRecord& one : series_)
        names.insert(one.name);
    return {names.begin(), names.end()};
}

Expected<std::vector<QuantityId>> ProjectIndex::find_quantity(std::string_view key) const {
    std::vector<const QuantityRecord*> of_metric;
    for (const QuantityRecord& quantity : quantities_) {
        if (quantity.key == key) return std::vector{quantity.id};
        if (quantity.metric == key) of_metric.push_back(&quantity);
    }
    // A metric alone means a measurement where there is one: scores of that name are one for each task.
    if (std::any_of(of_metric.begin(), of_metric.end(),
                    [](const QuantityRecord* quantity) { return quantity->kind == QuantityKind::measured; }))
        std::erase_if(of_metric,
                      [](const QuantityRecord* quantity) { return quantity->kind != QuantityKind::measured; });
    if (of_metric.empty()) return std::vector<QuantityId>{};
    if (of_metric.size() == 1) return std::vector{of_metric.front()->id};
    std::string all;
    for (std::size_t i = 0; i < std::min<std::size_t>(of_metric.size(), 6); ++i)
        all += (i == 0 ? "" : ", ") + of_metric[i]->key;
    return fail(ErrorKind::usage,
                "“" + std::string(key) + "” could be " + std::to_string(of_metric.size()) + " quantities: " + all +
                    (of_metric.size() > 6 ? ", …" : ""),
                "Write the whole key of one of them");
}

std::vector<QuantityId> ProjectIndex::members_of_mean(std::string_view patterns) const {
    std::vector<QuantityId> members;
    for (const std::string& pattern_text : split_arguments(patterns)) {
        const TextPattern pattern(pattern_text);
        for (const QuantityRecord& quantity : quantities_)
            if (pattern.matches(quantity.key) &&
                std::find(members.begin(), members.end(), quantity.id) == members.end())
                members.push_back(quantity.id);
    }
    return members;
}

Expected<ResolvedKey> ProjectIndex::resolve(std::string_view key) const {
    const auto* const field =
        std::find_if(fields.begin(), fields.end(), [&](const auto& known) { return known.first == key; });
    if (field != fields.end()) return resolved(field->second);
    if (key.starts_with("series:")) return resolved(Kind::series, std::string(key.substr(7)));
    if (key.starts_with("mean(") && key.ends_with(")")) {
        const std::string_view patterns = key.substr(5, key.size() - 6);
        auto members = members_of_mean(patterns);
        return members.empty() ? resolved(Kind::nothing)
                               : resolved(Kind::mean, std::string(patterns), std::move(members));
    }
    const bool config_only = key.starts_with("config.");
    if (!config_only) {
        ISOLOSS_TRY(auto found, find_quantity(key));
        if (!found.empty()) return resolved(Kind::quantity, std::string(key), std::move(found));
    }
    ISOLOSS_TRY(auto config_field, find_config_field(config_fields_, config_only ? key.substr(7) : key));
    if (config_field) return resolved(Kind::config, std::move(*config_field));
    if (std::any_of(series_.begin(), series_.end(), [&](const SeriesRecord& one) { return one.name == key; }))
        return resolved(Kind::series, std::string(key));
    return resolved(Kind::nothing);
}

Expected<void> ProjectIndex::load_values(Reader& reader, const std::vector<QuantityId>& quantities) {
    std::vector<QuantityId> missing;
    for (const QuantityId id : quantities)
        if (!value_index_.contains(id) && std::find(missing.begin(), missing.end(), id) == missing.end())
            missing.push_back(id);
    for (const QuantityId id : missing)
        value_index_[id].assign(checkpoints_.size(), no_value);
    if (missing.size() > quantities_read_alone) {
        ISOLOSS_TRY(auto values, reader.value_numbers());
        take_values(std::move(values));
        return {};
    }
    for (const QuantityId id : missing) {
        ISOLOSS_TRY(auto values, reader.value_numbers(id));
        take_values(std::move(values));
    }
    return {};
}

void ProjectIndex::take_values(std::vector<ValueNumber> values) {
    values_.reserve(values_.size() + values.size());
    for (ValueNumber& value : values) {
        const auto rows = value_index_.find(value.quantity);
        const auto checkpoint = checkpoint_index_.find(value.checkpoint);
        if (rows == value_index_.end() || checkpoint == checkpoint_index_.end()) continue;
        rows->second[checkpoint->second] = static_cast<std::uint32_t>(values_.size());
        values_.push_back(std::move(value));
    }
}

const ValueNumber* ProjectIndex::value(QuantityId quantity, std::size_t checkpoint) const {
    const auto rows = value_index_.find(quantity);
    if (rows == value_index_.end() || rows->second[checkpoint] == no_value) return nullptr;
    return &values_[rows->second[checkpoint]];
}

std::vector<std::string> ProjectIndex::known_names() const {
    std::vector<std::string> names;
    for (const auto& [name, kind] : fields)
        names.emplace_back(name);
    for (const QuantityRecord& quantity : quantities_)
        names.push_back(quantity.key);
    names.insert(names.end(), config_fields_.begin(), config_fields_.end());
    const auto of_series = series_names();
    names.insert(names.end(), of_series.begin(), of_series.end());
    return names;
}

} // namespace isoloss
