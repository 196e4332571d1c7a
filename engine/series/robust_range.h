#pragma once

#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace isoloss {

/// The y range of a chart that leaves out a few extreme values. Tukey's fences about a wide middle: the least value of
/// 98 % of the buckets and the greatest of 98 % of them, each widened by 1.5 times their distance; the range is that of
/// the values between these fences. Distances are those on the axis. Each bucket counts once, as on the screen they are
/// about equally wide: what takes 2 % of the picture shapes the axis, a spike does not, nor the steep beginning of a
/// loss where it is short. The whole range stays where leaving out gains little: where it is at most 3 times as long,
/// where there are fewer than 20 buckets, and where 96 % of the values are equal.
class RobustRange {
public:
    struct Range {
        double low = 0, high = 0;
        bool cuts_low = false, cuts_high = false; ///< there are values below, above
    };

    /// `position`: where a value lies on the axis, rising; NaN or infinite: not on it, such as 0 on a logarithmic one.
    explicit RobustRange(std::function<double(double)> position) : position_(std::move(position)) {}

    /// Least and greatest values of buckets. What is not on the axis is passed over.
    void add(std::span<const float> least, std::span<const float> greatest);
    void add(std::span<const double> least, std::span<const double> greatest);

    /// None when nothing is on the axis.
    std::optional<Range> range() const;

private:
    bool has_place(double value) const;

    double length(double low, double high) const { return position_(high) - position_(low); }

    std::function<double(double)> position_;
    std::vector<double> least_, greatest_;
};

} // namespace isoloss
