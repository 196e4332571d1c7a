#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace isoloss {

enum class SmoothingKind { none, ema, gaussian, running_mean };

/// How a curve is smoothed. Neighbours are counted in points, points without a finite value included; those add
/// nothing, stay as they are, and the weights of the others are brought to a sum of 1, as at the ends of the series.
struct Smoothing {
    SmoothingKind kind = SmoothingKind::none;
    /// ema: the weight w of what came before, 0 to 0.999. gaussian: the standard deviation in points. running_mean: the
    /// width of the centred window in points; an even one counts as the next odd one.
    double amount = 0;

    /// Whether it changes any curve at all.
    bool active() const;
    /// Points on each side that a smoothed value needs: 4 standard deviations, half a window. 0 of an EMA, which needs
    /// everything before.
    std::size_t reach() const;

    bool operator==(const Smoothing&) const = default;
};

/// The largest amount that a kind takes: 0.999, or 10,000 points.
double most_smoothing(SmoothingKind kind);

/// In few words: "EMA 0.9", "Gaussian σ 10", "running mean of 11". Empty when it is not active.
std::string smoothing_name(const Smoothing& smoothing);

/// What is drawn, for a legend: "EMA w = 0.9, debiased: sᵢ = …". Empty when it is not active.
std::string smoothing_formula(const Smoothing& smoothing);

/// A whole series smoothed. A series whose finite values are all the same is left alone.
std::vector<double> smoothed(std::span<const double> values, const Smoothing& smoothing);

/// The debiased exponential moving average that TensorBoard draws, one value after the other: per finite value
/// last = last·w + (1−w)·y, n += 1, out = last / (1 − wⁿ); a value that is not finite stays as it is. A copy goes on
/// from where the original stood.
class DebiasedEma {
public:
    /// The weight is cut to 0 … 0.999; NaN is 0.
    explicit DebiasedEma(double weight);

    double next(double value);

private:
    double weight_;
    double last_ = 0;
    double weight_to_n_ = 1;
};

/// The averages of values [begin, end) by a kind that has a window; what lies within reach() on both sides is looked
/// at, what lies beyond `values` is not there. The result of a value does not depend on what is asked beside it.
std::vector<double> window_averages(std::span<const double> values, std::size_t begin, std::size_t end,
                                    const Smoothing& smoothing);

} // namespace isoloss
