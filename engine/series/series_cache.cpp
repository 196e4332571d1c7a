#include "engine/series/series_cache.h"

#include "engine/series/block_store.h"
#include "engine/series/curve_axis.h"
#include "engine/series/series_state.h"
#include "engine/series/view_builder.h"
#include "engine/store/reader.h"

#include <limits>
#include <optional>
#include <unordered_map>

namespace isoloss {

struct SeriesCache::Impl {
    explicit Impl(std::size_t byte_cap) : blocks(byte_cap) {}

    BucketStore blocks;
    std::unordered_map<SeriesId, SeriesState> states;
    std::unordered_map<SeriesId, RunId> runs;
    std::uint64_t last_variant = 0;

    Expected<SeriesOutline*> outline_of(Reader& reader, SeriesId series);
    Expected<double> origin_of(Reader& reader, SeriesId series, SeriesOutline& outline);
};

Expected<SeriesOutline*> SeriesCache::Impl::outline_of(Reader& reader, SeriesId series) {
    SeriesState& state = states[series];
    if (!state.outline) {
        ISOLOSS_TRY(auto chunks, read_chunk_spans(reader, series));
        Cutoffs cutoffs = find_cutoffs(chunks);
        state.outline = SeriesOutline{std::move(chunks), std::move(cutoffs), std::nullopt};
    }
    return &*state.outline;
}

// The start of the run where it is known and not later than the points, else the first point.
Expected<double> SeriesCache::Impl::origin_of(Reader& reader, SeriesId series, SeriesOutline& outline) {
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
    ISOLOSS_TRY(SeriesOutline* const outline, impl_->outline_of(reader, request.series));
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
