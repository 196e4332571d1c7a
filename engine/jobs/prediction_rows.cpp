#include "engine/jobs/prediction_rows.h"

#include "engine/datasets/dataset.h"
#include "engine/jobs/scored_documents.h"

#include <algorithm>

namespace isoloss {

namespace {

// 1 GiB of token ids.
constexpr std::uint64_t most_row_tokens = 1u << 28;

std::uint64_t row_tokens(const TokenWindow& window, PredictionKind kind) {
    const std::uint64_t length = window.tokens.size();
    return kind == PredictionKind::masked_token ? length * (length - window.first) : length;
}

void append_rows(const TokenWindow& window, const RowOptions& options, std::vector<PredictionRow>& rows) {
    if (options.kind == PredictionKind::next_token)
        rows.push_back(next_token_row(window));
    else
        for (std::size_t position = window.first; position < window.tokens.size(); ++position)
            rows.push_back(masked_row(window, position, options.mask));
}

} // namespace

Expected<RowOptions> row_options(const LoadedCheckpoint& checkpoint, const MeasureParameters& parameters) {
    RowOptions options;
    options.kind = checkpoint.architecture.prediction();
    options.window = window_length(checkpoint, parameters);
    ISOLOSS_TRY(options.bos, first_token(checkpoint, parameters));
    const bool masks = options.kind == PredictionKind::masked_token;
    if (options.window < (masks && !options.bos ? 1 : 2))
        return fail(ErrorKind::usage, "a window of less than 2 tokens predicts nothing", "Give a longer window");
    if (!masks) return options;
    const auto mask = checkpoint.tokenizer->mask();
    if (!mask)
        return fail(ErrorKind::unsupported, "the model predicts masked tokens, but its tokenizer has no mask token",
                    "Name it in tokenizer_config.json (mask_token)");
    if (*mask >= checkpoint.architecture.vocabulary)
        return fail(ErrorKind::damaged,
                    "the tokenizer's mask is token " + std::to_string(*mask) + ", but the model knows only " +
                        std::to_string(checkpoint.architecture.vocabulary) + " tokens",
                    "Check that tokenizer and weights belong together");
    options.mask = *mask;
    return options;
}

std::vector<TokenWindow> cut_to_windows(std::span<const std::int32_t> ids, const RowOptions& options) {
    const std::size_t least = options.kind == PredictionKind::next_token ? 2 : 1;
    const std::size_t first = options.bos ? 1 : 0;
    const std::size_t step = static_cast<std::size_t>(options.window) - first;
    std::vector<TokenWindow> windows;
    for (std::size_t begin = 0; begin < ids.size(); begin += step) {
        const auto body = ids.subspan(begin, std::min(step, ids.size() - begin));
        if (first + body.size() < least) continue;
        TokenWindow& window = windows.emplace_back();
        window.first = first;
        if (options.bos) window.tokens.push_back(*options.bos);
        window.tokens.insert(window.tokens.end(), body.begin(), body.end());
    }
    return windows;
}

PredictionRow next_token_row(const TokenWindow& window) {
    PredictionRow row;
    row.tokens = window.tokens;
    row.targets.assign(window.tokens.begin() + 1, window.tokens.end());
    for (std::size_t i = 0; i < row.targets.size(); ++i)
        row.positions.push_back(static_cast<std::int32_t>(i));
    return row;
}

PredictionRow masked_row(const TokenWindow& window, std::size_t position, std::int32_t mask) {
    PredictionRow row;
    row.tokens = window.tokens;
    row.targets = {row.tokens.at(position)};
    row.tokens[position] = mask;
    row.positions = {static_cast<std::int32_t>(position)};
    return row;
}

Expected<PredictionRows> read_prediction_rows(const PassInput& input, std::optional<std::int64_t> most_tokens) {
    ISOLOSS_TRY(const RowOptions options, row_options(input.checkpoint, input.parameters));
    const auto limit = input.parameters.limit ? input.parameters.limit : most_tokens;
    ISOLOSS_TRY(const EncodedDocuments encoded, read_documents(input, limit));
    PredictionRows result;
    std::uint64_t size = 0;
    std::int64_t bytes = 0;
    for (const ScoredDocument& document : encoded.documents) {
        if (input.token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        bytes += document.score.bytes;
        for (const TokenWindow& window : cut_to_windows(document.tokens.ids, options)) {
            size += row_tokens(window, options.kind);
            if (size > most_row_tokens)
                return fail({ErrorKind::limit,
                             input.dataset.path,
                             {},
                             "the rows of all predictions have more than " + std::to_string(most_row_tokens) +
                                 " tokens together",
                             "Give a smaller limit or window"});
            append_rows(window, options, result.rows);
        }
    }
    for (const PredictionRow& row : result.rows)
        result.positions += static_cast<std::int64_t>(row.positions.size());

    Provenance& provenance = result.provenance;
    provenance.add("window", options.window);
    provenance.add("stride", options.window);
    provenance.add("bos", std::string_view(options.bos ? "in front of every window" : "none"));
    provenance.add("prediction", std::string_view(options.kind == PredictionKind::masked_token
                                                      ? "of one masked token in each row"
                                                      : "of the next token at each position"));
    provenance.add("rows", static_cast<std::int64_t>(result.rows.size()));
    if (limit) provenance.add("most_tokens", *limit);
    provenance.add("bytes", bytes);
    provenance.add("bytes_in_all", encoded.bytes_in_all);
    if (encoded.problems.count() > 0) provenance.add("skipped_rows", encoded.problems.count());
    return result;
}

} // namespace isoloss
