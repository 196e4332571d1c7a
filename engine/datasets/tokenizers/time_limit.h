#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace isoloss {

/// When the work on one text must have ended; a pattern or a tokenizer file may be hostile. The clock is looked at
/// once in about a million steps. One thread.
class TimeLimit {
public:
    using Clock = std::chrono::steady_clock;

    static TimeLimit none() { return TimeLimit(Clock::time_point::max()); }

    /// Ten seconds, and as much again for every ten megabytes: a hundred times what honest files need.
    static TimeLimit for_text(std::size_t bytes) {
        return TimeLimit(Clock::now() + std::chrono::seconds(10) +
                         std::chrono::microseconds(static_cast<std::int64_t>(bytes)));
    }

    /// Counts so many steps of about a nanosecond; false when the time is over.
    bool spend(std::size_t steps) {
        if (steps < left_) {
            left_ -= steps;
            return true;
        }
        left_ = between_looks;
        return Clock::now() <= end_;
    }

private:
    static constexpr std::size_t between_looks = 1u << 20;

    explicit TimeLimit(Clock::time_point end) : end_(end) {}

    Clock::time_point end_;
    std::size_t left_ = between_looks;
};

} // namespace isoloss
