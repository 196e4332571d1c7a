#include "engine/analysis/compare.h"

#include "engine/analysis/config_fields.h"
#include "engine/analysis/distributions.h"
#include "engine/analysis/outcome_pairs.h"
#include "engine/base/json.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace isoloss {

namespace {

using Kind = ItemFlip::Kind;

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

// Whether a stored value is what its outcomes give, up to the digits that files write.
bool gives(const std::optional<double>& of_outcomes, const std::optional<double>& value) {
    return of_outcomes && value && std::abs(*of_outcomes - *value) <= 1e-4 * std::max(1e-2, std::abs(*value));
}

// Counts the flips; true when every pair is right or wrong in both.
bool count_flips(const std::vector<OutcomePair>& pairs, QuantityComparison& comparison) {
    bool any = false, all = true;
    for (const auto& [a, b] : pairs) {
        if (!a.correct || !b.correct) continue;
        const auto kind = kind_of(*a.correct, *b.correct);
        any = true;
        all = all && kind;
        comparison.learned += kind == Kind::learned;
        comparison.forgotten += kind == Kind::forgotten;
        comparison.both_right += kind == Kind::both_right;
        comparison.both_wrong += kind == Kind::both_wrong;
    }
    return any && all;
}

// Flips, test, and where the outcomes give the quantity the difference over the items that both have.
void compare_items(std::vector<OutcomeRecord> outcomes_a, std::vector<OutcomeRecord> outcomes_b,
                   QuantityComparison& comparison) {
    const auto &value_a = comparison.a->value, &value_b = comparison.b->value;
    const bool scores = gives(score_of(outcomes_a), value_a) && gives(score_of(outcomes_b), value_b);
    const bool losses = gives(loss_of(outcomes_a), value_a) && gives(loss_of(outcomes_b), value_b);
    const auto pairs = pair_outcomes(std::move(outcomes_a), std::move(outcomes_b));
    comparison.paired = !pairs.empty();
    comparison.shared_items = static_cast<std::int64_t>(pairs.size());
    if (pairs.empty()) {
        comparison.error_reason = "the two share no items";
        return;
    }
    const bool right_or_wrong = count_flips(pairs, comparison);
    if (right_or_wrong) comparison.mcnemar_p = mcnemar_exact(comparison.learned, comparison.forgotten);

    // Answers that are right or wrong are the scores of every accuracy, even where a file lacks some of them.
    const std::string& metric = comparison.quantity.metric;
    const bool accuracy = right_or_wrong && (metric.starts_with("acc") || metric.find("match") != metric.npos);
    const auto paired = scores || accuracy ? paired_score_difference(pairs)
                        : losses           ? paired_loss_difference(pairs)
                                           : std::nullopt;
    if (!paired) {
        comparison.error_reason = "the stored items do not give this quantity";
        return;
    }
    comparison.difference = paired->difference;
    comparison.standard_error = paired->standard_error;
    if (!paired->standard_error) comparison.error_reason = "one item alone has no error";
}

std::string data_hash_of(const ValueRecord& value) {
    const auto provenance = parse_json(value.provenance, "provenance");
    if (!provenance || !provenance->IsObject()) return {};
    return std::string(json_string(*provenance, "data_hash").value_or(""));
}

Expected<void> compare_values(Reader& reader, QuantityComparison& comparison) {
    if (!comparison.a || !comparison.b) return {};
    const ValueRecord &a = *comparison.a, &b = *comparison.b;
    if (a.value && b.value) comparison.difference = *b.value - *a.value;
    const std::string data_a = data_hash_of(a), data_b = data_hash_of(b);
    if (!data_a.empty() && !data_b.empty() && data_a != data_b) {
        comparison.error_reason = "measured on different data; one of them has no error";
        if (comparison.difference && a.standard_error && b.standard_error) {
            comparison.standard_error = std::hypot(*a.standard_error, *b.standard_error);
            comparison.error_reason.clear();
        }
        return {};
    }
    ISOLOSS_TRY(auto outcomes_a, reader.outcomes(a.id));
    ISOLOSS_TRY(auto outcomes_b, reader.outcomes(b.id));
    if (outcomes_a.empty() || outcomes_b.empty()) {
        if (comparison.difference)
            comparison.error_reason = "both are over the same items, which are not stored: an error of the difference "
                                      "needs them";
        return {};
    }
    compare_items(std::move(outcomes_a), std::move(outcomes_b), comparison);
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
    for (const auto& [of_a, of_b] : pair_outcomes(std::move(outcomes_a), std::move(outcomes_b))) {
        if (!of_a.correct || !of_b.correct) continue;
        if (const auto kind = kind_of(*of_a.correct, *of_b.correct))
            flips.push_back({*kind, of_a.item, of_a.chosen, of_b.chosen, *of_a.correct, *of_b.correct});
    }
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
