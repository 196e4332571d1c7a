#include "engine/inference/windows.h"

#include <algorithm>

namespace isoloss {

Expected<WindowPlan> plan_windows(std::span<const std::int32_t> tokens, const WindowOptions& options) {
    if (options.max_length < 2)
        return fail(ErrorKind::usage, "A window needs at least 2 tokens: one of context and one to score",
                    "Give a longer window");
    if (options.stride < 0) return fail(ErrorKind::usage, "The stride is negative", "Give a stride of 1 or more");

    WindowPlan plan;
    if (tokens.empty()) return plan;
    plan.skipped = options.bos ? 0 : 1;
    const auto body = tokens.subspan(static_cast<std::size_t>(plan.skipped));
    plan.scored = static_cast<std::int64_t>(body.size());

    // Every window is one anchor (BOS, or the token before its body) and at most `capacity` tokens of the body.
    const auto capacity = static_cast<std::size_t>(options.max_length - 1);
    const std::size_t stride =
        options.stride == 0 ? capacity : std::min(capacity, static_cast<std::size_t>(options.stride));
    std::size_t scored_end = 0;
    for (std::size_t begin = 0; scored_end < body.size(); begin += stride) {
        const std::size_t end = begin + std::min(capacity, body.size() - begin);
        ScoringItem item;
        item.context.reserve(1 + scored_end - begin);
        item.context.push_back(options.bos ? *options.bos : tokens[begin]);
        const auto at = [&](std::size_t index) { return body.begin() + static_cast<std::ptrdiff_t>(index); };
        item.context.insert(item.context.end(), at(begin), at(scored_end));
        item.continuations.emplace_back(at(scored_end), at(end));
        plan.items.push_back(std::move(item));
        scored_end = end;
    }
    return plan;
}

} // namespace isoloss
