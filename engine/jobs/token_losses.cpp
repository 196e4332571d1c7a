#include "engine/jobs/token_losses.h"

#include "engine/jobs/measurement.h"
#include "engine/jobs/prediction_rows.h"

#include <numbers>
#include <numeric>

namespace isoloss {

namespace {

/// A token's place among all of the text, for every prediction of a row.
using Places = std::vector<std::size_t>;

double sum_of(const std::vector<std::optional<double>>& log_probs) {
    return std::accumulate(log_probs.begin(), log_probs.end(), 0.0,
                           [](double sum, const std::optional<double>& of) { return sum + of.value_or(0); });
}

} // namespace

std::optional<double> TokenLosses::loss() const {
    std::int64_t scored = 0;
    for (const std::optional<double>& of : log_probs)
        scored += of ? 1 : 0;
    return scored > 0 ? std::optional(-sum_of(log_probs) / static_cast<double>(scored)) : std::nullopt;
}

std::optional<double> TokenLosses::bits_per_byte() const {
    const std::uint64_t all = std::accumulate(bytes.begin(), bytes.end(), std::uint64_t{0});
    if (!loss() || all == 0) return std::nullopt;
    return -sum_of(log_probs) / (static_cast<double>(all) * std::numbers::ln2);
}

Expected<TokenLosses> token_losses(const LoadedCheckpoint& checkpoint, std::string_view text,
                                   const MeasureParameters& parameters, const CancellationToken& token) {
    if (text.size() > most_read_text)
        return fail(ErrorKind::limit, "the text has more than " + std::to_string(most_read_text) + " bytes",
                    "Measure loss on it, which keeps a number for each window");
    ISOLOSS_TRY(const RowOptions options, row_options(checkpoint, parameters));
    ISOLOSS_TRY(TokenizedText tokens, encode_for(checkpoint, text));
    TokenLosses result;
    result.checkpoint = checkpoint.id;
    result.tokenizer_hash = checkpoint.tokenizer->hash();
    result.log_probs.resize(tokens.ids.size());

    std::vector<PredictionRow> rows;
    std::vector<Places> places;
    std::size_t begin = 0; // of the window, among the text's tokens
    for (const TokenWindow& window : cut_to_windows(tokens.ids, options)) {
        if (options.kind == PredictionKind::next_token) {
            rows.push_back(next_token_row(window));
            Places& of = places.emplace_back();
            for (std::size_t position = 1; position < window.tokens.size(); ++position)
                of.push_back(begin + position - window.first);
        } else {
            for (std::size_t position = window.first; position < window.tokens.size(); ++position) {
                rows.push_back(masked_row(window, position, options.mask));
                places.push_back({begin + position - window.first});
            }
        }
        begin += window.tokens.size() - window.first;
    }
    ISOLOSS_TRY(const auto scores, checkpoint.model->score_rows(rows, token, [](std::uint64_t) {}));
    for (std::size_t row = 0; row < rows.size(); ++row)
        for (std::size_t i = 0; i < places[row].size(); ++i)
            result.log_probs.at(places[row][i]) = scores.at(row).at(i);
    result.ids = std::move(tokens.ids);
    result.bytes = std::move(tokens.bytes);
    return result;
}

} // namespace isoloss
