#include "engine/demo/demo_report.h"

#include "engine/analysis/checkpoint_table.h"
#include "engine/analysis/compare.h"
#include "engine/analysis/paired_losses.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/demo/demo_suite.h"
#include "engine/store/project.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <ranges>

namespace isoloss {

namespace {

constexpr std::size_t most_pairs = 6;

std::string loss_key(const DemoLanguage& language) {
    return "mlm_loss[" + language.key + "]";
}

std::string probe_key(const DemoLanguage& language) {
    return "linear_probe_accuracy[" + language.key + "_labels]";
}

std::string fisher_key(const DemoLanguage& language) {
    return "fisher_trace[" + language.key + "]";
}

std::string hessian_key(const DemoLanguage& language) {
    return "hessian_trace[" + language.key + "]";
}

std::string filter_of(const DemoLanguage& language) {
    return "language = " + json_quote(language.title);
}

/// The runs of one width, which the plane shows.
std::string plane_filter(const DemoLanguage& language) {
    return filter_of(language) + " and width = " + std::to_string(demo_width);
}

std::vector<std::string> keys_of(const DemoLanguage& language) {
    return {loss_key(language), probe_key(language), fisher_key(language), hessian_key(language)};
}

std::string run_prefix(const DemoLanguage& language) {
    return language.key + "/";
}

const DemoArm* find_arm(const DemoPlan& plan, std::string_view name) {
    const auto found = std::ranges::find(plan.runs, name, [](const DemoRun& run) { return run.arm.name; });
    return found == plan.runs.end() ? nullptr : &found->arm;
}

/// One language's checkpoints with its four quantities. Runs that are not the suite's (a user may add some) are left
/// out.
class Measured {
public:
    static Expected<Measured> read(Reader& reader, const DemoPlan& plan, const DemoLanguage& language) {
        const std::vector<std::string> keys = keys_of(language);
        ISOLOSS_TRY(CheckpointTable table, load_checkpoint_table(reader, filter_of(language), keys));
        Measured measured(std::move(table), keys, run_prefix(language));
        ISOLOSS_TRY(measured.loss_errors_, paired_loss_errors(reader, measured.table_, keys[0]));
        for (std::size_t row = 0; row < measured.table_.checkpoints.size(); ++row) {
            const DemoArm* arm = find_arm(plan, arm_of(measured.name_of(measured.table_.checkpoints[row])));
            if (arm == nullptr) continue;
            measured.rows_.push_back(row);
            measured.arms_.push_back(arm);
        }
        return measured;
    }

    std::size_t rows() const { return rows_.size(); }

    const CheckpointRecord& checkpoint(std::size_t row) const { return table_.checkpoints[rows_[row]]; }

    const Cell& loss(std::size_t row) const { return cell(0, row); }

    const Cell& probe(std::size_t row) const { return cell(1, row); }

    const Cell& fisher(std::size_t row) const { return cell(2, row); }

    const Cell& hessian(std::size_t row) const { return cell(3, row); }

    /// The error to compare losses with.
    std::optional<double> loss_error(std::size_t row) const {
        const auto& paired = loss_errors_[rows_[row]];
        return paired ? paired : loss(row).standard_error;
    }

    const std::string& key(std::size_t quantity) const { return keys_[quantity]; }

    const DemoArm& arm(std::size_t row) const { return *arms_[row]; }

    std::string label(std::size_t row) const {
        const auto step = checkpoint(row).step;
        return name_of(checkpoint(row)) + " @ " + (step ? std::to_string(*step) : "final");
    }

private:
    Measured(CheckpointTable table, std::vector<std::string> keys, std::string prefix)
        : table_(std::move(table)), keys_(std::move(keys)), prefix_(std::move(prefix)) {}

    const Cell& cell(std::size_t quantity, std::size_t row) const {
        static const Cell nothing;
        const QuantityColumn* column = table_.column(keys_[quantity]);
        return column == nullptr ? nothing : column->cells[rows_[row]];
    }

    /// "adamw-w32-s1" → "adamw-w32"
    static std::string arm_of(const std::string& name) { return name.substr(0, name.rfind("-s")); }

    std::string name_of(const CheckpointRecord& checkpoint) const {
        const std::string& name = checkpoint.run_name;
        return name.starts_with(prefix_) ? name.substr(prefix_.size()) : name;
    }

    CheckpointTable table_;
    std::vector<std::string> keys_;
    std::string prefix_;
    std::vector<std::optional<double>> loss_errors_; ///< by row of the table
    std::vector<std::size_t> rows_;                  ///< of the table
    std::vector<const DemoArm*> arms_;
};

using CellOf = const Cell& (Measured::*)(std::size_t) const;

/// Rows of each run in the order of their steps.
std::map<RunId, std::vector<std::size_t>> rows_of_runs(const Measured& measured) {
    std::map<RunId, std::vector<std::size_t>> runs;
    for (std::size_t row = 0; row < measured.rows(); ++row)
        runs[measured.checkpoint(row).run].push_back(row);
    return runs;
}

/// Mean over rows, each a run's; of a single run its own error.
Estimate mean_over(const Measured& measured, const std::vector<std::size_t>& rows, CellOf cell) {
    std::vector<double> values;
    for (const std::size_t row : rows)
        if (const auto value = (measured.*cell)(row).value) values.push_back(*value);
    Estimate mean = sample_mean(values);
    if (values.size() == 1 && rows.size() == 1) mean.standard_error = (measured.*cell)(rows.front()).standard_error;
    return mean;
}

std::vector<DemoArmResult> arm_results(const Measured& measured, const DemoPlan& plan) {
    std::vector<DemoArmResult> results;
    for (const DemoRun& run : plan.runs) {
        if (std::ranges::any_of(results, [&](const DemoArmResult& known) { return known.arm == run.arm.name; }))
            continue;
        std::vector<std::size_t> last;
        for (const auto& [id, rows] : rows_of_runs(measured))
            if (measured.arm(rows.back()).name == run.arm.name) last.push_back(rows.back());
        if (last.empty()) continue;
        DemoArmResult& result = results.emplace_back();
        result.arm = run.arm.name;
        result.algorithm = run.arm.algorithm;
        result.runs = static_cast<int>(last.size());
        result.loss = mean_over(measured, last, &Measured::loss);
        result.probe = mean_over(measured, last, &Measured::probe);
        result.fisher = mean_over(measured, last, &Measured::fisher);
        result.hessian = mean_over(measured, last, &Measured::hessian);
    }
    std::ranges::sort(results, {}, &DemoArmResult::arm);
    return results;
}

/// The lowest loss that every chosen run comes down to.
template <typename Chosen>
std::optional<double> common_loss(const Measured& measured, const Chosen& chosen) {
    double highest = -std::numeric_limits<double>::infinity();
    for (const auto& [id, rows] : rows_of_runs(measured)) {
        if (!chosen(measured.arm(rows.front()))) continue;
        double lowest = std::numeric_limits<double>::infinity();
        for (const std::size_t row : rows)
            if (const auto loss = measured.loss(row).value) lowest = std::min(lowest, *loss);
        highest = std::max(highest, lowest);
    }
    return std::isfinite(highest) ? std::optional(highest) : std::nullopt;
}

template <typename Chosen>
EqualLossReport equal_loss(const Measured& measured, double loss, const Chosen& chosen) {
    std::vector<LossScorePoint> points;
    QuantityOfPoints fisher{measured.key(2), {}}, hessian{measured.key(3), {}};
    std::map<RunId, std::size_t> runs;
    for (std::size_t row = 0; row < measured.rows(); ++row) {
        const auto x = measured.loss(row).value, y = measured.probe(row).value;
        if (!x || !y || !chosen(measured.arm(row))) continue;
        const CheckpointRecord& checkpoint = measured.checkpoint(row);
        points.push_back({runs.try_emplace(checkpoint.run, runs.size()).first->second,
                          static_cast<double>(checkpoint.step.value_or(0)), *x, measured.loss_error(row), *y});
        fisher.values.push_back(measured.fisher(row).value.value_or(std::nan("")));
        hessian.values.push_back(measured.hessian(row).value.value_or(std::nan("")));
    }
    return at_equal_loss(points, {fisher, hessian}, loss, demo_band);
}

Estimate difference_of(const CheckpointComparison& comparison, const std::string& key) {
    for (const QuantityComparison& quantity : comparison.quantities)
        if (quantity.quantity.key == key) return {quantity.difference, quantity.standard_error};
    return {};
}

/// Of each two arms the pair whose probe accuracies differ most.
Expected<std::vector<DemoPair>> pairs_at_equal_loss(Reader& reader, const Measured& measured) {
    struct Candidate {
        std::size_t a = 0, b = 0;
        double difference = 0;
    };

    std::map<std::pair<std::string, std::string>, Candidate> best;
    for (std::size_t a = 0; a < measured.rows(); ++a)
        for (std::size_t b = 0; b < measured.rows(); ++b) {
            const auto loss_a = measured.loss(a).value, loss_b = measured.loss(b).value;
            const auto probe_a = measured.probe(a).value, probe_b = measured.probe(b).value;
            const std::string &arm_a = measured.arm(a).name, &arm_b = measured.arm(b).name;
            if (!loss_a || !loss_b || !probe_a || !probe_b || arm_a >= arm_b) continue;
            if (std::abs(*loss_b - *loss_a) > demo_band) continue;
            Candidate& known = best[{arm_a, arm_b}];
            if (std::abs(*probe_b - *probe_a) > std::abs(known.difference)) known = {a, b, *probe_b - *probe_a};
        }
    std::vector<Candidate> candidates;
    for (const auto& [arms, candidate] : best)
        candidates.push_back(candidate);
    std::ranges::stable_sort(candidates, std::ranges::greater{},
                             [](const Candidate& c) { return std::abs(c.difference); });
    candidates.resize(std::min(candidates.size(), most_pairs));
    std::vector<DemoPair> pairs;
    for (const Candidate& candidate : candidates) {
        ISOLOSS_TRY(const auto comparison, compare_checkpoints(reader, {measured.checkpoint(candidate.a).id,
                                                                        measured.checkpoint(candidate.b).id}));
        DemoPair pair{measured.label(candidate.a),
                      measured.label(candidate.b),
                      difference_of(comparison, measured.key(0)),
                      difference_of(comparison, measured.key(1)),
                      {}};
        // The same random numbers draw the labels of both, which makes the two estimates alike: taken as independent,
        // the error of their difference is too large rather than too small.
        const Cell &fisher_a = measured.fisher(candidate.a), &fisher_b = measured.fisher(candidate.b);
        if (fisher_a.value && fisher_b.value) {
            pair.fisher_difference.value = *fisher_b.value - *fisher_a.value;
            if (fisher_a.standard_error && fisher_b.standard_error)
                pair.fisher_difference.standard_error = std::hypot(*fisher_a.standard_error, *fisher_b.standard_error);
        }
        pairs.push_back(std::move(pair));
    }
    return pairs;
}

std::string view_json(const DemoLanguage& language, const DemoLanguageResult& result, const std::string& filter) {
    std::string text = "{\n  \"isoloss\": \"figure\",\n  \"version\": 1,\n  \"kind\": \"scatter\",\n  \"filter\": " +
                       json_quote(filter) + ",\n  \"x\": " + json_quote(loss_key(language)) +
                       ",\n  \"y\": " + json_quote(probe_key(language)) +
                       ",\n  \"colour\": \"config.algorithm\",\n  \"lines\": \"run\",\n  \"size_by\": " +
                       json_quote(fisher_key(language)) + ",\n  \"marks\": [{\"axis\": \"x\", \"value\": " +
                       number_text(result.held_out_floor.value.value_or(language.entropy.masked_token)) +
                       ", \"label\": \"entropy floor\"}],\n";
    const auto loss =
        result.at_equal_loss.empty() ? result.logged_loss : std::optional(result.at_equal_loss.front().report.loss);
    if (loss)
        text +=
            "  \"band\": {\"centre\": " + number_text(*loss) + ", \"half_width\": " + number_text(demo_band) + "},\n";
    return text + "  \"x_scale\": \"linear\"\n}\n";
}

Expected<std::optional<double>> common_logged_loss(Reader& reader, const DemoLanguage& language) {
    const std::string key = "series:val/loss";
    ISOLOSS_TRY(const CheckpointTable table, load_checkpoint_table(reader, plane_filter(language), {key}));
    const QuantityColumn* column = table.column(key);
    std::map<RunId, double> lowest;
    for (std::size_t row = 0; column != nullptr && row < table.checkpoints.size(); ++row)
        if (const auto& loss = column->cells[row].value; loss && std::isfinite(*loss)) {
            double& known = lowest.try_emplace(table.checkpoints[row].run, *loss).first->second;
            known = std::min(known, *loss);
        }
    if (lowest.empty()) return std::nullopt;
    return std::ranges::max(lowest | std::views::values);
}

Expected<void> add_measured(Reader& reader, const DemoPlan& plan, const DemoLanguage& language,
                            DemoLanguageResult& result) {
    ISOLOSS_TRY(const Measured measured, Measured::read(reader, plan, language));
    result.arms = arm_results(measured, plan);
    for (DemoArmResult& arm : result.arms)
        if (arm.loss.value && result.held_out_floor.value)
            arm.above_floor = {*arm.loss.value - *result.held_out_floor.value, arm.loss.standard_error};
    const auto compare = [&](std::string runs, const auto& chosen) {
        if (const auto loss = common_loss(measured, chosen))
            result.at_equal_loss.push_back({std::move(runs), equal_loss(measured, *loss, chosen)});
    };
    const auto of_one_width = [](const DemoArm& arm) { return arm.shape.width == demo_width; };
    const std::string width = "width " + std::to_string(demo_width);
    compare(width, of_one_width);
    compare(width + ", without the adversary",
            [&](const DemoArm& arm) { return of_one_width(arm) && arm.adversary == 0; });
    if (std::ranges::any_of(plan.runs, [](const DemoRun& run) { return run.arm.shape.width != demo_width; }))
        compare("all widths", [](const DemoArm&) { return true; });
    ISOLOSS_TRY(result.pairs, pairs_at_equal_loss(reader, measured));
    return {};
}

} // namespace

Expected<std::vector<DemoLanguageResult>> demo_results(Reader& reader, const DemoPlan& plan) {
    std::vector<DemoLanguageResult> results;
    ISOLOSS_TRY(const auto quantities, reader.quantities());
    for (const DemoLanguage& language : plan.languages) {
        DemoLanguageResult& result = results.emplace_back();
        result.key = language.key;
        result.title = language.title;
        result.floor = language.entropy.masked_token;
        const std::vector<double> best = masked_losses(*language.language, held_out_of(plan, language));
        result.held_out_floor = clustered_ratio(best, std::vector<double>(best.size(), language.language->length()));
        result.best_probe = best_probe_accuracy(*language.language, labelled_of(plan, language));
        const bool measured = std::ranges::all_of(keys_of(language), [&](const std::string& key) {
            return std::ranges::find(quantities, key, &QuantityRecord::key) != quantities.end();
        });
        if (measured) {
            ISOLOSS_TRY_VOID(add_measured(reader, plan, language, result));
        } else {
            ISOLOSS_TRY(result.logged_loss, common_logged_loss(reader, language));
        }
    }
    return results;
}

Expected<void> save_demo_views(Project& project, const DemoPlan& plan, const std::vector<DemoLanguageResult>& results) {
    std::vector<ViewRecord> views;
    for (std::size_t i = 0; i < plan.languages.size(); ++i) {
        const DemoLanguage& language = plan.languages[i];
        const auto add = [&](const std::string& name, const std::string& filter) {
            ViewRecord& view = views.emplace_back();
            view.name = name;
            view.page = "downstream";
            view.body = view_json(language, results.at(i), filter);
        };
        const std::string title = language.title + ": probe accuracy at equal loss";
        add(title, plane_filter(language));
        if (std::ranges::any_of(
                plan.runs, [&](const DemoRun& run) { return run.language == i && run.arm.shape.width != demo_width; }))
            add(title + ", all widths", filter_of(language));
    }
    return project.writer().run([&](WriteSession& session) -> Expected<void> {
        for (const ViewRecord& view : views)
            ISOLOSS_TRY_VOID(session.put_view(view));
        return session.set_start_view(views.front().name);
    });
}

} // namespace isoloss
