#include "engine/jobs/prediction_rows.h"
#include "engine/jobs/scored_documents.h"

#include <utility>

namespace isoloss {

namespace {

/// Positions of a window that are masked one after the other in one unit: each is a row of the model.
struct Stretch {
    std::size_t document = 0;
    std::size_t window = 0;
    std::size_t begin = 0, end = 0; ///< positions
};

// What a unit keeps of each of its stretches.
constexpr std::size_t numbers_of_stretch = 2;

class MaskedLossPass {
public:
    explicit MaskedLossPass(const PassInput& input) : input_(input) {}

    Expected<PassResult> run();

private:
    void cut();
    std::vector<std::vector<Stretch>> cut_to_units() const;
    Expected<PassUnits::Numbers> score(std::span<const Stretch> stretches);
    void sum_up(std::span<const Stretch> stretches, std::span<const double> numbers);
    PassResult result() const;

    const PassInput& input_;
    RowOptions options_;
    EncodedDocuments encoded_;
    std::vector<ScoredDocument> documents_;
    std::int64_t empty_documents_ = 0;
    std::vector<std::vector<TokenWindow>> windows_; ///< of the documents
    std::uint64_t done_ = 0, total_ = 0;
};

Expected<PassResult> MaskedLossPass::run() {
    ISOLOSS_TRY_VOID(expect_prediction(input_.checkpoint, PredictionKind::masked_token, "loss"));
    ISOLOSS_TRY(options_, row_options(input_.checkpoint, input_.parameters));
    ISOLOSS_TRY(encoded_, read_documents(input_, input_.parameters.limit));
    documents_ = std::exchange(encoded_.documents, {});
    empty_documents_ = static_cast<std::int64_t>(
        std::erase_if(documents_, [](const ScoredDocument& document) { return document.tokens.ids.empty(); }));
    for (const ScoredDocument& document : documents_)
        total_ += document.tokens.ids.size();
    cut();
    std::int64_t unit = 0;
    for (const auto& stretches : cut_to_units()) {
        ISOLOSS_TRY(const auto numbers, input_.units.numbers(unit++, numbers_of_stretch * stretches.size(),
                                                             [&] { return score(stretches); }));
        sum_up(stretches, numbers);
        input_.progress(done_, total_, "tokens");
    }
    return result();
}

void MaskedLossPass::cut() {
    for (ScoredDocument& document : documents_) {
        const auto& windows = windows_.emplace_back(cut_to_windows(document.tokens.ids, options_));
        document.window_sums.resize(windows.size());
        for (const TokenWindow& window : windows)
            document.window_tokens.push_back(static_cast<std::int64_t>(window.tokens.size() - window.first));
    }
}

// In the order of the documents: rows of one window are equally long, so that little is padding.
std::vector<std::vector<Stretch>> MaskedLossPass::cut_to_units() const {
    std::vector<std::vector<Stretch>> units;
    std::int64_t tokens = 0; // of the last unit
    for (std::size_t document = 0; document < windows_.size(); ++document)
        for (std::size_t number = 0; number < windows_[document].size(); ++number) {
            const TokenWindow& window = windows_[document][number];
            const auto length = static_cast<std::int64_t>(window.tokens.size());
            for (std::size_t position = window.first; position < window.tokens.size(); ++position) {
                const bool full = units.empty() || tokens + length > input_.units.unit_tokens();
                if (full) {
                    units.emplace_back();
                    tokens = 0;
                }
                if (full || position == window.first)
                    units.back().push_back({document, number, position, position + 1});
                else
                    units.back().back().end = position + 1;
                tokens += length;
            }
        }
    return units;
}

Expected<PassUnits::Numbers> MaskedLossPass::score(std::span<const Stretch> stretches) {
    std::vector<PredictionRow> rows;
    for (const Stretch& stretch : stretches)
        for (std::size_t position = stretch.begin; position < stretch.end; ++position)
            rows.push_back(masked_row(windows_[stretch.document][stretch.window], position, options_.mask));
    const auto step = [&](std::uint64_t done) { input_.progress(done_ + done, total_, "tokens"); };
    ISOLOSS_TRY(const auto scores, input_.checkpoint.model->score_rows(rows, input_.token, step));
    PassUnits::Numbers numbers;
    auto row = scores.begin();
    for (const Stretch& stretch : stretches) {
        DocumentScore sums;
        for (std::size_t position = stretch.begin; position < stretch.end; ++position)
            sums.add(*row++);
        numbers.insert(numbers.end(), {sums.log_prob_sum, sums.log_prob_square_sum});
    }
    return numbers;
}

void MaskedLossPass::sum_up(std::span<const Stretch> stretches, std::span<const double> numbers) {
    for (std::size_t i = 0; i < stretches.size(); ++i) {
        const auto [document, window, begin, end] = stretches[i];
        const double sum = numbers[numbers_of_stretch * i], squares = numbers[numbers_of_stretch * i + 1];
        documents_[document].score.add({sum, squares, static_cast<std::int64_t>(end - begin), 0, 0});
        documents_[document].window_sums[window] += sum;
        done_ += end - begin;
    }
}

PassResult MaskedLossPass::result() const {
    const TextMetrics metrics = metrics_of(documents_);
    PassResult pass;
    MetricResult& loss = pass.metrics["mlm_loss"];
    loss.estimate = metrics.loss;
    loss.n = metrics.tokens;
    loss.outcomes = document_outcomes(input_.dataset.name, documents_);
    if (documents_.empty()) loss.reason = "the data has no token to score";
    pass.provenance.add("window", options_.window);
    pass.provenance.add("stride", options_.window);
    pass.provenance.add("bos", std::string_view(options_.bos ? "in front of every window" : "none"));
    pass.provenance.add("mask", static_cast<std::int64_t>(options_.mask));
    pass.provenance.add(documents_provenance(metrics, empty_documents_));
    note_problems(pass, encoded_.problems);
    return pass;
}

} // namespace

Expected<PassResult> masked_loss_pass(const PassInput& input) {
    return MaskedLossPass(input).run();
}

} // namespace isoloss
