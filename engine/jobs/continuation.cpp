#include "engine/jobs/continuation.h"

namespace isoloss {

Expected<ContinuationOptions> continuation_options(const LoadedCheckpoint& checkpoint,
                                                   const MeasureParameters& parameters) {
    ContinuationOptions options;
    ISOLOSS_TRY(options.bos, first_token(checkpoint, parameters));
    options.longest = window_length(checkpoint, parameters);
    return options;
}

Expected<PlannedContinuation> plan_continuation(const LoadedCheckpoint& checkpoint, const ContinuationOptions& options,
                                                std::string context, std::string continuation) {
    const std::size_t kept = context.find_last_not_of(" \t\n\r\f\v") + 1;
    continuation.insert(0, context, kept, std::string::npos);
    context.resize(kept);
    ISOLOSS_TRY(const TokenizedText whole, encode_for(checkpoint, context + continuation));
    ISOLOSS_TRY(const TokenizedText alone, encode_for(checkpoint, context));
    const auto border = static_cast<std::ptrdiff_t>(std::min(alone.ids.size(), whole.ids.size()));
    PlannedContinuation planned;
    if (options.bos) planned.context.push_back(*options.bos);
    planned.context.insert(planned.context.end(), whole.ids.begin(), whole.ids.begin() + border);
    planned.continuation.assign(whole.ids.begin() + border, whole.ids.end());
    if (planned.context.empty()) {
        // Something must stand before the first scored token.
        const Tokenizer& tokenizer = *checkpoint.tokenizer;
        const auto substitute = tokenizer.bos() ? tokenizer.bos() : tokenizer.eos();
        if (!substitute)
            return fail(ErrorKind::unsupported, "the context is empty and the tokenizer has no token to begin with");
        planned.context.push_back(*substitute);
    }
    if (planned.continuation.empty())
        return fail(ErrorKind::damaged, "an answer has no token", "Give every choice a text");

    const std::int64_t room = options.longest - static_cast<std::int64_t>(planned.continuation.size());
    if (room < 1)
        return fail(ErrorKind::limit, "an answer has " + std::to_string(planned.continuation.size()) +
                                          " tokens, and the model takes " + std::to_string(options.longest) +
                                          " with its context");
    const std::int64_t surplus = static_cast<std::int64_t>(planned.context.size()) - room;
    if (surplus > 0) {
        planned.context.erase(planned.context.begin(), planned.context.begin() + surplus);
        planned.is_shortened = true;
    }
    return planned;
}

} // namespace isoloss
