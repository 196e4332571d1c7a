#include "engine/importers/tables/column_words.h"

#include "engine/base/number_text.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

struct KnownMetric {
    std::string_view name;
    std::string_view unit;
    Direction direction;
};

// Metrics that may end a column's name, longer ones before those that they end with.
constexpr std::array known_metrics{
    KnownMetric{"multiple_choice_grade", "", Direction::up},
    KnownMetric{"CrossEntropyLoss", "nats/token", Direction::down},
    KnownMetric{"exact_match", "share", Direction::up},
    KnownMetric{"word_perplexity", "", Direction::down},
    KnownMetric{"byte_perplexity", "", Direction::down},
    KnownMetric{"bits_per_byte", "bits/byte", Direction::down},
    KnownMetric{"Perplexity", "", Direction::down},
    KnownMetric{"perplexity", "", Direction::down},
    KnownMetric{"acc_norm", "share", Direction::up},
    KnownMetric{"len_norm", "share", Direction::up},
    KnownMetric{"soft_log", "", Direction::up},
    KnownMetric{"pmi_dc", "share", Direction::up},
    KnownMetric{"ce_loss", "", Direction::down},
    KnownMetric{"rougeLsum", "", Direction::up},
    KnownMetric{"rougeL", "", Direction::up},
    KnownMetric{"rouge1", "", Direction::up},
    KnownMetric{"rouge2", "", Direction::up},
    KnownMetric{"soft", "share", Direction::up},
    KnownMetric{"bleu", "", Direction::up},
    KnownMetric{"acc", "share", Direction::up},
    KnownMetric{"bpb", "bits/byte", Direction::down},
    KnownMetric{"ppl", "", Direction::down},
    KnownMetric{"mc1", "share", Direction::up},
    KnownMetric{"mc2", "share", Direction::up},
    KnownMetric{"mcc", "", Direction::up},
    KnownMetric{"em", "share", Direction::up},
    KnownMetric{"f1", "", Direction::up},
};

const KnownMetric* known_metric(std::string_view name) {
    const auto found = std::find_if(known_metrics.begin(), known_metrics.end(),
                                    [&](const KnownMetric& metric) { return metric.name == name; });
    return found == known_metrics.end() ? nullptr : &*found;
}

// The metric that a name ends with, behind a separator.
const KnownMetric* metric_at_end(std::string_view name, std::string_view separators) {
    for (const KnownMetric& metric : known_metrics) {
        if (!name.ends_with(metric.name) || name.size() < metric.name.size() + 2) continue;
        if (separators.find(name[name.size() - metric.name.size() - 1]) != separators.npos) return &metric;
    }
    return nullptr;
}

void describe(QuantityRecord& quantity, const KnownMetric& metric) {
    quantity.metric = metric.name;
    quantity.unit = metric.unit;
    quantity.direction = metric.direction;
}

// task_shots_metric or task_shots_metric,filter.
std::optional<QuantityRecord> harness_column(std::string_view column) {
    const std::string_view name = column.substr(0, column.find(','));
    const KnownMetric* metric = metric_at_end(name, "_");
    if (metric == nullptr) return std::nullopt;
    const std::string_view rest = name.substr(0, name.size() - metric->name.size() - 1);
    const std::size_t bar = rest.rfind('_');
    if (bar == rest.npos || bar == 0) return std::nullopt;
    const auto shots = parse_int(rest.substr(bar + 1));
    if (!shots || *shots < 0 || *shots > 1000) return std::nullopt;
    QuantityRecord quantity = task_quantity(rest.substr(0, bar), metric->name, static_cast<int>(*shots));
    if (name.size() == column.size()) return quantity;
    const std::string_view filter = column.substr(name.size() + 1);
    if (filter == "none") return quantity;
    quantity.filter = filter;
    quantity.key.insert(rest.substr(0, bar).size() + 1 + metric->name.size(), "," + quantity.filter);
    return quantity;
}

// "_5shot" in a name; "zeroshot" and "_0shot" are none.
std::optional<int> shots_in_name(std::string_view name) {
    const std::size_t word = name.find("shot");
    if (word == name.npos) return std::nullopt;
    std::size_t begin = word;
    while (begin > 0 && name[begin - 1] >= '0' && name[begin - 1] <= '9')
        --begin;
    const auto shots = parse_int(name.substr(begin, word - begin));
    return shots && *shots <= 1000 ? std::optional(static_cast<int>(*shots)) : std::nullopt;
}

} // namespace

QuantityRecord task_quantity(std::string_view task, std::string_view metric, std::optional<int> shots) {
    QuantityRecord quantity;
    quantity.key = std::string(task) + "/" + std::string(metric);
    if (shots && *shots != 0) quantity.key += "@" + std::to_string(*shots) + "shot";
    quantity.subject = task;
    quantity.shots = shots;
    quantity.metric = metric;
    if (const KnownMetric* known = known_metric(metric))
        describe(quantity, *known);
    else
        quantity.direction = direction_of_words(metric);
    return quantity;
}

QuantityRecord column_quantity(std::string_view column) {
    if (auto quantity = harness_column(column)) return *quantity;
    QuantityRecord quantity;
    quantity.key = column;
    if (const KnownMetric* metric = metric_at_end(column, "/_.")) {
        describe(quantity, *metric);
        std::string_view subject = column.substr(0, column.size() - metric->name.size() - 1);
        subject = subject.substr(subject.rfind('/') + 1);
        quantity.subject = subject;
        quantity.shots = shots_in_name(subject);
        return quantity;
    }
    constexpr std::string_view perplexity = "perplexity.";
    if (column.starts_with(perplexity)) {
        quantity.metric = "perplexity";
        quantity.subject = column.substr(perplexity.size());
        quantity.direction = Direction::down;
        return quantity;
    }
    quantity.metric = column;
    quantity.direction = direction_of_words(column);
    if (quantity.direction == Direction::descriptive && column_words::is_benchmark(column)) {
        quantity.metric = "score";
        quantity.subject = column;
        quantity.shots = shots_in_name(column);
        quantity.direction = Direction::up;
    }
    return quantity;
}

Direction direction_of_words(std::string_view name) {
    std::string text;
    for (const char c : name)
        text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    constexpr std::array<std::string_view, 8> down{"loss",     "perplexity", "ppl",   "bpb",
                                                   "bits_per", "nll",        "error", "entropy"};
    constexpr std::array<std::string_view, 8> up{"acc",   "exact_match", "f1",      "bleu",
                                                 "auroc", "auc",         "correct", "reward"};
    const auto has = [&](std::string_view word) { return text.find(word) != text.npos; };
    if (std::any_of(down.begin(), down.end(), has)) return Direction::down;
    if (std::any_of(up.begin(), up.end(), has)) return Direction::up;
    return Direction::descriptive;
}

} // namespace isoloss
