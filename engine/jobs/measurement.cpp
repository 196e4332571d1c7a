#include "engine/jobs/measurement.h"

#include <algorithm>

namespace isoloss {

Expected<std::optional<std::int32_t>> first_token(const LoadedCheckpoint& checkpoint,
                                                  const MeasureParameters& parameters) {
    const Tokenizer& tokenizer = *checkpoint.tokenizer;
    const bool wanted = parameters.bos == MeasureParameters::Bos::yes ||
                        (parameters.bos == MeasureParameters::Bos::as_tokenizer && tokenizer.adds_bos());
    if (!wanted) return std::nullopt;
    if (const auto token = tokenizer.bos()) return token;
    if (const auto token = checkpoint.architecture.bos_token) return token;
    return fail(ErrorKind::unsupported, "a beginning-of-sequence token is asked for, but the tokenizer has none",
                "Measure without it (bos = no)");
}

std::int64_t window_length(const LoadedCheckpoint& checkpoint, const MeasureParameters& parameters) {
    const std::int64_t longest = checkpoint.architecture.positions;
    return std::min(parameters.window.value_or(longest), longest);
}

Expected<TokenizedText> encode_for(const LoadedCheckpoint& checkpoint, std::string_view text) {
    ISOLOSS_TRY(TokenizedText tokens, checkpoint.tokenizer->encode(text));
    const std::int64_t vocabulary = checkpoint.architecture.vocabulary;
    const auto outside =
        std::find_if(tokens.ids.begin(), tokens.ids.end(), [&](std::int32_t id) { return id < 0 || id >= vocabulary; });
    if (outside != tokens.ids.end())
        return fail(ErrorKind::damaged,
                    "the tokenizer gives token " + std::to_string(*outside) + ", but the model knows only " +
                        std::to_string(vocabulary) + " tokens",
                    "Check that tokenizer and weights belong together");
    return tokens;
}

} // namespace isoloss
