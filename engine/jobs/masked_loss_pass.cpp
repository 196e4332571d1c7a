#include "engine/jobs/prediction_rows.h"
#include "engine/jobs/scored_documents.h"

#include <utility>

namespace isoloss {

namespace {

// Tokens of the rows that are handed to the model together, so that it can batch them but memory stays bounded.
constexpr std::uint64_t row_tokens_at_a_time = 1 << 22;

/// Rows that go to the model together.
struct Batch {
    struct Owner {
        ScoredDocument* document = nullptr;
        std::size_t window = 0;
    };

    std::vector<PredictionRow> rows;
    std::vector<Owner> owners; ///< of each row
    std::uint64_t tokens = 0;  ///< of the rows
};

class MaskedLossPass {
public:
    explicit MaskedLossPass(const PassInput& input) : input_(input) {}

    Expected<PassResult> run();

private:
    Expected<void> score(ScoredDocument& document);
    Expected<void> score_batch();
    PassResult result() const;

    const PassInput& input_;
    RowOptions options_;
    EncodedDocuments encoded_;
    std::vector<ScoredDocument> documents_;
    std::int64_t empty_documents_ = 0;
    Batch batch_;
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
    for (ScoredDocument& document : documents_)
        ISOLOSS_TRY_VOID(score(document));
    ISOLOSS_TRY_VOID(score_batch());
    return result();
}

Expected<void> MaskedLossPass::score(ScoredDocument& document) {
    const auto windows = cut_to_windows(document.tokens.ids, options_);
    document.window_sums.resize(windows.size());
    for (std::size_t i = 0; i < windows.size(); ++i) {
        const TokenWindow& window = windows[i];
        document.window_tokens.push_back(static_cast<std::int64_t>(window.tokens.size() - window.first));
        for (std::size_t position = window.first; position < window.tokens.size(); ++position) {
            batch_.rows.push_back(masked_row(window, position, options_.mask));
            batch_.owners.push_back({&document, i});
            batch_.tokens += window.tokens.size();
            if (batch_.tokens >= row_tokens_at_a_time) ISOLOSS_TRY_VOID(score_batch());
        }
    }
    return {};
}

Expected<void> MaskedLossPass::score_batch() {
    if (batch_.rows.empty()) return {};
    const auto step = [&](std::uint64_t done) { input_.progress(done_ + done, total_, "tokens"); };
    ISOLOSS_TRY(const auto scores, input_.checkpoint.model->score_rows(batch_.rows, input_.token, step));
    for (std::size_t i = 0; i < batch_.rows.size(); ++i) {
        const auto [document, window] = batch_.owners[i];
        document->score.add(scores.at(i));
        document->window_sums[window] += scores.at(i).at(0);
    }
    done_ += batch_.rows.size();
    batch_ = {};
    return {};
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
