#include "engine/series/series_cache.h"

#include "engine/series/block_store.h"
#include "engine/series/curve_axis.h"
#include "engine/series/series_origins.h"
#include "engine/series/series_state.h"
#include "engine/series/view_builder.h"
#include "engine/store/reader.h"

#include <unordered_map>

namespace isoloss {

struct SeriesCache::Impl {
    explicit Impl(std::size_t byte_cap) : blocks(byte_cap) {}

    BucketStore blocks;
    std::unordered_map<SeriesId, SeriesState> states;
    SeriesOrigins origins;
    std::uint64_t last_variant = 0;

    Expected<SeriesOutline*> outline_of(Reader& reader, SeriesId series);
};

Expected<SeriesOutline*> SeriesCache::Impl::outline_of(Reader& reader, SeriesId series) {
    SeriesState& state = states[series];
    if (!state.outline) {
        ISOLOSS_TRY(state.outline, read_outline(reader, series));
    }
    return &*state.outline;
}

SeriesCache::SeriesCache(std::size_t byte_cap) : impl_(std::make_unique<Impl>(byte_cap)) {}

SeriesCache::~SeriesCache() = default;

Expected<std::shared_ptr<const SeriesView>> SeriesCache::view(Reader& reader, const SeriesRequest& request) {
    ISOLOSS_TRY(SeriesOutline* const outline, impl_->outline_of(reader, request.series));
    double origin = 0;
    if (request.x == CurveX::relative_time) {
        ISOLOSS_TRY(origin, impl_->origins.origin(reader, request.series, *outline));
    }
    const CurveAxis axis(request.x, request.scale, origin);
    return ViewBuilder(reader, request, *outline, impl_->blocks, axis)
        .build(impl_->states[request.series], impl_->last_variant);
}

void SeriesCache::invalidate(SeriesId series) {
    if (const auto found = impl_->states.find(series); found != impl_->states.end()) found->second.invalidate();
}

void SeriesCache::clear() {
    impl_->states.clear();
    impl_->origins.clear();
    impl_->blocks.clear();
}

std::size_t SeriesCache::bytes() const {
    return impl_->blocks.bytes();
}

} // namespace isoloss
