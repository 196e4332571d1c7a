#include "engine/inference/windows.h"
#include "engine/jobs/scored_documents.h"

#include <numeric>
#include <utility>

namespace isoloss {

namespace {

// Tokens that are handed to the model together, so that it can sort and batch them but memory stays bounded.
constexpr std::uint64_t tokens_at_a_time = 1 << 18;

/// Windows that go to the model together.
struct Batch {
    std::vector<ScoringItem> items;
    std::vector<ScoredDocument*> owners; ///< of each item
    std::uint64_t tokens = 0;            ///< to be scored
};

class TextPass {
public:
    explicit TextPass(const PassInput& input) : input_(input) {}

    Expected<PassResult> run();

private:
    Expected<void> plan(std::vector<ScoredDocument> documents);
    Expected<void> score();
    Expected<void> score(Batch& batch);
    PassResult result() const;

    const PassInput& input_;
    WindowOptions options_;
    EncodedDocuments encoded_;
    std::vector<ScoredDocument> documents_; ///< those with a token to score
    std::vector<WindowPlan> plans_;         ///< of the documents
    std::int64_t empty_documents_ = 0;
    std::int64_t unscored_tokens_ = 0;
    std::uint64_t done_ = 0, total_ = 0;
};

Expected<PassResult> TextPass::run() {
    ISOLOSS_TRY_VOID(expect_prediction(input_.checkpoint, PredictionKind::next_token, "mlm_loss"));
    options_.max_length = window_length(input_.checkpoint, input_.parameters);
    options_.stride = input_.parameters.stride.value_or(0);
    ISOLOSS_TRY(options_.bos, first_token(input_.checkpoint, input_.parameters));
    ISOLOSS_TRY(encoded_, read_documents(input_, input_.parameters.limit));
    ISOLOSS_TRY_VOID(plan(std::exchange(encoded_.documents, {})));
    ISOLOSS_TRY_VOID(score());
    return result();
}

Expected<void> TextPass::plan(std::vector<ScoredDocument> documents) {
    for (ScoredDocument& document : documents) {
        ISOLOSS_TRY(WindowPlan plan, plan_windows(document.tokens.ids, options_));
        if (plan.scored == 0) {
            ++empty_documents_;
            continue;
        }
        document.skipped = plan.skipped;
        for (const ScoringItem& item : plan.items)
            document.window_tokens.push_back(static_cast<std::int64_t>(item.continuations.at(0).size()));
        unscored_tokens_ += plan.skipped;
        total_ += static_cast<std::uint64_t>(plan.scored);
        documents_.push_back(std::move(document));
        plans_.push_back(std::move(plan));
    }
    return {};
}

Expected<void> TextPass::score() {
    Batch batch;
    for (std::size_t i = 0; i < documents_.size(); ++i)
        for (const ScoringItem& item : plans_[i].items) {
            batch.items.push_back(item);
            batch.owners.push_back(&documents_[i]);
            batch.tokens += item.continuations.at(0).size();
            if (batch.tokens >= tokens_at_a_time) ISOLOSS_TRY_VOID(score(batch));
        }
    return score(batch);
}

Expected<void> TextPass::score(Batch& batch) {
    if (batch.items.empty()) return {};
    const auto step = [&](std::uint64_t done) { input_.progress(done_ + done, total_, "tokens"); };
    ISOLOSS_TRY(const auto scores, input_.checkpoint.model->score(batch.items, input_.token, step));
    for (std::size_t i = 0; i < batch.items.size(); ++i) {
        const std::vector<double>& log_probs = scores.at(i).at(0).log_probs;
        batch.owners[i]->score.add(log_probs);
        batch.owners[i]->window_sums.push_back(std::accumulate(log_probs.begin(), log_probs.end(), 0.0));
    }
    done_ += batch.tokens;
    batch = {};
    return {};
}

PassResult TextPass::result() const {
    const TextMetrics metrics = metrics_of(documents_);
    PassResult result;
    MetricResult shared;
    shared.n = metrics.tokens;
    shared.n_skipped = unscored_tokens_;
    if (documents_.empty()) shared.reason = "the data has no token to score";
    const auto put = [&](const char* key, const Estimate& estimate) {
        result.metrics[key] = shared;
        result.metrics[key].estimate = estimate;
    };
    put("loss", metrics.loss);
    put("perplexity", metrics.perplexity);
    put("bits_per_byte", encoded_.has_text ? metrics.bits_per_byte : Estimate{});
    put("bits_per_char", encoded_.has_text ? metrics.bits_per_char : Estimate{});
    if (!encoded_.has_text)
        for (const char* key : {"bits_per_byte", "bits_per_char"})
            result.metrics[key].reason = "the data are token ids, and the checkpoint has no tokenizer to decode them";
    result.metrics["loss"].outcomes = document_outcomes(input_.dataset.name, documents_);

    Provenance& provenance = result.provenance;
    provenance.add("window", options_.max_length);
    provenance.add("stride", options_.stride > 0 ? options_.stride : options_.max_length);
    provenance.add("bos", std::string_view(options_.bos ? "in front of every window" : "none"));
    provenance.add(documents_provenance(metrics, empty_documents_));
    provenance.add("unscored_tokens", unscored_tokens_);
    note_problems(result, encoded_.problems);
    return result;
}

} // namespace

Expected<PassResult> text_pass(const PassInput& input) {
    return TextPass(input).run();
}

} // namespace isoloss
