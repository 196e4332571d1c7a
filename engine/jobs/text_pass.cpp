#include "engine/inference/windows.h"
#include "engine/jobs/scored_documents.h"

#include <algorithm>
#include <utility>

namespace isoloss {

namespace {

/// One window of one document.
struct Window {
    std::size_t document = 0;
    std::size_t number = 0; ///< among those of the document
    std::int64_t length = 0;
};

// What a unit keeps of each of its windows.
constexpr std::size_t numbers_of_window = 2;

class TextPass {
public:
    explicit TextPass(const PassInput& input) : input_(input) {}

    Expected<PassResult> run();

private:
    Expected<void> plan(std::vector<ScoredDocument> documents);
    std::vector<Window> windows_by_length() const;
    Expected<void> score();
    Expected<PassUnits::Numbers> score(std::span<const Window> windows);
    void sum_up(std::span<const Window> windows, std::span<const double> numbers);
    PassResult result() const;

    const PassInput& input_;
    WindowOptions options_;
    EncodedDocuments encoded_;
    std::vector<ScoredDocument> documents_;                 ///< those with a token to score
    std::vector<WindowPlan> plans_;                         ///< of the documents
    std::vector<std::vector<DocumentScore>> window_scores_; ///< of the documents' windows
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

// Windows of one length go through the model together, so that little is padding.
std::vector<Window> TextPass::windows_by_length() const {
    std::vector<Window> windows;
    for (std::size_t document = 0; document < plans_.size(); ++document)
        for (std::size_t number = 0; number < plans_[document].items.size(); ++number) {
            const ScoringItem& item = plans_[document].items[number];
            windows.push_back(
                {document, number, static_cast<std::int64_t>(item.context.size() + item.continuations.at(0).size())});
        }
    std::ranges::stable_sort(windows, std::ranges::greater{}, &Window::length);
    return windows;
}

Expected<void> TextPass::score() {
    for (const WindowPlan& plan : plans_)
        window_scores_.emplace_back(plan.items.size());
    const std::vector<Window> windows = windows_by_length();
    std::vector<std::int64_t> lengths;
    for (const Window& window : windows)
        lengths.push_back(window.length);
    std::size_t begin = 0;
    std::int64_t unit = 0;
    for (const std::size_t end : unit_ends(lengths, input_.units.unit_tokens())) {
        const auto part = std::span(windows).subspan(begin, end - begin);
        ISOLOSS_TRY(const auto numbers,
                    input_.units.numbers(unit++, numbers_of_window * part.size(), [&] { return score(part); }));
        sum_up(part, numbers);
        input_.progress(done_, total_, "tokens");
        begin = end;
    }
    for (std::size_t i = 0; i < documents_.size(); ++i)
        for (const DocumentScore& window : window_scores_[i]) {
            documents_[i].score.add(window);
            documents_[i].window_sums.push_back(window.log_prob_sum);
        }
    return {};
}

Expected<PassUnits::Numbers> TextPass::score(std::span<const Window> windows) {
    std::vector<ScoringItem> items;
    for (const Window& window : windows)
        items.push_back(plans_[window.document].items[window.number]);
    const auto step = [&](std::uint64_t done) { input_.progress(done_ + done, total_, "tokens"); };
    ISOLOSS_TRY(const auto scores, input_.checkpoint.model->score(items, input_.token, step));
    PassUnits::Numbers numbers;
    for (const ItemScores& of_window : scores) {
        DocumentScore sums;
        sums.add(of_window.at(0).log_probs);
        numbers.insert(numbers.end(), {sums.log_prob_sum, sums.log_prob_square_sum});
    }
    return numbers;
}

void TextPass::sum_up(std::span<const Window> windows, std::span<const double> numbers) {
    for (std::size_t i = 0; i < windows.size(); ++i) {
        const auto [document, number, length] = windows[i];
        const std::int64_t tokens = documents_[document].window_tokens[number];
        window_scores_[document][number] = {numbers[numbers_of_window * i], numbers[numbers_of_window * i + 1], tokens,
                                            0, 0};
        done_ += static_cast<std::uint64_t>(tokens);
    }
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
