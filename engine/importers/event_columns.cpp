#include "engine/importers/event_columns.h"

#include "engine/store/extremes.h"

#include <algorithm>
#include <bit>

namespace isoloss {

namespace {

constexpr std::uint32_t no_part = ~std::uint32_t{0};

float narrow_value(const EventPoint& point) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(point.bits));
}

double wide_value(const EventPoint& point) {
    return point.wide != 0 ? std::bit_cast<double>(point.bits) : widen(narrow_value(point));
}

} // namespace

void EventColumns::fill(std::span<const EventPoint> points, std::size_t tags) {
    parts_.clear();
    steps_.resize(points.size());
    wall_times_.resize(points.size());
    narrow_.resize(points.size());
    wide_.clear();
    std::vector<std::uint32_t> part_of_tag(tags, no_part);
    for (std::size_t begin = 0; begin < points.size();) {
        const auto rest = points.subspan(begin);
        const auto end = std::find_if(rest.begin(), rest.end(),
                                      [&](const EventPoint& p) { return p.attempt != rest.front().attempt; });
        const auto attempt = rest.first(static_cast<std::size_t>(end - rest.begin()));
        add_attempt(attempt, begin, part_of_tag);
        begin += attempt.size();
    }
    time_range_ = {};
    if (wall_times_.empty()) return;
    const Extremes times = extremes_of(std::span<const double>(wall_times_));
    time_range_ = {times.min, times.max};
}

// A counting sort by tag: the points are read in order and written to as many places as there are tags.
void EventColumns::add_attempt(std::span<const EventPoint> points, std::size_t begin,
                               std::vector<std::uint32_t>& part_of_tag) {
    const std::size_t first_part = parts_.size();
    for (const EventPoint& point : points) {
        std::uint32_t& part = part_of_tag[point.tag];
        if (part == no_part) {
            part = static_cast<std::uint32_t>(parts_.size());
            parts_.push_back({point.tag, point.attempt, false, 0, 0});
        }
        ++parts_[part].size;
        if (point.wide != 0) parts_[part].wide = true;
    }
    bool any_wide = false;
    std::vector<std::size_t> next(parts_.size() - first_part);
    for (std::size_t i = 0; i < next.size(); ++i) {
        Part& part = parts_[first_part + i];
        part.begin = next[i] = begin;
        begin += part.size;
        any_wide = any_wide || part.wide;
    }
    if (any_wide) {
        wide_.resize(steps_.size());
        scatter(points, first_part, part_of_tag, next,
                [this](std::size_t part, std::size_t at, const EventPoint& point) {
                    if (parts_[part].wide)
                        wide_[at] = wide_value(point);
                    else
                        narrow_[at] = narrow_value(point);
                });
    } else {
        scatter(points, first_part, part_of_tag, next,
                [narrow = narrow_.data()](std::size_t, std::size_t at, const EventPoint& point) {
                    narrow[at] = narrow_value(point);
                });
    }
    for (std::size_t i = first_part; i < parts_.size(); ++i)
        part_of_tag[parts_[i].tag] = no_part;
}

template <typename PutValue>
void EventColumns::scatter(std::span<const EventPoint> points, std::size_t first_part,
                           const std::vector<std::uint32_t>& part_of_tag, std::vector<std::size_t>& next,
                           const PutValue& put_value) {
    // Pointers of its own: what is written might otherwise be them.
    std::int64_t* const steps = steps_.data();
    double* const wall_times = wall_times_.data();
    const std::uint32_t* const parts = part_of_tag.data();
    std::size_t* const places = next.data();
    for (const EventPoint& point : points) {
        const std::size_t part = parts[point.tag];
        const std::size_t at = places[part - first_part]++;
        steps[at] = point.step;
        wall_times[at] = point.wall_time;
        put_value(part, at, point);
    }
}

PointSpan EventColumns::points(const Part& part) const {
    PointSpan points{
        std::span(steps_).subspan(part.begin, part.size), std::span(wall_times_).subspan(part.begin, part.size), {}};
    if (part.wide)
        points.values = std::span(wide_).subspan(part.begin, part.size);
    else
        points.values = std::span(narrow_).subspan(part.begin, part.size);
    return points;
}

} // namespace isoloss
