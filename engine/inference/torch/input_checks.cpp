#include "engine/inference/torch/input_checks.h"

#include <string>

namespace isoloss::torch_module {

namespace {

bool takes_images(const Architecture& architecture) {
    return architecture.prediction() == PredictionKind::image_class;
}

Expected<void> check_takes_text(const Architecture& architecture) {
    if (!takes_images(architecture)) return {};
    return fail(ErrorKind::unsupported, "A classifier of images reads no tokens",
                "Measure it on labelled images, or choose a language model");
}

Expected<void> check_tokens(std::span<const std::int32_t> tokens, const Architecture& architecture) {
    for (const std::int32_t token : tokens)
        if (token < 0 || token >= architecture.vocabulary)
            return fail(ErrorKind::usage,
                        "Token id " + std::to_string(token) + " is outside the model's vocabulary of " +
                            std::to_string(architecture.vocabulary),
                        "Use the tokenizer that belongs to the checkpoint");
    return {};
}

Expected<void> check_length(std::size_t length, const Architecture& architecture) {
    if (static_cast<std::int64_t>(length) <= architecture.positions) return {};
    return fail(ErrorKind::usage,
                "A sequence of " + std::to_string(length) + " tokens is longer than the model's " +
                    std::to_string(architecture.positions) + " positions",
                "Use a shorter window");
}

Expected<void> check_row(const PredictionRow& row, const Architecture& architecture) {
    if (row.positions.empty() || row.positions.size() != row.targets.size())
        return fail(ErrorKind::usage, "A row predicts nothing, or not as many tokens as it has positions",
                    "Leave out rows without a predicted token");
    ISOLOSS_TRY_VOID(check_tokens(row.tokens, architecture));
    ISOLOSS_TRY_VOID(check_tokens(row.targets, architecture));
    for (const std::int32_t position : row.positions)
        if (position < 0 || static_cast<std::size_t>(position) >= row.tokens.size())
            return fail(ErrorKind::usage, "A predicted position lies outside its row", "Report this as a fault");
    return check_length(row.tokens.size(), architecture);
}

} // namespace

Expected<void> check_continues_text(const Architecture& architecture) {
    if (architecture.prediction() == PredictionKind::masked_token)
        return fail(ErrorKind::unsupported, "A masked model cannot continue a text",
                    "Measure mlm_loss, or choose a causal model");
    return check_takes_text(architecture);
}

Expected<void> check_sequence(std::span<const std::int32_t> tokens, const Architecture& architecture) {
    ISOLOSS_TRY_VOID(check_takes_text(architecture));
    if (tokens.empty()) return fail(ErrorKind::usage, "A text has no token", "Leave it out");
    ISOLOSS_TRY_VOID(check_tokens(tokens, architecture));
    return check_length(tokens.size(), architecture);
}

Expected<void> check_item(const ScoringItem& item, const Architecture& architecture) {
    if (item.context.empty())
        return fail(ErrorKind::usage, "An item has no context token", "Put a beginning-of-sequence token in front");
    ISOLOSS_TRY_VOID(check_sequence(item.context, architecture));
    for (const auto& continuation : item.continuations) {
        ISOLOSS_TRY_VOID(check_tokens(continuation, architecture));
        ISOLOSS_TRY_VOID(check_length(item.context.size() + continuation.size(), architecture));
    }
    return {};
}

Expected<void> check_rows(std::span<const PredictionRow> rows, const Architecture& architecture) {
    ISOLOSS_TRY_VOID(check_takes_text(architecture));
    if (rows.empty()) return fail(ErrorKind::usage, "There is nothing to predict", "Give at least one row");
    for (const PredictionRow& row : rows)
        ISOLOSS_TRY_VOID(check_row(row, architecture));
    return {};
}

Expected<void> check_layers(std::span<const std::int64_t> layers, std::int64_t first,
                            const Architecture& architecture) {
    const std::string range = std::to_string(first) + " to " + std::to_string(architecture.layers);
    if (layers.empty()) return fail(ErrorKind::usage, "No layer is asked for", "Choose layers from " + range);
    std::int64_t before = first - 1;
    for (const std::int64_t layer : layers) {
        if (layer <= before || layer > architecture.layers)
            return fail(ErrorKind::usage, "There is no layer " + std::to_string(layer) + ", or layers do not rise",
                        "Choose layers from " + range + ", each once, in order");
        before = layer;
    }
    return {};
}

Expected<void> check_inputs(const ModelInputs& inputs, const Architecture& architecture) {
    if (const auto* sequences = std::get_if<std::span<const std::vector<std::int32_t>>>(&inputs)) {
        for (const auto& sequence : *sequences)
            ISOLOSS_TRY_VOID(check_sequence(sequence, architecture));
        return {};
    }
    if (takes_images(architecture)) return {};
    return fail(ErrorKind::unsupported, "A language model reads no images", "Choose a classifier of images");
}

} // namespace isoloss::torch_module
