#include "engine/jobs/pass_units.h"

#include "engine/base/log.h"

#include <algorithm>

namespace isoloss {

namespace {

// Below this the batches are hardly what fills the memory.
constexpr std::int64_t fewest_batch_tokens = 64;

} // namespace

Expected<PassUnits::Numbers> PassUnits::numbers(std::int64_t unit, std::size_t size, const Compute& compute) {
    if (const auto found = found_.find(unit); found != found_.end() && found->second.size() == size)
        return std::move(found->second);
    ISOLOSS_TRY(Numbers numbers, with_smaller_batches<Numbers>(compute));
    if (numbers.size() != size) return fail(ErrorKind::internal, "a unit of the pass gave another number of results");
    ISOLOSS_TRY_VOID(keep_(unit, numbers));
    return numbers;
}

bool PassUnits::halve_batches() {
    const std::int64_t tokens = model_.batch_tokens();
    if (tokens <= fewest_batch_tokens) return false;
    model_.set_batch_tokens(std::max(fewest_batch_tokens, tokens / 2));
    log::warn("Memory ran out: batches have {} tokens from now on, not {}", model_.batch_tokens(), tokens);
    return true;
}

Error PassUnits::at_smallest_batch(Error error) const {
    error.reason += ", even in batches of " + std::to_string(model_.batch_tokens()) + " tokens";
    return error;
}

std::vector<std::size_t> unit_ends(std::span<const std::int64_t> lengths, std::int64_t unit_tokens) {
    std::vector<std::size_t> ends;
    std::int64_t longest = 0;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < lengths.size(); ++i) {
        longest = std::max(longest, lengths[i]);
        if (i > begin && static_cast<std::int64_t>(i - begin + 1) * longest > unit_tokens) {
            ends.push_back(i);
            begin = i;
            longest = lengths[i];
        }
    }
    if (begin < lengths.size()) ends.push_back(lengths.size());
    return ends;
}

} // namespace isoloss
