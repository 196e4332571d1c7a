#include "engine/series/series_cache.h"

#include "engine/series/block_store.h"
#include "engine/series/curve_axis.h"
#include "engine/series/series_state.h"
#include "engine/series/statistics_builder.h"
#include "engine/series/view_builder.h"
#include "engine/series/x_sources.h"

#include <unordered_map>

namespace isoloss {

namespace {

// Without an x no point has a place.
CurveAxis axis_of(const XSource& source, const SeriesRequest& request) {
    return {source.map.value_or(StepToX::logged(std::make_shared<LoggedX>())), request.scale, request.symlog_threshold};
}

} // namespace

struct SeriesCache::Impl {
    explicit Impl(std::size_t byte_cap) : blocks(byte_cap), xs(byte_cap / 2) {}

    BucketStore blocks;
    XSources xs;
    std::unordered_map<SeriesId, SeriesState> states;
    std::uint64_t last_variant = 0;

    Expected<const SeriesOutline*> outline_of(Reader& reader, SeriesId series);
    Expected<XSource> source_of(Reader& reader, const SeriesRequest& request);
};

Expected<const SeriesOutline*> SeriesCache::Impl::outline_of(Reader& reader, SeriesId series) {
    SeriesState& state = states[series];
    if (!state.outline) {
        ISOLOSS_TRY(state.outline, read_outline(reader, series));
    }
    return &*state.outline;
}

Expected<XSource> SeriesCache::Impl::source_of(Reader& reader, const SeriesRequest& request) {
    ISOLOSS_TRY(const SeriesOutline* const outline, outline_of(reader, request.series));
    return xs.source(reader, request.series, *outline, request.x, request.x_series);
}

SeriesCache::SeriesCache(std::size_t byte_cap) : impl_(std::make_unique<Impl>(byte_cap)) {}

SeriesCache::~SeriesCache() = default;

Expected<XSource> SeriesCache::x_source(Reader& reader, const SeriesRequest& request) {
    return impl_->source_of(reader, request);
}

Expected<std::shared_ptr<const SeriesView>> SeriesCache::view(Reader& reader, const SeriesRequest& request) {
    ISOLOSS_TRY(const SeriesOutline* const outline, impl_->outline_of(reader, request.series));
    ISOLOSS_TRY(const XSource source, impl_->source_of(reader, request));
    return ViewBuilder(reader, request, *outline, impl_->blocks, axis_of(source, request))
        .build(source.words, impl_->states[request.series], impl_->last_variant);
}

Expected<SeriesStatistics> SeriesCache::statistics(Reader& reader, const SeriesRequest& request) {
    ISOLOSS_TRY(const SeriesOutline* const outline, impl_->outline_of(reader, request.series));
    ISOLOSS_TRY(const XSource source, impl_->source_of(reader, request));
    const CurveAxis axis = axis_of(source, request);
    StatisticsBuilder builder(reader, request, *outline, axis);
    SeriesStatistics statistics;
    ISOLOSS_TRY(statistics.raw, builder.raw());
    if (!request.smoothing.active() || outline->constant()) return statistics;
    SeriesState& state = impl_->states[request.series];
    ISOLOSS_TRY(statistics.smoothed,
                builder.smoothed(state.smoothing_for(request.smoothing, request.attempts, impl_->last_variant)));
    return statistics;
}

void SeriesCache::invalidate(SeriesId series) {
    impl_->xs.invalidate(series);
    if (const auto found = impl_->states.find(series); found != impl_->states.end()) found->second.invalidate();
}

void SeriesCache::invalidate_runs() {
    impl_->xs.invalidate_runs();
}

void SeriesCache::clear() {
    impl_->states.clear();
    impl_->xs.clear();
    impl_->blocks.clear();
}

std::size_t SeriesCache::bytes() const {
    return impl_->blocks.bytes() + impl_->xs.bytes();
}

} // namespace isoloss
