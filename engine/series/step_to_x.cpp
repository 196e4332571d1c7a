#include "engine/series/step_to_x.h"

#include <limits>

namespace isoloss {

namespace {

constexpr double seconds_per_hour = 3600;
constexpr MonotonePart everything{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                                  -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};

} // namespace

StepToX StepToX::times_step(double factor, double divisor) {
    StepToX result(Kind::step, factor / divisor);
    result.factor_ = factor;
    result.divisor_ = divisor;
    return result;
}

StepToX StepToX::wall_time() {
    return {Kind::wall_time, 1};
}

StepToX StepToX::hours_since(double origin) {
    StepToX result(Kind::hours, 1 / seconds_per_hour);
    result.origin_ = origin;
    return result;
}

StepToX StepToX::logged(std::shared_ptr<const LoggedX> x, double factor) {
    StepToX result(Kind::logged, factor * x->least_positive().value_or(1));
    result.factor_ = factor;
    result.logged_ = std::move(x);
    return result;
}

StepToX StepToX::scaled(double factor) const {
    StepToX result = *this;
    result.factor_ *= factor;
    result.least_positive_ *= factor;
    return result;
}

double StepToX::operator()(int attempt, std::int64_t step, double wall_time) const {
    switch (kind_) {
    case Kind::step:
        return factor_ * static_cast<double>(step) / divisor_;
    case Kind::wall_time:
        return wall_time;
    case Kind::hours:
        return (wall_time - origin_) / seconds_per_hour;
    case Kind::logged:
        return factor_ * logged_->at(attempt, step, near_);
    }
    return std::numeric_limits<double>::quiet_NaN();
}

std::span<const MonotonePart> StepToX::parts(int attempt) const {
    return kind_ == Kind::logged ? logged_->parts(attempt) : std::span<const MonotonePart>(&everything, 1);
}

} // namespace isoloss
