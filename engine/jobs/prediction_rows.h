#pragma once

#include "engine/jobs/measurement.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace isoloss {

/// How the tokens of a document become rows of a model.
struct RowOptions {
    PredictionKind kind = PredictionKind::next_token;
    std::int64_t window = 0;         ///< tokens of a row, the one in front included
    std::optional<std::int32_t> bos; ///< in front of every window, never predicted
    std::int32_t mask = 0;           ///< of a masked-token model
};

/// By what the model predicts, its longest sequence, the parameters' window and their rule for the first token. Fails
/// when a masked-token model's tokenizer has no mask token, or when a window has no room for a prediction.
Expected<RowOptions> row_options(const LoadedCheckpoint& checkpoint, const MeasureParameters& parameters);

/// Tokens that go through the network together; those from `first` on are the document's.
struct TokenWindow {
    std::vector<std::int32_t> tokens;
    std::size_t first = 0;
};

/// The document cut to windows that do not overlap. For next-token models a rest that predicts nothing is left out.
std::vector<TokenWindow> cut_to_windows(std::span<const std::int32_t> ids, const RowOptions& options);
/// Every position but the last predicts the token after it.
PredictionRow next_token_row(const TokenWindow& window);
/// The token at `position` is masked and predicted.
PredictionRow masked_row(const TokenWindow& window, std::size_t position, std::int32_t mask);

/// The rows of a data set.
struct PredictionRows {
    std::vector<PredictionRow> rows;
    std::int64_t positions = 0; ///< predicted in all rows
    Provenance provenance;      ///< window, first token, how much of the data
};

/// For passes that need all rows at once: next-token models have one row a window, masked-token models one a token. At
/// most the parameters' limit of tokens, else `most_tokens`, from the front. Fails with limit when the rows would fill
/// the memory.
Expected<PredictionRows> read_prediction_rows(const PassInput& input, std::optional<std::int64_t> most_tokens);

} // namespace isoloss
