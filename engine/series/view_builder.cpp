#include "engine/series/view_builder.h"

#include "engine/series/chunk_blocks.h"
#include "engine/series/column_envelope.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace isoloss {

namespace {

constexpr std::size_t chunks_read_ahead = 8;
constexpr std::size_t chunks_at_once = 64;

Bucket first_point(const Bucket& bucket) {
    return bucket_of_point(bucket.first_step, bucket.first_wall_time, static_cast<double>(bucket.first));
}

Bucket last_point(const Bucket& bucket) {
    return bucket_of_point(bucket.last_step, bucket.last_wall_time, static_cast<double>(bucket.last));
}

// Buckets in order of falling steps.
std::vector<Bucket> turned_round(std::span<const Bucket> buckets) {
    std::vector<Bucket> turned(buckets.rbegin(), buckets.rend());
    for (Bucket& bucket : turned)
        std::swap(bucket.first, bucket.last);
    return turned;
}

// Joins the nearest gaps until there are few enough.
std::vector<CurveGap> bounded(std::vector<CurveGap> gaps) {
    std::sort(gaps.begin(), gaps.end(), [](const CurveGap& a, const CurveGap& b) { return a.x_first < b.x_first; });
    if (gaps.size() <= SeriesView::most_gaps) return gaps;
    std::vector<double> distances;
    for (std::size_t i = 1; i < gaps.size(); ++i)
        distances.push_back(gaps[i].x_first - gaps[i - 1].x_last);
    std::vector<double> order = distances;
    const auto last_joined = order.begin() + static_cast<std::ptrdiff_t>(gaps.size() - SeriesView::most_gaps - 1);
    std::nth_element(order.begin(), last_joined, order.end());
    std::vector<CurveGap> joined{gaps.front()};
    for (std::size_t i = 1; i < gaps.size(); ++i) {
        if (distances[i - 1] > *last_joined) {
            joined.push_back(gaps[i]);
            continue;
        }
        joined.back().x_last = std::max(joined.back().x_last, gaps[i].x_last);
        joined.back().count += gaps[i].count;
    }
    return joined;
}

} // namespace

Expected<std::shared_ptr<const SeriesView>> ViewBuilder::build(const XWords& x, SeriesState& state,
                                                               std::uint64_t& last_variant) {
    view_ = std::make_shared<SeriesView>();
    view_->x = x;
    plan_ = plan_view(request_, outline_, axis_);
    const bool smooth = request_.smoothing.active() && !outline_.constant();
    SmoothingState* const smoothing =
        smooth ? &state.smoothing_for(request_.smoothing, request_.attempts, last_variant) : nullptr;
    if (plan_.by_column) {
        ISOLOSS_TRY_VOID(build_by_column(smoothing));
    } else {
        ISOLOSS_TRY(const Blocks raw, raw_blocks());
        view_->stretches = stretches(raw, &view_->gaps);
        if (smoothing) {
            ISOLOSS_TRY(const Blocks smoothed, smoothed_blocks(*smoothing));
            view_->smoothed = stretches(smoothed, nullptr);
        }
    }
    describe();
    return std::move(view_);
}

Expected<ViewBuilder::Blocks> ViewBuilder::raw_blocks() {
    Blocks blocks;
    Missing missing;
    for (const PlannedChunk& planned : plan_.chunks) {
        const Bucket& whole = chunk(planned.chunk).whole;
        blocks.push_back(planned.stored_level == pyramid_levels
                             ? std::make_shared<const std::vector<Bucket>>(1, whole)
                             : blocks_.find(key(planned.chunk, planned.stored_level), whole.count));
        if (!blocks.back()) missing[{planned.stored_level, planned.chunk}] = nullptr;
    }
    for (const auto& [place, block] : missing) {
        if (block) continue;
        const auto [level, begin] = place;
        std::size_t end = begin + 1;
        while (missing.contains({level, end}) && chunk(end).attempt == chunk(begin).attempt)
            ++end;
        ISOLOSS_TRY_VOID(read_missing(missing, level, begin, end));
    }
    complete(blocks, missing);
    return blocks;
}

// Reads blocks of neighbouring chunks, with some more on both sides for panning.
Expected<void> ViewBuilder::read_missing(Missing& missing, int level, std::size_t begin, std::size_t end) {
    const int attempt = chunk(begin).attempt;
    for (std::size_t i = 0; i < chunks_read_ahead; ++i) {
        if (begin > 0 && chunk(begin - 1).attempt == attempt) --begin;
        if (end < outline_.chunks.size() && chunk(end).attempt == attempt) ++end;
    }
    std::size_t next = begin;
    return read_blocks(reader_, request_.series, level, {outline_.chunks, begin, end},
                       [&](const ChunkSpan& span, std::vector<Bucket> read) {
                           const auto block = std::make_shared<const std::vector<Bucket>>(std::move(read));
                           blocks_.put(key(next, level), span.whole.count, block);
                           if (const auto wanted = missing.find({level, next}); wanted != missing.end())
                               wanted->second = block;
                           ++next;
                       });
}

Expected<ViewBuilder::Blocks> ViewBuilder::smoothed_blocks(SmoothingState& smoothing) {
    ChunkSmoother smoother(reader_, request_.series, outline_, request_.attempts, smoothing);
    Blocks blocks;
    Missing missing;
    std::vector<std::size_t> chunks;
    for (const PlannedChunk& planned : plan_.chunks) {
        blocks.push_back(blocks_.find(key(planned.chunk, planned.stored_level, smoothing.variant),
                                      smoother.points_behind(planned.chunk)));
        if (blocks.back()) continue;
        missing[{planned.stored_level, planned.chunk}] = nullptr;
        chunks.push_back(planned.chunk);
    }
    std::sort(chunks.begin(), chunks.end());
    chunks.erase(std::unique(chunks.begin(), chunks.end()), chunks.end());
    ISOLOSS_TRY_VOID(smoother.smooth(chunks, [&](std::size_t i, const std::vector<Bucket>& points) {
        for (int level = 0; level <= pyramid_levels; ++level) {
            const auto wanted = missing.find({level, i});
            if (wanted == missing.end()) continue;
            wanted->second = std::make_shared<const std::vector<Bucket>>(reduced(points, level));
            blocks_.put(key(i, level, smoothing.variant), smoother.points_behind(i), wanted->second);
        }
    }));
    complete(blocks, missing);
    return blocks;
}

// Puts in what was read, and makes a chunk that a section cuts from its points.
void ViewBuilder::complete(Blocks& blocks, const Missing& read) const {
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        const PlannedChunk& planned = plan_.chunks[i];
        if (!blocks[i]) blocks[i] = read.at({planned.stored_level, planned.chunk});
        const CurveSection& section = plan_.sections[planned.section];
        if (section.holds(chunk(planned.chunk).whole)) continue;
        auto points = section.points(*blocks[i]);
        // A gap where x turns was counted by the section before.
        while (section.goes_on && !points.empty() && points.front().first_step == section.part.first_step &&
               !points.front().has_values())
            points = points.subspan(1);
        blocks[i] = std::make_shared<const std::vector<Bucket>>(reduced(points, planned.level));
    }
}

std::span<const PlannedChunk> ViewBuilder::planned(std::size_t section) const {
    const auto before = [](const PlannedChunk& planned, std::size_t index) { return planned.section < index; };
    const auto begin = std::lower_bound(plan_.chunks.begin(), plan_.chunks.end(), section, before);
    return {begin, std::lower_bound(begin, plan_.chunks.end(), section + 1, before)};
}

// Where a series has no point at the step at which x turns, the line from its last point before to its first one after
// belongs to the section that has room for it in order of x.
std::vector<ViewBuilder::Ends> ViewBuilder::line_ends(const Blocks& blocks) const {
    std::vector<Ends> ends(plan_.sections.size());
    for (std::size_t i = 1; i < plan_.sections.size(); ++i) {
        const CurveSection &a = plan_.sections[i - 1], &b = plan_.sections[i];
        const auto of_a = planned(i - 1), of_b = planned(i);
        if (!b.goes_on || of_a.empty() || of_b.empty()) continue;
        const PlannedChunk& last = a.part.falls ? of_a.front() : of_a.back();
        const PlannedChunk& first = b.part.falls ? of_b.back() : of_b.front();
        if (last.chunk + 1 != a.end || first.chunk != b.begin) continue;
        const Block& of_last = blocks[static_cast<std::size_t>(&last - plan_.chunks.data())];
        const Block& of_first = blocks[static_cast<std::size_t>(&first - plan_.chunks.data())];
        if (of_last->empty() || of_first->empty()) continue;
        const Bucket p = last_point(of_last->back()), q = first_point(of_first->front());
        if (!p.has_values() || !q.has_values() || p.first_step == q.first_step) continue;
        const double x_p = axis_.of(a.attempt, p).first, x_q = axis_.of(b.attempt, q).first;
        if (b.part.falls ? x_q <= x_p : x_q >= x_p)
            ends[i].before = p;
        else
            ends[i - 1].after = q;
    }
    return ends;
}

std::vector<CurveStretch> ViewBuilder::stretches(const Blocks& blocks, std::vector<CurveGap>* gaps) {
    StretchBuilder builder(axis_, plan_.range);
    const std::vector<Ends> ends = line_ends(blocks);
    const auto add_end = [&](const std::optional<Bucket>& point) {
        if (point) builder.add({&*point, 1});
    };
    for (std::size_t section = 0; section < plan_.sections.size(); ++section) {
        const bool falls = plan_.sections[section].part.falls;
        builder.begin_part(plan_.sections[section].attempt);
        add_end(falls ? ends[section].after : ends[section].before);
        const PlannedChunk* before = nullptr;
        for (const PlannedChunk& planned : planned(section)) {
            const auto& block = *blocks[static_cast<std::size_t>(&planned - plan_.chunks.data())];
            const bool joined =
                !before || (falls ? planned.chunk + 1 == before->chunk : planned.chunk == before->chunk + 1);
            if (!joined || block.empty()) builder.break_line();
            if (falls)
                builder.add(turned_round(block));
            else
                builder.add(block);
            before = &planned;
        }
        add_end(falls ? ends[section].before : ends[section].after);
    }
    widen(builder.extent());
    if (gaps) *gaps = builder.take_gaps();
    return builder.take();
}

Expected<void> ViewBuilder::build_by_column(SmoothingState* smoothing) {
    view_->by_column = true;
    const int columns = std::max(1, request_.pixel_width);
    ColumnEnvelope raw(axis_, plan_.range, columns);
    std::size_t end = 0;
    for (std::size_t begin = 0; begin < outline_.chunks.size(); begin = end) {
        while (end < outline_.chunks.size() && end - begin < chunks_at_once &&
               chunk(end).attempt == chunk(begin).attempt)
            ++end;
        const std::int64_t cutoff = outline_.cutoff(chunk(begin).attempt, request_.attempts);
        ISOLOSS_TRY_VOID(read_blocks(reader_, request_.series, 0, {outline_.chunks, begin, end},
                                     [&](const ChunkSpan& span, const std::vector<Bucket>& points) {
                                         const auto shown = std::partition_point(
                                             points.begin(), points.end(),
                                             [&](const Bucket& point) { return point.first_step < cutoff; });
                                         raw.add(span.attempt, {points.begin(), shown});
                                     }));
    }
    view_->stretches = raw.take();
    view_->gaps = raw.take_gaps();
    widen(raw.extent());
    if (!smoothing) return {};

    ColumnEnvelope smoothed(axis_, plan_.range, columns);
    ChunkSmoother smoother(reader_, request_.series, outline_, request_.attempts, *smoothing);
    std::vector<std::size_t> all(outline_.chunks.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    ISOLOSS_TRY_VOID(smoother.smooth(
        all, [&](std::size_t i, const std::vector<Bucket>& points) { smoothed.add(chunk(i).attempt, points); }));
    view_->smoothed = smoothed.take();
    widen(smoothed.extent());
    return {};
}

void ViewBuilder::widen(const std::optional<StretchBuilder::Extent>& extent) {
    if (!extent) return;
    view_->x_min = any_ ? std::min(view_->x_min, extent->x_min) : extent->x_min;
    view_->x_max = any_ ? std::max(view_->x_max, extent->x_max) : extent->x_max;
    view_->y_min = any_ ? std::min(view_->y_min, extent->y_min) : extent->y_min;
    view_->y_max = any_ ? std::max(view_->y_max, extent->y_max) : extent->y_max;
    any_ = true;
}

void ViewBuilder::describe() {
    view_->series = request_.series;
    view_->number = request_.number;
    view_->gaps = bounded(std::move(view_->gaps));
    std::array<std::int64_t, pyramid_levels + 1> points_of_level{};
    if (!plan_.by_column)
        for (const PlannedChunk& planned : plan_.chunks)
            points_of_level[static_cast<std::size_t>(planned.level)] += chunk(planned.chunk).whole.count;
    view_->level =
        static_cast<int>(std::max_element(points_of_level.begin(), points_of_level.end()) - points_of_level.begin());
    for (const ChunkSpan& span : outline_.chunks) {
        view_->points += span.whole.count;
        view_->nonfinite += span.whole.nonfinite;
        if (span.index > 0 || span.attempt == outline_.chunks.front().attempt) continue;
        // Where x is not known yet, the first that is.
        const auto parts = axis_.parts(span.attempt);
        const std::int64_t step = span.whole.first_step;
        const double x = axis_.of_point(span.attempt, parts.empty() ? step : std::max(step, parts.front().first_step),
                                        span.whole.first_wall_time);
        if (axis_.shows(x)) view_->restarts.push_back({span.attempt, step, x});
    }
}

} // namespace isoloss
