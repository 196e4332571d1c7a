#pragma once

#include "engine/base/error.h"
#include "engine/inference/backend.h"
#include "engine/store/records.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace isoloss {

/// The work of a pass in units: a pass cuts its work the same way each time, and what a unit gives is a few numbers.
/// Units that an interrupted pass has finished are not computed again, so that it goes on where it stopped and comes to
/// the same result, bit for bit. When memory runs out, the model's batches are halved and the unit is repeated. The
/// engine thread's.
class PassUnits {
public:
    using Numbers = std::vector<double>;
    using Compute = std::function<Expected<Numbers>()>;
    /// Keeps the numbers of a unit beyond the end of the process.
    using Keep = std::function<Expected<void>(std::int64_t unit, std::span<const double> numbers)>;

    PassUnits(Model& model, PartialUnits found, std::int64_t unit_tokens, Keep keep)
        : model_(model), found_(std::move(found)), unit_tokens_(unit_tokens), keep_(std::move(keep)) {}

    /// How many tokens a unit should have: as many as the model computes at once.
    std::int64_t unit_tokens() const { return unit_tokens_; }

    /// The numbers of one unit, `size` of them: kept ones, else computed now and kept.
    Expected<Numbers> numbers(std::int64_t unit, std::size_t size, const Compute& compute);

    /// False while everything was found finished.
    bool has_computed() const { return has_computed_; }

    /// Repeats `compute` with smaller batches as long as memory runs out, down to the smallest; then fails with limit.
    template <typename T>
    Expected<T> with_smaller_batches(const std::function<Expected<T>()>& compute) {
        has_computed_ = true;
        for (;;) {
            auto result = compute();
            if (result || result.error().kind != ErrorKind::limit) return result;
            if (!halve_batches()) return fail(at_smallest_batch(std::move(result).error()));
        }
    }

private:
    bool halve_batches();
    Error at_smallest_batch(Error error) const;

    Model& model_;
    PartialUnits found_;
    std::int64_t unit_tokens_;
    Keep keep_;
    bool has_computed_ = false;
};

/// Cuts a sequence of pieces, each of so many tokens, into units of about `unit_tokens`: the end of each unit. Every
/// piece of a unit is padded to the longest of them; a unit has at least one.
std::vector<std::size_t> unit_ends(std::span<const std::int64_t> lengths, std::int64_t unit_tokens);

} // namespace isoloss
