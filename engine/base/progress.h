#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace isoloss {

/// How far a piece of long work is. `total` 0 means unknown.
struct Progress {
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    std::string unit;         ///< "tokens", "bytes", "items"
    std::string subject;      ///< what is being worked on, for a person
    double per_second = 0;    ///< units per second since the start
    double seconds_left = -1; ///< negative: unknown
};

using ProgressFunction = std::function<void(const Progress&)>;

/// Passes progress on at most once every 60 ms, with speed and time left filled in. One thread.
class ProgressReporter {
public:
    explicit ProgressReporter(ProgressFunction function, std::string unit = {}, std::uint64_t total = 0);

    void set_subject(std::string subject) { progress_.subject = std::move(subject); }

    void set_total(std::uint64_t total) { progress_.total = total; }

    /// So much was done before: it tells nothing about the speed.
    void begin_at(std::uint64_t done);

    void advance(std::uint64_t units);
    void advance_to(std::uint64_t done);
    /// Reports the current state regardless of the interval; call at the end.
    void flush();

private:
    using Clock = std::chrono::steady_clock;
    ProgressFunction function_;
    Progress progress_;
    std::uint64_t begun_at_ = 0;
    Clock::time_point started_ = Clock::now();
    Clock::time_point last_{};
};

} // namespace isoloss
