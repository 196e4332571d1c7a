#include "engine/series/view_builder.h"

#include "engine/series/chunk_blocks.h"
#include "engine/series/chunk_smoother.h"
#include "engine/series/stretch_builder.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <array>
#include <limits>

namespace isoloss {

namespace {

constexpr std::size_t chunks_read_ahead = 8;

// The coarsest level that has a bucket for each of these pixel columns, else 0: the points.
int level_for(std::uint32_t points, double pixels) {
    for (int level = pyramid_levels; level > 0; --level) {
        const std::uint32_t size = 1u << (3 * level);
        if (static_cast<double>((points + size - 1) / size) >= pixels) return level;
    }
    return 0;
}

} // namespace

Expected<std::shared_ptr<const SeriesView>> ViewBuilder::build(SeriesState& state, std::uint64_t& last_variant) {
    choose_range();
    choose_chunks();
    ISOLOSS_TRY_VOID(get_raw_blocks());
    const bool smooth = request_.smoothing.active() && !outline_.constant();
    if (smooth)
        ISOLOSS_TRY_VOID(get_smoothed_blocks(state.smoothing_for(request_.smoothing, request_.attempts, last_variant)));
    return assemble(smooth);
}

void ViewBuilder::choose_range() {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (std::size_t i = 0; i < outline_.chunks.size(); ++i) {
        const auto x = axis_.of(chunk(i).whole);
        if (hidden(i) || !axis_.shows(x.last)) continue;
        low = std::min(low, axis_.shows(x.first) ? x.first : std::min(axis_.least_positive(), x.last));
        high = std::max(high, x.last);
    }
    range_ = {request_.x_min.value_or(low), request_.x_max.value_or(high)};
    if (!axis_.shows(range_.first)) range_.first = low;
}

// The chunks that touch the range, and the next one on each side of it with its coarsest bucket.
void ViewBuilder::choose_chunks() {
    const std::size_t none = outline_.chunks.size();
    std::size_t before = none;
    bool after = false;
    for (std::size_t i = 0; i < outline_.chunks.size(); ++i) {
        if (i > 0 && chunk(i).attempt != chunk(i - 1).attempt) {
            before = none;
            after = false;
        }
        if (hidden(i)) continue;
        const auto x = axis_.of(chunk(i).whole);
        if (x.last < range_.first) {
            before = i;
            continue;
        }
        if (before != none) add_visible(before, pyramid_levels);
        before = none;
        const bool outside = x.first > range_.last;
        if (outside && after) continue;
        after = after || outside;
        const double pixels = axis_.pixels(x, range_, std::max(1, request_.pixel_width));
        add_visible(i, outside ? pyramid_levels : level_for(chunk(i).whole.count, pixels));
    }
}

void ViewBuilder::add_visible(std::size_t i, int level) {
    VisibleChunk& visible = visible_.emplace_back();
    visible.chunk = i;
    visible.level = level;
}

Expected<void> ViewBuilder::get_raw_blocks() {
    for (VisibleChunk& visible : visible_) {
        const Bucket& whole = chunk(visible.chunk).whole;
        const int level = stored_level(visible);
        visible.raw = level == pyramid_levels ? std::make_shared<const std::vector<Bucket>>(1, whole)
                                              : blocks_.find(key(visible.chunk, level), whole.count);
    }
    for (std::size_t begin = 0; begin < visible_.size(); ++begin)
        if (!visible_[begin].raw) ISOLOSS_TRY_VOID(read_from(begin));
    for (VisibleChunk& visible : visible_)
        if (cut(visible.chunk)) visible.raw = cut_block(visible, *visible.raw);
    return {};
}

Block ViewBuilder::cut_block(const VisibleChunk& visible, std::span<const Bucket> points) const {
    const auto end = std::partition_point(
        points.begin(), points.end(), [&](const Bucket& point) { return point.first_step < cutoff(visible.chunk); });
    return std::make_shared<const std::vector<Bucket>>(reduced({points.begin(), end}, visible.level));
}

// Reads the missing blocks of one level in neighbouring chunks, with some more on both sides for panning.
Expected<void> ViewBuilder::read_from(std::size_t begin) {
    const int level = stored_level(visible_[begin]);
    std::size_t end = begin + 1;
    while (end < visible_.size() && !visible_[end].raw && stored_level(visible_[end]) == level &&
           visible_[end].chunk == visible_[end - 1].chunk + 1 &&
           chunk(visible_[end].chunk).attempt == chunk(visible_[begin].chunk).attempt)
        ++end;
    ChunkRange range{outline_.chunks, visible_[begin].chunk, visible_[end - 1].chunk + 1};
    const auto same_attempt = [&](std::size_t i) { return chunk(i).attempt == chunk(range.begin).attempt; };
    for (std::size_t i = 0; i < chunks_read_ahead; ++i) {
        if (range.begin > 0 && same_attempt(range.begin - 1)) --range.begin;
        if (range.end < outline_.chunks.size() && same_attempt(range.end)) ++range.end;
    }
    std::size_t next = range.begin;
    return read_blocks(reader_, request_.series, level, range, [&](const ChunkSpan& span, std::vector<Bucket> read) {
        const auto block = std::make_shared<const std::vector<Bucket>>(std::move(read));
        blocks_.put(key(next, level), span.whole.count, block);
        for (std::size_t i = begin; i < end; ++i)
            if (visible_[i].chunk == next) visible_[i].raw = block;
        ++next;
    });
}

Expected<void> ViewBuilder::get_smoothed_blocks(SmoothingState& smoothing) {
    ChunkSmoother smoother(reader_, request_.series, outline_, request_.attempts, smoothing);
    std::vector<std::size_t> missing; // chunks
    for (VisibleChunk& visible : visible_) {
        visible.smoothed =
            blocks_.find(key(visible.chunk, visible.level, smoothing.variant), smoother.points_behind(visible.chunk));
        if (!visible.smoothed) missing.push_back(visible.chunk);
    }
    auto visible = visible_.begin();
    return smoother.smooth(missing, [&](std::size_t i, const std::vector<Bucket>& points) {
        while (visible->chunk != i)
            ++visible;
        visible->smoothed = cut_block(*visible, points);
        blocks_.put(key(i, visible->level, smoothing.variant), smoother.points_behind(i), visible->smoothed);
    });
}

std::vector<CurveStretch> ViewBuilder::stretches(Block VisibleChunk::*block, SeriesView& view, bool& any) const {
    StretchBuilder builder(axis_, range_);
    for (std::size_t i = 0; i < visible_.size(); ++i) {
        const std::size_t here = visible_[i].chunk;
        if (i == 0 || chunk(here).attempt != chunk(visible_[i - 1].chunk).attempt)
            builder.begin_attempt(chunk(here).attempt);
        else if (here != visible_[i - 1].chunk + 1)
            builder.break_line();
        if ((visible_[i].*block)->empty()) builder.break_line();
        builder.add(*(visible_[i].*block));
    }
    if (const auto& extent = builder.extent()) {
        view.x_min = any ? std::min(view.x_min, extent->x_min) : extent->x_min;
        view.x_max = any ? std::max(view.x_max, extent->x_max) : extent->x_max;
        view.y_min = any ? std::min(view.y_min, extent->y_min) : extent->y_min;
        view.y_max = any ? std::max(view.y_max, extent->y_max) : extent->y_max;
        any = true;
    }
    return builder.take();
}

std::shared_ptr<const SeriesView> ViewBuilder::assemble(bool smooth) const {
    auto view = std::make_shared<SeriesView>();
    view->series = request_.series;
    view->number = request_.number;
    bool any = false;
    view->stretches = stretches(&VisibleChunk::raw, *view, any);
    if (smooth) view->smoothed = stretches(&VisibleChunk::smoothed, *view, any);

    std::array<std::int64_t, pyramid_levels + 1> points_of_level{};
    for (const VisibleChunk& visible : visible_)
        points_of_level[static_cast<std::size_t>(visible.level)] += chunk(visible.chunk).whole.count;
    view->level =
        static_cast<int>(std::max_element(points_of_level.begin(), points_of_level.end()) - points_of_level.begin());
    for (const ChunkSpan& span : outline_.chunks) {
        view->points += span.whole.count;
        view->nonfinite += span.whole.nonfinite;
        const double x = axis_.of_point(span.whole.first_step, span.whole.first_wall_time);
        const bool later = span.index == 0 && span.attempt != outline_.chunks.front().attempt;
        if (later && axis_.shows(x)) view->restarts.push_back(x);
    }
    return view;
}

} // namespace isoloss
