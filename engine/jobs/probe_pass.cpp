#include "engine/base/hash.h"
#include "engine/base/number_text.h"
#include "engine/datasets/task_data.h"
#include "engine/inference/estimate.h"
#include "engine/jobs/measurement.h"
#include "engine/jobs/scored_documents.h"

#include <algorithm>
#include <numeric>

namespace isoloss {

namespace {

constexpr std::size_t fewest_rows = 20; ///< less cannot be dealt out to folds

/// What of the tests of one column was right.
struct ColumnScore {
    std::int64_t tested = 0, correct = 0;
    std::int64_t majority = 0; ///< would be right with the most frequent class for every row

    void add(const ColumnScore& other) {
        tested += other.tested;
        correct += other.correct;
        majority += other.majority;
    }
};

class ProbePass {
public:
    explicit ProbePass(const PassInput& input) : input_(input) {}

    Expected<PassResult> run();

private:
    Expected<void> encode();
    void choose_columns();
    ColumnScore score_of(std::size_t column, const ProbeResult& probe) const;
    void describe(const ProbeResult& probe, Provenance& provenance) const;
    MetricResult result(const ProbeResult& probe) const;

    const PassInput& input_;
    LabelledData data_;
    std::int64_t window_ = 0;
    std::optional<std::int32_t> bos_;
    std::vector<std::size_t> rows_;                    ///< of the data, that have tokens and a label
    std::vector<std::vector<std::int32_t>> sequences_; ///< of these rows
    std::int64_t read_rows_ = 0, shortened_ = 0;
    std::vector<ProbeColumn> columns_;
    std::vector<std::string> names_; ///< of the columns
    std::string left_out_;           ///< labels that have one class only
};

Expected<PassResult> ProbePass::run() {
    ISOLOSS_TRY(data_, read_labelled_data(input_.dataset));
    ISOLOSS_TRY(bos_, first_token(input_.checkpoint, input_.parameters));
    window_ = window_length(input_.checkpoint, input_.parameters);
    ISOLOSS_TRY_VOID(encode());
    choose_columns();

    PassResult pass;
    pass.provenance.add("window", window_);
    pass.provenance.add("bos", std::string_view(bos_ ? "in front of every text" : "none"));
    pass.provenance.add("rows", static_cast<std::int64_t>(rows_.size()));
    pass.provenance.add("shortened_texts", shortened_);
    if (!left_out_.empty()) pass.provenance.add("labels_of_one_class", std::string_view(left_out_));
    MetricResult& accuracy = pass.metrics["linear_probe_accuracy"];
    if (rows_.size() < fewest_rows) {
        accuracy.reason = "a probe needs at least " + std::to_string(fewest_rows) + " rows with a label; there are " +
                          std::to_string(rows_.size());
        return pass;
    }
    if (columns_.empty()) {
        accuracy.reason = "no label has two classes";
        return pass;
    }
    ProbeOptions options;
    options.seed = input_.parameters.seed;
    const auto step = [&](std::uint64_t done) { input_.progress(done, sequences_.size(), "rows"); };
    ISOLOSS_TRY(const ProbeResult probe, input_.units.with_smaller_batches<ProbeResult>([&] {
        return input_.checkpoint.model->linear_probe(sequences_, columns_, options, input_.token, step);
    }));
    accuracy = result(probe);
    pass.provenance.add("folds", static_cast<std::int64_t>(options.folds));
    describe(probe, pass.provenance);
    note_problems(pass, data_.problems);
    return pass;
}

Expected<void> ProbePass::encode() {
    const auto count = static_cast<std::size_t>(
        std::min(input_.parameters.limit.value_or(static_cast<std::int64_t>(data_.texts.size())),
                 static_cast<std::int64_t>(data_.texts.size())));
    read_rows_ = static_cast<std::int64_t>(count);
    for (std::size_t row = 0; row < count; ++row) {
        if (input_.token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        if (std::ranges::all_of(data_.columns, [&](const LabelColumn& column) { return column.rows[row] < 0; }))
            continue;
        ISOLOSS_TRY(const TokenizedText tokens, encode_for(input_.checkpoint, data_.texts[row]));
        if (tokens.ids.empty()) continue;
        rows_.push_back(row);
        auto& sequence = sequences_.emplace_back();
        if (bos_) sequence.push_back(*bos_);
        sequence.insert(sequence.end(), tokens.ids.begin(), tokens.ids.end());
        if (sequence.size() > static_cast<std::size_t>(window_)) {
            sequence.resize(static_cast<std::size_t>(window_));
            ++shortened_;
        }
    }
    return {};
}

// Classes are numbered anew: a limit may have left some without rows.
void ProbePass::choose_columns() {
    for (const LabelColumn& labels : data_.columns) {
        std::vector<std::int32_t> number(labels.classes.size(), -1);
        for (const std::size_t row : rows_)
            if (labels.rows[row] >= 0) number[static_cast<std::size_t>(labels.rows[row])] = 0;
        ProbeColumn column;
        for (std::int32_t& one : number)
            if (one == 0) one = column.classes++;
        if (column.classes < 2) {
            left_out_ += (left_out_.empty() ? "" : ", ") + labels.name;
            continue;
        }
        for (const std::size_t row : rows_)
            column.labels.push_back(labels.rows[row] < 0 ? -1 : number[static_cast<std::size_t>(labels.rows[row])]);
        columns_.push_back(std::move(column));
        names_.push_back(labels.name);
    }
}

ColumnScore ProbePass::score_of(std::size_t column, const ProbeResult& probe) const {
    const std::vector<std::int32_t>& labels = columns_[column].labels;
    std::vector<std::int64_t> counts(static_cast<std::size_t>(columns_[column].classes));
    for (const std::int32_t label : labels)
        if (label >= 0) ++counts[static_cast<std::size_t>(label)];
    const auto majority = std::ranges::max_element(counts) - counts.begin();
    ColumnScore score;
    for (std::size_t row = 0; row < labels.size(); ++row) {
        const int tested = probe.tested.at(column).at(row);
        score.tested += tested;
        score.correct += probe.correct.at(column).at(row);
        if (labels[row] == majority) score.majority += tested;
    }
    return score;
}

void ProbePass::describe(const ProbeResult& probe, Provenance& provenance) const {
    ColumnScore all;
    Provenance accuracies, majorities, penalties;
    const auto add_share = [](Provenance& to, std::string_view name, std::int64_t part, std::int64_t whole) {
        if (whole > 0) to.add(name, static_cast<double>(part) / static_cast<double>(whole));
    };
    for (std::size_t column = 0; column < columns_.size(); ++column) {
        const ColumnScore score = score_of(column, probe);
        all.add(score);
        add_share(accuracies, names_[column], score.correct, score.tested);
        add_share(majorities, names_[column], score.majority, score.tested);
        std::string chosen;
        for (const double penalty : probe.penalties.at(column))
            chosen += (chosen.empty() ? "" : ", ") + number_text(penalty);
        penalties.add(names_[column], std::string_view(chosen));
    }
    provenance.add("features", probe.features);
    provenance.add("pooling", std::string_view(probe.concatenated ? "states of all tokens concatenated"
                                                                  : "mean of the states over the tokens"));
    provenance.add("tests", all.tested);
    add_share(provenance, "majority_accuracy", all.majority, all.tested);
    provenance.add_object("accuracy_by_label", accuracies);
    provenance.add_object("majority_accuracy_by_label", majorities);
    provenance.add_object("penalties", penalties);
    provenance.add("standard_error", std::string_view("clustered by row"));
}

MetricResult ProbePass::result(const ProbeResult& probe) const {
    MetricResult result;
    std::vector<double> correct, tested;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        int right = 0, tests = 0;
        for (std::size_t column = 0; column < columns_.size(); ++column) {
            right += probe.correct.at(column).at(i);
            tests += probe.tested.at(column).at(i);
        }
        if (tests == 0) continue;
        correct.push_back(right);
        tested.push_back(tests);
        const std::string& text = data_.texts[rows_[i]];
        OutcomeRecord& outcome = result.outcomes.emplace_back();
        outcome.item.task = input_.dataset.name;
        outcome.item.key = "row " + std::to_string(rows_[i] + 1);
        outcome.item.doc_hash = content_hash(text);
        outcome.item.text = text_excerpt(text);
        outcome.correct = correct.back() / tested.back();
    }
    result.estimate = clustered_ratio(correct, tested);
    result.n = static_cast<std::int64_t>(tested.size());
    result.n_skipped = read_rows_ - static_cast<std::int64_t>(rows_.size());
    if (tested.empty()) result.reason = "no row with a label was tested";
    return result;
}

} // namespace

Expected<PassResult> probe_pass(const PassInput& input) {
    return ProbePass(input).run();
}

} // namespace isoloss
