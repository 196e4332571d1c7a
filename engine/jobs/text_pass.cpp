#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "engine/datasets/dataset.h"
#include "engine/inference/windows.h"
#include "engine/jobs/measurement.h"

#include <limits>
#include <numeric>

namespace isoloss {

namespace {

// Tokens that are handed to the model together, so that it can sort and batch them but memory stays bounded.
constexpr std::uint64_t tokens_at_a_time = 1 << 18;
constexpr std::size_t excerpt_bytes = 2000;

/// A document, cut to windows.
struct PlannedDocument {
    std::string_view text; ///< what of it is measured
    TokenizedText tokens;
    WindowPlan plan;
    DocumentScore score;
    std::vector<double> window_sums;
};

std::string excerpt(std::string_view text) {
    if (text.size() <= excerpt_bytes) return valid_utf8(text);
    std::size_t end = excerpt_bytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    return valid_utf8(text.substr(0, end)) + " …";
}

/// Windows that go to the model together.
struct Batch {
    std::vector<ScoringItem> items;
    std::vector<PlannedDocument*> owners; ///< of each item
    std::uint64_t tokens = 0;             ///< to be scored
};

class TextPass {
public:
    explicit TextPass(const PassInput& input) : input_(input) {}

    Expected<PassResult> run();

private:
    Expected<void> plan(const TextData& data);
    Expected<void> score();
    Expected<void> score(Batch& batch);
    std::vector<OutcomeRecord> outcomes() const;
    OutcomeRecord outcome(std::string key, std::string_view text, double log_prob_sum, std::int64_t tokens) const;
    std::vector<OutcomeRecord> window_outcomes(const PlannedDocument& document) const;
    PassResult result() const;

    const PassInput& input_;
    WindowOptions options_;
    std::vector<PlannedDocument> documents_;
    std::int64_t empty_documents_ = 0;
    std::int64_t unscored_tokens_ = 0;
    std::uint64_t done_ = 0, total_ = 0;
};

Expected<PassResult> TextPass::run() {
    ISOLOSS_TRY(const TextData data, read_text_data(input_.dataset.path));
    options_.max_length = window_length(input_.checkpoint, input_.parameters);
    options_.stride = input_.parameters.stride.value_or(0);
    ISOLOSS_TRY(options_.bos, first_token(input_.checkpoint, input_.parameters));
    ISOLOSS_TRY_VOID(plan(data));
    ISOLOSS_TRY_VOID(score());
    return result();
}

Expected<void> TextPass::plan(const TextData& data) {
    std::int64_t left = input_.parameters.limit.value_or(std::numeric_limits<std::int64_t>::max());
    for (const std::string& text : data.documents) {
        if (left <= 0) break;
        if (input_.token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        PlannedDocument document;
        document.text = text;
        ISOLOSS_TRY(document.tokens, encode_for(input_.checkpoint, text));
        auto& ids = document.tokens.ids;
        if (static_cast<std::int64_t>(ids.size()) > left) {
            ids.resize(static_cast<std::size_t>(left));
            document.tokens.bytes.resize(ids.size());
            const auto bytes = std::accumulate(document.tokens.bytes.begin(), document.tokens.bytes.end(), 0ull);
            document.text = document.text.substr(0, bytes);
        }
        left -= static_cast<std::int64_t>(ids.size());
        ISOLOSS_TRY(document.plan, plan_windows(ids, options_));
        if (document.plan.scored == 0) {
            ++empty_documents_;
            continue;
        }
        document.score.bytes = static_cast<std::int64_t>(document.text.size());
        document.score.characters = static_cast<std::int64_t>(code_point_count(document.text));
        unscored_tokens_ += document.plan.skipped;
        total_ += static_cast<std::uint64_t>(document.plan.scored);
        documents_.push_back(std::move(document));
    }
    return {};
}

Expected<void> TextPass::score() {
    Batch batch;
    for (PlannedDocument& document : documents_)
        for (const ScoringItem& item : document.plan.items) {
            batch.items.push_back(item);
            batch.owners.push_back(&document);
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

OutcomeRecord TextPass::outcome(std::string key, std::string_view text, double log_prob_sum,
                                std::int64_t tokens) const {
    OutcomeRecord outcome;
    outcome.item.task = input_.dataset.name;
    outcome.item.key = std::move(key);
    outcome.item.doc_hash = content_hash(text);
    outcome.item.text = excerpt(text);
    outcome.log_likelihoods = {log_prob_sum};
    outcome.tokens = tokens;
    return outcome;
}

std::vector<OutcomeRecord> TextPass::window_outcomes(const PlannedDocument& document) const {
    std::vector<OutcomeRecord> outcomes;
    std::size_t token = static_cast<std::size_t>(document.plan.skipped);
    std::size_t byte = token == 0 ? 0 : document.tokens.bytes[0];
    for (std::size_t window = 0; window < document.plan.items.size(); ++window) {
        const std::size_t tokens = document.plan.items[window].continuations.at(0).size();
        std::size_t bytes = 0;
        for (std::size_t i = 0; i < tokens; ++i)
            bytes += document.tokens.bytes[token + i];
        outcomes.push_back(outcome("window " + std::to_string(window + 1), document.text.substr(byte, bytes),
                                   document.window_sums[window], static_cast<std::int64_t>(tokens)));
        token += tokens;
        byte += bytes;
    }
    return outcomes;
}

std::vector<OutcomeRecord> TextPass::outcomes() const {
    if (documents_.size() == 1) return window_outcomes(documents_.front());
    std::vector<OutcomeRecord> outcomes;
    for (std::size_t i = 0; i < documents_.size(); ++i) {
        const PlannedDocument& document = documents_[i];
        outcomes.push_back(outcome("document " + std::to_string(i + 1), document.text, document.score.log_prob_sum,
                                   document.score.tokens));
    }
    return outcomes;
}

PassResult TextPass::result() const {
    std::vector<DocumentScore> scores;
    for (const PlannedDocument& document : documents_)
        scores.push_back(document.score);
    const TextMetrics metrics = text_metrics(scores);

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
    put("bits_per_byte", metrics.bits_per_byte);
    put("bits_per_char", metrics.bits_per_char);
    result.metrics["loss"].outcomes = outcomes();

    Provenance& provenance = result.provenance;
    provenance.add("window", options_.max_length);
    provenance.add("stride", options_.stride > 0 ? options_.stride : options_.max_length);
    provenance.add("bos", std::string_view(options_.bos ? "in front of every window" : "none"));
    provenance.add("documents", metrics.documents);
    provenance.add("empty_documents", empty_documents_);
    provenance.add("bytes", metrics.bytes);
    provenance.add("characters", metrics.characters);
    provenance.add("unscored_tokens", unscored_tokens_);
    provenance.add("standard_error",
                   std::string_view(metrics.documents >= 2 ? "clustered by document" : "tokens taken as independent"));
    return result;
}

} // namespace

Expected<PassResult> text_pass(const PassInput& input) {
    return TextPass(input).run();
}

} // namespace isoloss
