#include "engine/series/series_cache.h"

#include "engine/series/block_store.h"
#include "engine/series/chunk_blocks.h"
#include "engine/series/curve_axis.h"
#include "engine/series/smoothing.h"
#include "engine/series/stretch_builder.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <unordered_map>

namespace isoloss {

namespace {

constexpr std::size_t chunks_read_ahead = 8;
constexpr std::size_t chunks_smoothed_at_once = 64;
constexpr std::int64_t no_cutoff = std::numeric_limits<std::int64_t>::max();

using Cutoffs = std::map<int, std::int64_t>; // attempt → the step from which a later attempt hides it

// What is known of a series without its points.
struct Outline {
    std::vector<ChunkSpan> chunks;
    Cutoffs cutoffs;
    std::optional<double> origin; // of relative time
};

// Where the average stood at the beginning of each chunk, as far as it was computed.
struct Smoothing {
    double weight = 0;
    AttemptRule rule = AttemptRule::last_wins;
    std::uint64_t variant = 0;
    std::vector<DebiasedEma> at_begin;
};

struct SeriesState {
    std::optional<Outline> outline;
    std::optional<Outline> previous; // before the last invalidation: what of the smoothing still holds
    std::optional<Smoothing> smoothing;
};

struct VisibleChunk {
    std::size_t chunk = 0; // index into the outline
    int level = 0;
    Block raw, smoothed;
};

bool same_chunk(const ChunkSpan& a, const ChunkSpan& b) {
    return a.attempt == b.attempt && a.index == b.index && a.whole.count == b.whole.count;
}

std::size_t common_chunks(const Outline& a, const Outline& b) {
    const auto [differs, unused] =
        std::mismatch(a.chunks.begin(), a.chunks.end(), b.chunks.begin(), b.chunks.end(), same_chunk);
    return static_cast<std::size_t>(differs - a.chunks.begin());
}

Cutoffs find_cutoffs(const std::vector<ChunkSpan>& chunks) {
    Cutoffs cutoffs;
    std::int64_t first_later_step = no_cutoff;
    for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
        cutoffs.try_emplace(chunk->attempt, first_later_step);
        if (chunk->index == 0) first_later_step = std::min(first_later_step, chunk->whole.first_step);
    }
    return cutoffs;
}

// The coarsest level that has a bucket for each of these pixel columns, else 0: the points.
int level_for(std::uint32_t points, double pixels) {
    for (int level = pyramid_levels; level > 0; --level) {
        const std::uint32_t size = 1u << (3 * level);
        if (static_cast<double>((points + size - 1) / size) >= pixels) return level;
    }
    return 0;
}

} // namespace

struct SeriesCache::Impl {
    explicit Impl(std::size_t byte_cap) : blocks(byte_cap) {}

    BlockStore blocks;
    std::unordered_map<SeriesId, SeriesState> states;
    std::unordered_map<SeriesId, RunId> runs;
    std::uint64_t last_variant = 0;

    Expected<Outline*> outline_of(Reader& reader, SeriesId series);
    Expected<double> origin_of(Reader& reader, SeriesId series, Outline& outline);
};

namespace {

// One request: chooses the chunks, gets their blocks, builds the view.
class ViewBuilder {
public:
    ViewBuilder(Reader& reader, const SeriesRequest& request, const Outline& outline, BlockStore& blocks,
                const CurveAxis& axis)
        : reader_(reader), request_(request), outline_(outline), blocks_(blocks), axis_(axis) {}

    Expected<std::shared_ptr<const SeriesView>> build(SeriesState& state, std::uint64_t& last_variant) {
        choose_range();
        choose_chunks();
        ISOLOSS_TRY_VOID(get_raw_blocks());
        const bool smooth = request_.smoothing > 0 && !constant();
        if (smooth) ISOLOSS_TRY_VOID(get_smoothed_blocks(smoothing_of(state, last_variant)));
        return assemble(smooth);
    }

private:
    const ChunkSpan& chunk(std::size_t i) const { return outline_.chunks[i]; }

    std::int64_t cutoff(std::size_t i) const {
        return request_.attempts == AttemptRule::all ? no_cutoff : outline_.cutoffs.at(chunk(i).attempt);
    }

    bool hidden(std::size_t i) const { return chunk(i).whole.first_step >= cutoff(i); }

    bool cut(std::size_t i) const { return !hidden(i) && chunk(i).whole.last_step >= cutoff(i); }

    bool constant() const {
        bool any = false;
        float low = 0, high = 0;
        for (const ChunkSpan& span : outline_.chunks) {
            if (!span.whole.has_values()) continue;
            low = any ? std::min(low, span.whole.min) : span.whole.min;
            high = any ? std::max(high, span.whole.max) : span.whole.max;
            any = true;
        }
        return low == high;
    }

    void choose_range() {
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
    void choose_chunks() {
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

    void add_visible(std::size_t i, int level) {
        VisibleChunk& visible = visible_.emplace_back();
        visible.chunk = i;
        visible.level = level;
    }

    BlockKey key(std::size_t i, int level, std::uint64_t variant = 0) const {
        return {request_.series, variant, chunk(i).attempt, chunk(i).index, level};
    }

    // A chunk that is cut short is made from its points.
    int stored_level(const VisibleChunk& visible) const { return cut(visible.chunk) ? 0 : visible.level; }

    Expected<void> get_raw_blocks() {
        for (VisibleChunk& visible : visible_) {
            const Bucket& whole = chunk(visible.chunk).whole;
            const int level = stored_level(visible);
            visible.raw = level == pyramid_levels ? std::make_shared<const std::vector<Bucket>>(1, whole)
                                                  : blocks_.find(key(visible.chunk, level), whole.count);
        }
        for (std::size_t begin = 0; begin < visible_.size(); ++begin)
            if (!visible_[begin].raw) ISOLOSS_TRY_VOID(read_from(begin));
        for (VisibleChunk& visible : visible_)
            if (cut(visible.chunk)) visible.raw = cut_block(visible);
        return {};
    }

    Block cut_block(const VisibleChunk& visible) const {
        std::vector<Bucket> points;
        for (const Bucket& point : *visible.raw)
            if (point.first_step < cutoff(visible.chunk)) points.push_back(point);
        return std::make_shared<const std::vector<Bucket>>(reduced(points, visible.level));
    }

    // Reads the missing blocks of one level in neighbouring chunks, with some more on both sides for panning.
    Expected<void> read_from(std::size_t begin) {
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
        return read_blocks(reader_, request_.series, level, range,
                           [&](const ChunkSpan& span, std::vector<Bucket> read) {
                               const auto block = std::make_shared<const std::vector<Bucket>>(std::move(read));
                               blocks_.put(key(next, level), span.whole.count, block);
                               for (std::size_t i = begin; i < end; ++i)
                                   if (visible_[i].chunk == next) visible_[i].raw = block;
                               ++next;
                           });
    }

    Smoothing& smoothing_of(SeriesState& state, std::uint64_t& last_variant) const {
        auto& smoothing = state.smoothing;
        if (smoothing && (smoothing->weight != request_.smoothing || smoothing->rule != request_.attempts))
            smoothing.reset();
        if (smoothing && state.previous) {
            const std::size_t common = common_chunks(*state.previous, outline_);
            if (state.previous->cutoffs != outline_.cutoffs)
                smoothing.reset();
            else if (smoothing->at_begin.size() > common + 1)
                smoothing->at_begin.erase(smoothing->at_begin.begin() + static_cast<std::ptrdiff_t>(common) + 1,
                                          smoothing->at_begin.end());
        }
        state.previous.reset();
        if (!smoothing)
            smoothing =
                Smoothing{request_.smoothing, request_.attempts, ++last_variant, {DebiasedEma(request_.smoothing)}};
        return *smoothing;
    }

    Expected<void> get_smoothed_blocks(Smoothing& smoothing) {
        std::vector<std::size_t> missing; // into visible_
        for (std::size_t i = 0; i < visible_.size(); ++i) {
            auto& visible = visible_[i];
            visible.smoothed =
                blocks_.find(key(visible.chunk, visible.level, smoothing.variant), chunk(visible.chunk).whole.count);
            if (!visible.smoothed) missing.push_back(i);
        }
        if (missing.empty()) return {};
        auto next_missing = missing.begin();
        // Where the average at a chunk's beginning is not known yet, all before it are needed.
        std::size_t i = visible_[missing.front()].chunk;
        while (next_missing != missing.end()) {
            i = std::min(visible_[*next_missing].chunk, smoothing.at_begin.size() - 1);
            std::size_t end = i;
            while (end < outline_.chunks.size() && end - i < chunks_smoothed_at_once &&
                   chunk(end).attempt == chunk(i).attempt && end <= visible_[missing.back()].chunk)
                ++end;
            ISOLOSS_TRY_VOID(smooth_chunks(smoothing, {outline_.chunks, i, end}, missing, next_missing));
        }
        return {};
    }

    Expected<void> smooth_chunks(Smoothing& smoothing, const ChunkRange& range, const std::vector<std::size_t>& missing,
                                 std::vector<std::size_t>::iterator& next_missing) {
        std::size_t i = range.begin;
        return read_points_of_chunks(
            reader_, request_.series, range,
            [&](const ChunkSpan& span, const PointColumns& points, std::size_t begin, std::size_t end) {
                DebiasedEma average = smoothing.at_begin[i];
                std::vector<Bucket> smoothed;
                for (std::size_t row = begin; row < end && points.steps[row] < cutoff(i); ++row)
                    smoothed.push_back(
                        bucket_of_point(points.steps[row], points.wall_times[row], average.next(points.value(row))));
                if (i + 1 == smoothing.at_begin.size()) {
                    const bool anew = request_.attempts == AttemptRule::all && i + 1 < outline_.chunks.size() &&
                                      chunk(i + 1).attempt != span.attempt;
                    smoothing.at_begin.push_back(anew ? DebiasedEma(request_.smoothing) : average);
                }
                if (next_missing != missing.end() && visible_[*next_missing].chunk == i) {
                    VisibleChunk& visible = visible_[*next_missing++];
                    visible.smoothed = std::make_shared<const std::vector<Bucket>>(reduced(smoothed, visible.level));
                    blocks_.put(key(i, visible.level, smoothing.variant), span.whole.count, visible.smoothed);
                }
                ++i;
            });
    }

    std::vector<CurveStretch> stretches(Block VisibleChunk::*block, SeriesView& view, bool& any) const {
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

    std::shared_ptr<const SeriesView> assemble(bool smooth) const {
        auto view = std::make_shared<SeriesView>();
        view->series = request_.series;
        view->number = request_.number;
        bool any = false;
        view->stretches = stretches(&VisibleChunk::raw, *view, any);
        if (smooth) view->smoothed = stretches(&VisibleChunk::smoothed, *view, any);

        std::array<std::int64_t, pyramid_levels + 1> points_of_level{};
        for (const VisibleChunk& visible : visible_)
            points_of_level[static_cast<std::size_t>(visible.level)] += chunk(visible.chunk).whole.count;
        view->level = static_cast<int>(std::max_element(points_of_level.begin(), points_of_level.end()) -
                                       points_of_level.begin());
        for (const ChunkSpan& span : outline_.chunks) {
            view->points += span.whole.count;
            view->nonfinite += span.whole.nonfinite;
            const double x = axis_.of_point(span.whole.first_step, span.whole.first_wall_time);
            const bool later = span.index == 0 && span.attempt != outline_.chunks.front().attempt;
            if (later && axis_.shows(x)) view->restarts.push_back(x);
        }
        return view;
    }

    Reader& reader_;
    const SeriesRequest& request_;
    const Outline& outline_;
    BlockStore& blocks_;
    CurveAxis axis_;
    CurveAxis::Interval range_;
    std::vector<VisibleChunk> visible_;
};

} // namespace

Expected<Outline*> SeriesCache::Impl::outline_of(Reader& reader, SeriesId series) {
    SeriesState& state = states[series];
    if (!state.outline) {
        ISOLOSS_TRY(auto chunks, read_chunk_spans(reader, series));
        Cutoffs cutoffs = find_cutoffs(chunks);
        state.outline = Outline{std::move(chunks), std::move(cutoffs), std::nullopt};
    }
    return &*state.outline;
}

// The start of the run where it is known and not later than the points, else the first point.
Expected<double> SeriesCache::Impl::origin_of(Reader& reader, SeriesId series, Outline& outline) {
    if (outline.origin) return *outline.origin;
    if (!runs.contains(series)) {
        ISOLOSS_TRY(const auto all, reader.series());
        for (const SeriesRecord& record : all)
            runs.insert_or_assign(record.id, record.run);
    }
    double origin = std::numeric_limits<double>::infinity();
    for (const ChunkSpan& span : outline.chunks)
        if (span.whole.first_wall_time < origin) origin = span.whole.first_wall_time;
    if (const auto run_id = runs.find(series); run_id != runs.end()) {
        ISOLOSS_TRY(const auto run, reader.run(run_id->second));
        if (run && run->started_at && *run->started_at < origin) origin = *run->started_at;
    }
    outline.origin = origin;
    return origin;
}

SeriesCache::SeriesCache(std::size_t byte_cap) : impl_(std::make_unique<Impl>(byte_cap)) {}

SeriesCache::~SeriesCache() = default;

Expected<std::shared_ptr<const SeriesView>> SeriesCache::view(Reader& reader, const SeriesRequest& request) {
    ISOLOSS_TRY(Outline* const outline, impl_->outline_of(reader, request.series));
    double origin = 0;
    if (request.x == CurveX::relative_time) {
        ISOLOSS_TRY(origin, impl_->origin_of(reader, request.series, *outline));
    }
    const CurveAxis axis(request.x, request.scale, origin);
    return ViewBuilder(reader, request, *outline, impl_->blocks, axis)
        .build(impl_->states[request.series], impl_->last_variant);
}

void SeriesCache::invalidate(SeriesId series) {
    const auto found = impl_->states.find(series);
    if (found == impl_->states.end() || !found->second.outline) return;
    SeriesState& state = found->second;
    // The smoothing was computed for the oldest outline that was not compared yet.
    if (!state.previous) state.previous = std::move(state.outline);
    state.outline.reset();
}

void SeriesCache::clear() {
    impl_->states.clear();
    impl_->runs.clear();
    impl_->blocks.clear();
}

std::size_t SeriesCache::bytes() const {
    return impl_->blocks.bytes();
}

} // namespace isoloss
