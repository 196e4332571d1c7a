#pragma once

#include "engine/importers/event_points.h"
#include "engine/store/records.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace isoloss {

/// A batch of points sorted into columns: each stretch of points of one attempt by tag; within a tag, in file order.
class EventColumns {
public:
    /// Points of one tag and attempt.
    struct Part {
        std::uint32_t tag = 0;
        std::uint32_t attempt = 0;
        bool wide = false; ///< float64: at least one value is
        std::size_t begin = 0, size = 0;
    };

    /// `points`: in file order. `tags`: every tag is below.
    void fill(std::span<const EventPoint> points, std::size_t tags);

    std::size_t size() const { return steps_.size(); }

    const std::vector<Part>& parts() const { return parts_; }

    PointSpan points(const Part& part) const;

    /// UTC seconds; NaN where no wall time is known.
    struct TimeRange {
        double earliest = std::numeric_limits<double>::quiet_NaN();
        double latest = std::numeric_limits<double>::quiet_NaN();
    };

    const TimeRange& time_range() const { return time_range_; }

private:
    void add_attempt(std::span<const EventPoint> points, std::size_t begin, std::vector<std::uint32_t>& part_of_tag);
    /// Puts each point at the next place of its part.
    template <typename PutValue>
    void scatter(std::span<const EventPoint> points, std::size_t first_part,
                 const std::vector<std::uint32_t>& part_of_tag, std::vector<std::size_t>& next,
                 const PutValue& put_value);

    std::vector<Part> parts_;
    std::vector<std::int64_t> steps_;
    std::vector<double> wall_times_;
    std::vector<float> narrow_; ///< the values of parts that are not wide, at their places
    std::vector<double> wide_;  ///< the others; empty when there are none
    TimeRange time_range_;
};

} // namespace isoloss
