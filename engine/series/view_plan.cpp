#include "engine/series/view_plan.h"

#include "engine/store/reader.h"

#include <algorithm>
#include <limits>

namespace isoloss {

namespace {

// What a view of a curve that turns may cost before it is drawn by column.
constexpr std::size_t most_cut_chunks = 256;
constexpr std::size_t most_buckets_per_column = 32;

// About how many, as steps are usually evenly spread.
std::uint32_t points_within(const CurveSection& section, const Bucket& chunk) {
    if (section.holds(chunk)) return chunk.count;
    const auto steps = [](std::int64_t first, std::int64_t last) {
        return static_cast<double>(last) - static_cast<double>(first) + 1;
    };
    const double inside =
        steps(std::max(chunk.first_step, section.part.first_step), std::min(chunk.last_step, section.part.last_step));
    const double share = inside / steps(chunk.first_step, chunk.last_step);
    return std::max(1u, static_cast<std::uint32_t>(share * chunk.count));
}

class Planner {
public:
    Planner(const SeriesRequest& request, const SeriesOutline& outline, const CurveAxis& axis)
        : request_(request), outline_(outline), axis_(axis), width_(std::max(1, request.pixel_width)) {}

    ViewPlan plan() {
        plan_.sections = curve_sections(outline_, axis_, request_.attempts);
        choose_range();
        for (std::size_t i = 0; i < plan_.sections.size() && !plan_.by_column; ++i)
            choose_chunks(i);
        return std::move(plan_);
    }

private:
    CurveAxis::Interval interval(std::size_t section, std::size_t chunk) const {
        return intervals_[begins_[section] + chunk - plan_.sections[section].begin];
    }

    void choose_range();
    void choose_chunks(std::size_t section);
    bool joined_in_range(std::size_t section) const;
    void add(std::size_t section, std::size_t chunk, int level);

    const SeriesRequest& request_;
    const SeriesOutline& outline_;
    const CurveAxis& axis_;
    int width_;
    ViewPlan plan_;
    std::vector<CurveAxis::Interval> intervals_; ///< of the chunks, section after section
    std::vector<std::size_t> begins_;            ///< of the sections in it
    std::size_t cut_chunks_ = 0, buckets_ = 0;
};

void Planner::choose_range() {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    const auto widen = [&](CurveAxis::Interval x) {
        if (!axis_.shows(x.last)) return;
        low = std::min(low, axis_.shows(x.first) ? x.first : std::min(axis_.least_positive(), x.last));
        high = std::max(high, x.last);
    };
    for (const CurveSection& section : plan_.sections) {
        begins_.push_back(intervals_.size());
        for (std::size_t i = section.begin; i < section.end; ++i)
            widen(intervals_.emplace_back(interval_within(section, outline_.chunks[i].whole, axis_)));
    }
    plan_.range = {request_.x_min.value_or(low), request_.x_max.value_or(high)};
    if (!axis_.shows(plan_.range.first)) plan_.range.first = low;
}

// The chunks that touch the range, and the next one on each side of it with its coarsest bucket.
void Planner::choose_chunks(std::size_t index) {
    const CurveSection& section = plan_.sections[index];
    if (section.part.scattered) {
        plan_.by_column = true;
        return;
    }
    const std::size_t none = outline_.chunks.size();
    std::size_t before = none;
    bool after = false;
    for (std::size_t place = 0; place < section.end - section.begin; ++place) {
        const std::size_t i = section.part.falls ? section.end - 1 - place : section.begin + place;
        const auto x = interval(index, i);
        if (x.last < plan_.range.first) {
            before = i;
            continue;
        }
        if (before != none) add(index, before, pyramid_levels);
        before = none;
        const bool outside = x.first > plan_.range.last;
        if (outside && after) continue;
        after = after || outside;
        const std::uint32_t points = points_within(section, outline_.chunks[i].whole);
        add(index, i, outside ? pyramid_levels : axis_.level(points, x, plan_.range, width_));
    }
    if (before != none && joined_in_range(index)) add(index, before, pyramid_levels);
}

// Whether the section beside the greatest x of this one reaches into the range: the line to it may lie there.
bool Planner::joined_in_range(std::size_t index) const {
    const bool falls = plan_.sections[index].part.falls;
    const std::size_t later = falls ? index : index + 1;
    if (later == plan_.sections.size() || !plan_.sections[later].goes_on) return false;
    const std::size_t beside = falls ? index - 1 : later;
    const CurveSection& other = plan_.sections[beside];
    return interval(beside, falls ? other.end - 1 : other.begin).last >= plan_.range.first;
}

void Planner::add(std::size_t index, std::size_t chunk, int level) {
    const CurveSection& section = plan_.sections[index];
    const Bucket& whole = outline_.chunks[chunk].whole;
    const bool cut = !section.holds(whole);
    plan_.chunks.push_back({index, chunk, level, cut ? 0 : level});
    if (!section.goes_on) return;
    cut_chunks_ += cut ? 1 : 0;
    buckets_ += (points_within(section, whole) >> (3 * level)) + 1;
    plan_.by_column =
        cut_chunks_ > most_cut_chunks || buckets_ > most_buckets_per_column * static_cast<std::size_t>(width_);
}

} // namespace

std::span<const Bucket> CurveSection::points(std::span<const Bucket> all) const {
    const auto first = std::partition_point(all.begin(), all.end(),
                                            [&](const Bucket& point) { return point.first_step < part.first_step; });
    const auto last =
        std::partition_point(first, all.end(), [&](const Bucket& point) { return point.first_step <= part.last_step; });
    return {first, last};
}

std::vector<CurveSection> curve_sections(const SeriesOutline& outline, const CurveAxis& axis, AttemptRule rule) {
    std::vector<CurveSection> sections;
    const auto& chunks = outline.chunks;
    for (std::size_t begin = 0, end = 0; begin < chunks.size(); begin = end) {
        const int attempt = chunks[begin].attempt;
        while (end < chunks.size() && chunks[end].attempt == attempt)
            ++end;
        const std::int64_t cutoff = outline.cutoff(attempt, rule);
        bool goes_on = false;
        for (MonotonePart part : axis.parts(attempt)) {
            if (part.first_step >= cutoff) break;
            if (part.last_step >= cutoff) part.last_step = cutoff - 1;
            const auto of = std::span(chunks).subspan(begin, end - begin);
            const auto first = std::partition_point(
                of.begin(), of.end(), [&](const ChunkSpan& chunk) { return chunk.whole.last_step < part.first_step; });
            const auto last = std::partition_point(
                first, of.end(), [&](const ChunkSpan& chunk) { return chunk.whole.first_step <= part.last_step; });
            if (first == last) continue;
            sections.push_back({attempt, part, begin + static_cast<std::size_t>(first - of.begin()),
                                begin + static_cast<std::size_t>(last - of.begin()), goes_on});
            goes_on = true;
        }
    }
    return sections;
}

CurveAxis::Interval interval_within(const CurveSection& section, const Bucket& bucket, const CurveAxis& axis) {
    if (section.part.scattered) return axis.of(section.part);
    Bucket inside = bucket;
    inside.first_step = std::max(bucket.first_step, section.part.first_step);
    inside.last_step = std::min(bucket.last_step, section.part.last_step);
    return axis.of(section.attempt, inside);
}

ViewPlan plan_view(const SeriesRequest& request, const SeriesOutline& outline, const CurveAxis& axis) {
    return Planner(request, outline, axis).plan();
}

} // namespace isoloss
