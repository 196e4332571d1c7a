#include "engine/series/band_cache.h"

#include "engine/series/band_builder.h"
#include "engine/series/curve_axis.h"
#include "engine/series/point_block.h"
#include "engine/series/point_rows.h"
#include "engine/series/series_state.h"
#include "engine/store/reader.h"

#include <unordered_map>
#include <vector>

namespace isoloss {

struct BandCache::Impl {
    explicit Impl(std::size_t byte_cap) : store(byte_cap) {}

    PointStore store;
    PointBlockMaker maker;
    std::unordered_map<SeriesId, SeriesOutline> outlines;

    Expected<const SeriesOutline*> outline_of(Reader& reader, SeriesId series);
};

Expected<const SeriesOutline*> BandCache::Impl::outline_of(Reader& reader, SeriesId series) {
    if (const auto found = outlines.find(series); found != outlines.end()) return &found->second;
    ISOLOSS_TRY(auto chunks, read_chunk_spans(reader, series));
    Cutoffs cutoffs = find_cutoffs(chunks);
    return &outlines.emplace(series, SeriesOutline{std::move(chunks), std::move(cutoffs), {}}).first->second;
}

BandCache::BandCache(std::size_t byte_cap) : impl_(std::make_unique<Impl>(byte_cap)) {}

BandCache::~BandCache() = default;

Expected<std::shared_ptr<const BandView>> BandCache::band(Reader& reader, const BandRequest& request,
                                                          const CancellationToken& cancellation) {
    std::vector<BandMember> members;
    for (const SeriesId series : request.series) {
        ISOLOSS_TRY(const SeriesOutline* const outline, impl_->outline_of(reader, series));
        members.push_back({series, outline, CurveAxis(request.x, request.scale, 0), request.attempts,
                           static_cast<std::uint64_t>(request.x)});
    }
    return BandBuilder(reader, request, members, impl_->store, impl_->maker, cancellation).build();
}

void BandCache::invalidate(SeriesId series) {
    impl_->outlines.erase(series);
}

void BandCache::clear() {
    impl_->outlines.clear();
    impl_->store.clear();
}

std::size_t BandCache::bytes() const {
    return impl_->store.bytes();
}

} // namespace isoloss
