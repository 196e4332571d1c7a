#include "ui/pages/plane_defaults.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace isoloss {
namespace {

constexpr int band_candidates = 60;
constexpr std::size_t least_inside = 3;

/// The part of a key between its last '/' and what closes it: "acc" of "mean(*/acc)".
std::pair<std::size_t, std::size_t> metric_span(std::string_view key) {
    const std::size_t slash = key.rfind('/');
    if (slash == std::string_view::npos || key.starts_with("series:")) return {0, 0};
    const std::size_t end = std::min(key.find_first_of(")@,", slash), key.size());
    return {slash + 1, end - slash - 1};
}

double round_to(double value, double unit) {
    return std::round(value / unit) * unit;
}

/// The largest of 1, 2, 5 times a power of ten that is not above the value.
double round_down(double value) {
    const double power = std::pow(10, std::floor(std::log10(value)));
    for (const double digit : {5.0, 2.0})
        if (digit * power <= value) return digit * power;
    return power;
}

/// What a key ends with, in small letters: "crossentropyloss" of "eval/c4/CrossEntropyLoss", else the whole key.
std::string ending(std::string_view key) {
    const auto [begin, size] = metric_span(key);
    std::string text(size == 0 ? key : key.substr(begin, size));
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
    return text;
}

/// As evaluation logs, studies and tables name losses on a set of texts.
bool is_imported_loss(std::string_view key) {
    return !key.starts_with("series:") && ending(key).ends_with("loss");
}

/// Of the right answers of a task: a score in the clothes of a loss.
bool is_task_bits(std::string_view key) {
    const std::string text = ending(key);
    return text == "bpb" || text.ends_with("_bpb");
}

int loss_rank(std::string_view key) {
    if (key.starts_with("loss[") || key.starts_with("mlm_loss[")) return 5;
    if (key.find("bits_per_byte") != std::string_view::npos) return 4;
    if (is_imported_loss(key)) return 3;
    if (is_perplexity(key)) return 2;
    return is_loss_like(key) ? 1 : 0;
}

/// A loss on texts goes before training curves and scores of tasks, however many checkpoints have those.
bool is_better_loss(const QuantityChoice& a, const QuantityChoice& b) {
    const int rank_a = loss_rank(a.key), rank_b = loss_rank(b.key);
    if ((rank_a > 1) != (rank_b > 1)) return rank_a > 1;
    return a.checkpoints > b.checkpoints || (a.checkpoints == b.checkpoints && rank_a > rank_b);
}

} // namespace

bool is_perplexity(std::string_view key) {
    return key.find("perplexity") != std::string_view::npos || metric_of_key(key) == "ppl" || key.starts_with("ppl[");
}

bool is_loss_like(std::string_view key) {
    return key.starts_with("loss[") || key == "loss" || key.starts_with("mlm_loss[") || key == "mlm_loss" ||
           key.find("bits_per_") != std::string_view::npos || is_perplexity(key) ||
           (key.starts_with("series:") && key.find("loss") != std::string_view::npos) || is_imported_loss(key) ||
           is_task_bits(key);
}

bool is_probe_score(std::string_view key) {
    return key.starts_with("linear_probe_accuracy[") || key == "linear_probe_accuracy";
}

std::string_view metric_of_key(std::string_view key) {
    const auto [begin, size] = metric_span(key);
    return key.substr(begin, size);
}

std::optional<std::string> key_with_metric(std::string_view key, std::string_view metric) {
    const auto [begin, size] = metric_span(key);
    if (size == 0) return std::nullopt;
    std::string changed(key);
    changed.replace(begin, size, metric);
    return changed;
}

std::optional<PlaneAxes> default_axes(const std::vector<QuantityChoice>& choices) {
    const QuantityChoice* x = nullptr;
    for (const QuantityChoice& choice : choices) {
        if (loss_rank(choice.key) == 0 || choice.checkpoints == 0) continue;
        if (x == nullptr || is_better_loss(choice, *x)) x = &choice;
    }
    const QuantityChoice* y = nullptr;
    for (const QuantityChoice& choice : choices) {
        if (choice.checkpoints == 0 || &choice == x || is_loss_like(choice.key)) continue;
        if (choice.key == "mean(*/acc)") {
            y = &choice;
            break;
        }
        const auto rank = [](const QuantityChoice& candidate) {
            const bool is_score = candidate.group == "Scores" || candidate.group == "Means";
            if (is_score) return 3;
            if (candidate.group != "Measured") return 0;
            return is_probe_score(candidate.key) ? 2 : 1;
        };
        if (rank(choice) == 0) continue;
        if (y == nullptr || rank(choice) > rank(*y) ||
            (rank(choice) == rank(*y) && choice.checkpoints > y->checkpoints))
            y = &choice;
    }
    if (x == nullptr || y == nullptr) return std::nullopt;
    return PlaneAxes{x->key, y->key, is_perplexity(x->key) ? AxisScale::log : AxisScale::linear};
}

std::optional<FigureBand> default_band(const std::vector<LossScorePoint>& points) {
    if (points.size() < 2) return std::nullopt;
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const LossScorePoint& point : points) {
        low = std::min(low, point.loss);
        high = std::max(high, point.loss);
    }
    if (!(high > low)) return std::nullopt;
    // Perplexities span decades: candidates are then spread evenly over their logarithm.
    const bool logarithmic = low > 0 && high / low > 20;
    const auto candidate = [&](int i) {
        const double share = (i + 0.5) / band_candidates;
        return logarithmic ? low * std::pow(high / low, share) : std::lerp(low, high, share);
    };
    const auto width_at = [&](double loss) { return round_down((logarithmic ? loss : high - low) / 50); };
    // Where most runs have a checkpoint there is most to compare, but not among untrained ones: the better half.
    std::vector<double> losses;
    for (const LossScorePoint& point : points)
        losses.push_back(point.loss);
    const auto middle = losses.begin() + static_cast<std::ptrdiff_t>(losses.size() / 2);
    std::nth_element(losses.begin(), middle, losses.end());
    const double median = *middle;
    double centre = candidate(0);
    std::size_t most_runs = 0, most_points = 0;
    for (int i = band_candidates - 1; i >= 0; --i) {
        const double loss = candidate(i);
        if (loss > median) continue;
        std::set<std::size_t> runs;
        std::size_t count = 0;
        for (const LossScorePoint& point : points) {
            if (std::abs(point.loss - loss) > width_at(loss)) continue;
            runs.insert(point.run);
            ++count;
        }
        if (runs.size() < most_runs || (runs.size() == most_runs && count < most_points)) continue;
        centre = loss;
        most_runs = runs.size();
        most_points = count;
    }
    double half_width = width_at(centre);
    centre = round_to(centre, half_width / 2);
    const auto inside = [&] {
        return static_cast<std::size_t>(std::count_if(points.begin(), points.end(), [&](const LossScorePoint& point) {
            return std::abs(point.loss - centre) <= half_width;
        }));
    };
    for (int doubling = 0; doubling < 3 && inside() < least_inside; ++doubling)
        half_width *= 2;
    return FigureBand{centre, half_width};
}

std::vector<std::optional<std::size_t>> dense_ranks(const std::vector<double>& values) {
    std::set<double> distinct;
    for (const double value : values)
        if (std::isfinite(value)) distinct.insert(value);
    const std::vector<double> sorted(distinct.begin(), distinct.end());
    std::vector<std::optional<std::size_t>> ranks(values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        if (std::isfinite(values[i]))
            ranks[i] =
                static_cast<std::size_t>(std::lower_bound(sorted.begin(), sorted.end(), values[i]) - sorted.begin());
    return ranks;
}

} // namespace isoloss
