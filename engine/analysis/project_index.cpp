#include "engine/analysis/project_index.h"

#include "engine/analysis/text_pattern.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace isoloss {

namespace {

constexpr std::uint32_t no_value = std::numeric_limits<std::uint32_t>::max();

// Above this many quantities one query for all values is faster than one for each.
constexpr std::size_t quantities_read_alone = 8;

using Kind = ResolvedKey::Kind;

constexpr std::array<std::pair<std::string_view, Kind>, 22> fields{{
    {"run", Kind::run},
    {"name", Kind::run},
    {"group", Kind::group},
    {"status", Kind::status},
    {"tag", Kind::tag},
    {"tags", Kind::tag},
    {"notes", Kind::notes},
    {"started", Kind::started},
    {"attempts", Kind::attempts},
    {"checkpoints", Kind::checkpoints},
    {"series", Kind::series_count},
    {"points", Kind::points},
    {"archived", Kind::archived},
    {"pinned", Kind::pinned},
    {"visible", Kind::visible},
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

SeriesColumn::SeriesColumn(std::vector<SeriesRecord> records, const std::vector<std::size_t>& run_of, std::size_t runs)
    : records_(std::move(records)), record_of_(runs, no_value) {
    for (std::size_t i = 0; i < records_.size(); ++i)
        record_of_[run_of[i]] = static_cast<std::uint32_t>(i);
}

const SeriesRecord* SeriesColumn::of_run(std::size_t run) const {
    return record_of_[run] == no_value ? nullptr : &records_[record_of_[run]];
}

Expected<ProjectIndex> ProjectIndex::load(Reader& reader, TrashRule trash) {
    ProjectIndex index;
    ISOLOSS_TRY(index.runs_, reader.runs(trash));
    ISOLOSS_TRY(index.quantities_, reader.quantities());
    index.config_texts_.reserve(index.runs_.size());
    for (std::size_t i = 0; i < index.runs_.size(); ++i) {
        index.run_index_.emplace(index.runs_[i].id, i);
        index.config_texts_.push_back(std::exchange(index.runs_[i].config, {}));
    }
    for (std::size_t i = 0; i < index.quantities_.size(); ++i)
        index.quantity_index_.emplace(index.quantities_[i].id, i);
    return index;
}

std::optional<std::size_t> ProjectIndex::run_index(RunId run) const {
    const auto found = run_index_.find(run);
    return found == run_index_.end() ? std::nullopt : std::optional(found->second);
}

const ConfigColumns& ProjectIndex::configs() const {
    if (!configs_) {
        configs_.emplace();
        for (std::size_t run = 0; run < config_texts_.size(); ++run)
            configs_->add(run, config_texts_[run]);
        config_texts_ = {};
    }
    return *configs_;
}

Expected<const SeriesColumn*> ProjectIndex::series(Reader& reader, std::string_view name) {
    auto known = series_.find(name);
    if (known == series_.end()) {
        ISOLOSS_TRY(auto records, reader.series_named(name));
        std::erase_if(records, [&](const SeriesRecord& record) { return !run_index(record.run); });
        std::vector<std::size_t> run_of;
        for (const SeriesRecord& record : records)
            run_of.push_back(*run_index(record.run));
        std::optional<SeriesColumn> column;
        if (!records.empty()) column.emplace(std::move(records), run_of, runs_.size());
        known = series_.emplace(name, std::move(column)).first;
    }
    return known->second ? &*known->second : nullptr;
}

Expected<void> ProjectIndex::load_checkpoints(Reader& reader) {
    if (has_checkpoints_) return {};
    ISOLOSS_TRY(auto checkpoints, reader.checkpoints());
    for (CheckpointRecord& checkpoint : checkpoints)
        if (const auto run = run_index(checkpoint.run)) {
            checkpoint_index_.emplace(checkpoint.id, checkpoints_.size());
            run_of_.push_back(*run);
            checkpoints_.push_back(std::move(checkpoint));
        }
    has_checkpoints_ = true;
    return {};
}

Expected<std::optional<QuantityId>> ProjectIndex::find_quantity(std::string_view key) const {
    std::vector<const QuantityRecord*> of_metric;
    for (const QuantityRecord& quantity : quantities_) {
        if (quantity.key == key) return quantity.id;
        if (quantity.metric == key) of_metric.push_back(&quantity);
    }
    // A metric alone means a measurement where there is one: scores of that name are one for each task.
    if (std::any_of(of_metric.begin(), of_metric.end(),
                    [](const QuantityRecord* quantity) { return quantity->kind == QuantityKind::measured; }))
        std::erase_if(of_metric,
                      [](const QuantityRecord* quantity) { return quantity->kind != QuantityKind::measured; });
    if (of_metric.empty()) return std::nullopt;
    if (of_metric.size() == 1) return of_metric.front()->id;
    std::string all;
    for (std::size_t i = 0; i < std::min<std::size_t>(of_metric.size(), 6); ++i)
        all += (i == 0 ? "" : ", ") + of_metric[i]->key;
    return fail(ErrorKind::usage,
                "“" + std::string(key) + "” could be " + std::to_string(of_metric.size()) + " quantities: " + all +
                    (of_metric.size() > 6 ? ", …" : ""),
                "Write the whole key of one of them");
}

Expected<std::optional<std::string>> ProjectIndex::find_config(std::string_view name) const {
    const ConfigColumns& configs = this->configs();
    std::vector<std::string> outside;
    for (const std::string& field : configs.fields()) {
        const ConfigColumns::Column& column = *configs.column(field);
        if (std::any_of(column.begin(), column.end(), [&](const auto& entry) { return !runs_[entry.first].trashed; }))
            outside.push_back(field);
    }
    ISOLOSS_TRY(auto found, find_config_field(outside, name));
    return found ? std::move(found) : find_config_field(configs.fields(), name);
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

Expected<ResolvedKey> ProjectIndex::resolve(Reader& reader, std::string_view key) {
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
        ISOLOSS_TRY(const auto quantity, find_quantity(key));
        if (quantity) return resolved(Kind::quantity, std::string(key), {*quantity});
    }
    ISOLOSS_TRY(auto config_field, find_config(config_only ? key.substr(7) : key));
    if (config_field) return resolved(Kind::config, std::move(*config_field));
    ISOLOSS_TRY(const SeriesColumn* const of_that_name, series(reader, key));
    return of_that_name != nullptr ? resolved(Kind::series, std::string(key)) : resolved(Kind::nothing);
}

Expected<void> ProjectIndex::load_values(Reader& reader, const std::vector<QuantityId>& quantities) {
    ISOLOSS_TRY_VOID(load_checkpoints(reader));
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

Expected<std::vector<std::string>> ProjectIndex::known_names(Reader& reader) const {
    std::vector<std::string> names;
    for (const auto& [name, kind] : fields)
        names.emplace_back(name);
    for (const QuantityRecord& quantity : quantities_)
        names.push_back(quantity.key);
    names.insert(names.end(), configs().fields().begin(), configs().fields().end());
    ISOLOSS_TRY(const auto of_series, reader.series_names());
    for (const SeriesName& series : of_series)
        names.push_back(series.name);
    return names;
}

} // namespace isoloss
