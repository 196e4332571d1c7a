#include "engine/analysis/compare.h"

#include "engine/analysis/config_fields.h"
#include "engine/analysis/distributions.h"
#include "engine/analysis/statistics.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace isoloss {

namespace {

using Kind = ItemFlip::Kind;
using ItemKey = std::tuple<std::string, std::string, std::string>; // task, kind of key, key

ItemKey key_of(const ItemRecord& item) {
    // A harness runs one document through several filters; those have keys of their own.
    return {item.task, item.doc_hash.empty() ? "" : item.doc_hash, item.key};
}

std::vector<std::pair<OutcomeRecord, OutcomeRecord>> paired_outcomes(std::vector<OutcomeRecord> a,
                                                                     std::vector<OutcomeRecord> b) {
    std::map<ItemKey, OutcomeRecord*> of_a;
    for (OutcomeRecord& outcome : a)
        of_a.emplace(key_of(outcome.item), &outcome);
    std::vector<std::pair<OutcomeRecord, OutcomeRecord>> pairs;
    for (OutcomeRecord& outcome : b)
        if (const auto found = of_a.find(key_of(outcome.item)); found != of_a.end() && outcome.correct) {
            if (found->second->correct) pairs.emplace_back(*found->second, std::move(outcome));
            of_a.erase(found);
        }
    return pairs;
}

std::optional<Kind> kind_of(double a, double b) {
    if ((a != 0 && a != 1) || (b != 0 && b != 1)) return std::nullopt;
    if (a == b) return a == 1 ? Kind::both_right : Kind::both_wrong;
    return b == 1 ? Kind::learned : Kind::forgotten;
}

bool is_ignored(const std::string& field, const std::vector<std::string>& ignored) {
    return std::any_of(ignored.begin(), ignored.end(), [&](const std::string& name) {
        return field == name || (field.starts_with(name) && field.size() > name.size() && field[name.size()] == '.');
    });
}

std::vector<ConfigDifference> config_differences(const std::vector<ConfigFields>& configs,
                                                 const std::vector<std::string>& ignored) {
    std::set<std::string> fields;
    for (const ConfigFields& config : configs)
        for (const auto& [field, value] : config)
            fields.insert(field);
    std::vector<ConfigDifference> differences;
    for (const std::string& field : fields) {
        if (is_ignored(field, ignored)) continue;
        ConfigDifference difference{field, {}};
        for (const ConfigFields& config : configs) {
            const auto found = config.find(field);
            difference.values.push_back(found == config.end() ? std::string() : config_text(found->second));
        }
        if (std::adjacent_find(difference.values.begin(), difference.values.end(), std::not_equal_to<>()) !=
            difference.values.end())
            differences.push_back(std::move(difference));
    }
    return differences;
}

// The difference over the items that both have; false when they share none.
Expected<bool> compare_items(Reader& reader, QuantityComparison& comparison) {
    ISOLOSS_TRY(auto outcomes_a, reader.outcomes(comparison.a->id));
    ISOLOSS_TRY(auto outcomes_b, reader.outcomes(comparison.b->id));
    const auto pairs = paired_outcomes(std::move(outcomes_a), std::move(outcomes_b));
    if (pairs.empty()) return false;
    comparison.paired = true;
    comparison.shared_items = static_cast<std::int64_t>(pairs.size());
    std::vector<double> differences;
    bool all_right_or_wrong = true;
    for (const auto& [a, b] : pairs) {
        differences.push_back(*b.correct - *a.correct);
        const auto kind = kind_of(*a.correct, *b.correct);
        all_right_or_wrong = all_right_or_wrong && kind;
        comparison.learned += kind == Kind::learned;
        comparison.forgotten += kind == Kind::forgotten;
        comparison.both_right += kind == Kind::both_right;
        comparison.both_wrong += kind == Kind::both_wrong;
    }
    comparison.difference = mean(differences);
    if (const auto variance = sample_variance(differences))
        comparison.standard_error = std::sqrt(*variance / static_cast<double>(differences.size()));
    if (all_right_or_wrong) comparison.mcnemar_p = mcnemar_exact(comparison.learned, comparison.forgotten);
    return true;
}

Expected<void> compare_values(Reader& reader, QuantityComparison& comparison) {
    if (!comparison.a || !comparison.b) return {};
    ISOLOSS_TRY(const bool has_a, reader.has_outcomes(comparison.a->id));
    ISOLOSS_TRY(const bool has_b, reader.has_outcomes(comparison.b->id));
    if (has_a && has_b) {
        ISOLOSS_TRY(const bool shared, compare_items(reader, comparison));
        // Outcomes are right and wrong answers: of another metric (a loss, a probability) they only count the flips.
        const std::string& metric = comparison.quantity.metric;
        if (shared && (metric.starts_with("acc") || metric.find("match") != metric.npos)) return {};
        comparison.standard_error.reset();
        comparison.difference.reset();
        if (shared) {
            if (comparison.a->value && comparison.b->value)
                comparison.difference = *comparison.b->value - *comparison.a->value;
            return {};
        }
    }
    if (!comparison.a->value || !comparison.b->value) return {};
    comparison.difference = *comparison.b->value - *comparison.a->value;
    if (comparison.a->standard_error && comparison.b->standard_error)
        comparison.standard_error = std::hypot(*comparison.a->standard_error, *comparison.b->standard_error);
    return {};
}

} // namespace

Expected<CheckpointComparison> compare_checkpoints(Reader& reader, const std::vector<CheckpointId>& checkpoints,
                                                   const std::vector<std::string>& ignored) {
    if (checkpoints.size() < 2 || checkpoints.size() > 8)
        return fail(ErrorKind::usage, "2 to 8 checkpoints can be compared", "Select so many");
    CheckpointComparison comparison;
    std::vector<ConfigFields> configs;
    for (const CheckpointId id : checkpoints) {
        ISOLOSS_TRY(auto checkpoint, reader.checkpoint(id));
        if (!checkpoint) return fail(ErrorKind::not_found, "the checkpoint is no longer in the project");
        ISOLOSS_TRY(const auto run, reader.run(checkpoint->run));
        configs.push_back(run ? flatten_config(run->config) : ConfigFields());
        comparison.checkpoints.push_back(std::move(*checkpoint));
    }
    comparison.config = config_differences(configs, ignored);

    ISOLOSS_TRY(auto values_a, reader.values(checkpoints[0]));
    ISOLOSS_TRY(auto values_b, reader.values(checkpoints[1]));
    ISOLOSS_TRY(auto quantities, reader.quantities());
    std::map<QuantityId, std::pair<std::optional<ValueRecord>, std::optional<ValueRecord>>> of_quantities;
    for (ValueRecord& value : values_a)
        of_quantities[value.quantity].first = std::move(value);
    for (ValueRecord& value : values_b)
        of_quantities[value.quantity].second = std::move(value);
    std::sort(quantities.begin(), quantities.end(),
              [](const QuantityRecord& a, const QuantityRecord& b) { return a.key < b.key; });
    for (QuantityRecord& quantity : quantities) {
        const auto found = of_quantities.find(quantity.id);
        if (found == of_quantities.end()) continue;
        QuantityComparison row;
        row.quantity = std::move(quantity);
        row.a = std::move(found->second.first);
        row.b = std::move(found->second.second);
        ISOLOSS_TRY_VOID(compare_values(reader, row));
        comparison.quantities.push_back(std::move(row));
    }
    return comparison;
}

Expected<std::vector<ItemFlip>> item_flips(Reader& reader, ValueId a, ValueId b) {
    ISOLOSS_TRY(auto outcomes_a, reader.outcomes(a));
    ISOLOSS_TRY(auto outcomes_b, reader.outcomes(b));
    std::vector<ItemFlip> flips;
    for (auto& [of_a, of_b] : paired_outcomes(std::move(outcomes_a), std::move(outcomes_b)))
        if (const auto kind = kind_of(*of_a.correct, *of_b.correct))
            flips.push_back({*kind, of_a.item, of_a.chosen, of_b.chosen, *of_a.correct, *of_b.correct});
    const auto rank = [](Kind kind) {
        switch (kind) {
        case Kind::learned:
            return 0;
        case Kind::forgotten:
            return 1;
        case Kind::both_wrong:
            return 2;
        case Kind::both_right:
            return 3;
        }
        return 4;
    };
    std::stable_sort(flips.begin(), flips.end(),
                     [&](const ItemFlip& x, const ItemFlip& y) { return rank(x.kind) < rank(y.kind); });
    return flips;
}

} // namespace isoloss
