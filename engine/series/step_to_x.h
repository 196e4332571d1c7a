#pragma once

#include "engine/series/logged_x.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace isoloss {

/// How x follows from attempt, step and wall time within one run. A value, each copy for one thread at a time; copies
/// share what was logged.
class StepToX {
public:
    static StepToX steps() { return times_step(1); }

    /// x = factor × step / divisor, both > 0.
    static StepToX times_step(double factor, double divisor = 1);
    /// UTC seconds.
    static StepToX wall_time();
    static StepToX hours_since(double origin);
    /// x = factor × what was logged, factor > 0.
    static StepToX logged(std::shared_ptr<const LoggedX> x, double factor = 1);

    /// The same times a factor > 0; not of times.
    StepToX scaled(double factor) const;

    /// NaN where x is not known. Asked in order of steps it takes constant time.
    double operator()(int attempt, std::int64_t step, double wall_time) const;

    /// Whether both answer the same; of what was logged, whether it is of the same series.
    bool operator==(const StepToX& other) const {
        return kind_ == other.kind_ && origin_ == other.origin_ && factor_ == other.factor_ &&
               divisor_ == other.divisor_ && logged_ == other.logged_;
    }

    /// The steps of an attempt for which x is known, as parts over which it rises or falls. Their x is as it
    /// was logged.
    std::span<const MonotonePart> parts(int attempt) const;

    /// The x of what was logged.
    double of_logged(double x) const { return factor_ * x; }

    /// What a logarithmic axis begins with when nothing else is asked: one step, one second, the least that was logged.
    double least_positive() const { return least_positive_; }

private:
    enum class Kind { step, wall_time, hours, logged };

    StepToX(Kind kind, double least_positive) : kind_(kind), least_positive_(least_positive) {}

    Kind kind_;
    double least_positive_;
    double origin_ = 0; ///< UTC seconds of hour 0
    double factor_ = 1; ///< of steps and of what was logged
    double divisor_ = 1;
    std::shared_ptr<const LoggedX> logged_;
    mutable std::size_t near_ = 0; ///< where the last answer was
};

} // namespace isoloss
