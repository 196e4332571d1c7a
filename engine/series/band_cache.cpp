#include "engine/series/band_cache.h"

#include "engine/series/band_builder.h"
#include "engine/series/curve_axis.h"
#include "engine/series/point_block.h"
#include "engine/series/point_rows.h"
#include "engine/series/series_origins.h"
#include "engine/series/series_state.h"
#include "engine/store/reader.h"

#include <bit>
#include <unordered_map>
#include <vector>

namespace isoloss {

struct BandCache::Impl {
    explicit Impl(std::size_t byte_cap) : store(byte_cap) {}

    PointStore store;
    PointBlockMaker maker;
    std::unordered_map<SeriesId, SeriesState> states;
    SeriesOrigins origins;
    std::uint64_t last_variant = 0;

    Expected<void> add_members(Reader& reader, SeriesId series, const BandRequest& request,
                               std::vector<BandMember>& members);
};

Expected<void> BandCache::Impl::add_members(Reader& reader, SeriesId series, const BandRequest& request,
                                            std::vector<BandMember>& members) {
    SeriesState& state = states[series];
    if (!state.outline) {
        ISOLOSS_TRY(state.outline, read_outline(reader, series));
    }
    SeriesOutline& outline = *state.outline;
    double origin = 0;
    if (request.x == CurveX::relative_time) {
        ISOLOSS_TRY(origin, origins.origin(reader, series, outline));
    }
    BandMember member{series, &outline, CurveAxis(request.x, request.scale, origin), request.attempts};
    if (request.smoothing.active() && !outline.constant())
        member.smoothing = &state.smoothing_for(request.smoothing, request.attempts, last_variant);
    // Relative times of another origin are other x.
    const std::uint64_t x = static_cast<std::uint64_t>(request.x) ^ std::bit_cast<std::uint64_t>(origin);
    member.variant = x ^ ((member.smoothing != nullptr ? member.smoothing->variant : 0) << 8);
    if (request.attempts != AttemptRule::split) {
        members.push_back(member);
        return {};
    }
    for (const ChunkSpan& chunk : outline.chunks)
        if (member.attempt != chunk.attempt) {
            member.attempt = chunk.attempt;
            members.push_back(member);
        }
    return {};
}

BandCache::BandCache(std::size_t byte_cap) : impl_(std::make_unique<Impl>(byte_cap)) {}

BandCache::~BandCache() = default;

Expected<std::shared_ptr<const BandView>> BandCache::band(Reader& reader, const BandRequest& request,
                                                          const CancellationToken& cancellation) {
    std::vector<BandMember> members;
    for (const SeriesId series : request.series)
        ISOLOSS_TRY_VOID(impl_->add_members(reader, series, request, members));
    return BandBuilder(reader, request, members, impl_->store, impl_->maker, cancellation).build();
}

void BandCache::invalidate(SeriesId series) {
    if (const auto found = impl_->states.find(series); found != impl_->states.end()) found->second.invalidate();
}

void BandCache::clear() {
    impl_->states.clear();
    impl_->origins.clear();
    impl_->store.clear();
}

std::size_t BandCache::bytes() const {
    return impl_->store.bytes();
}

} // namespace isoloss
