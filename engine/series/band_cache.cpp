#include "engine/series/band_cache.h"

#include "engine/series/band_builder.h"
#include "engine/series/curve_axis.h"
#include "engine/series/point_block.h"
#include "engine/series/point_rows.h"
#include "engine/series/series_state.h"
#include "engine/series/x_sources.h"
#include "engine/store/reader.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <vector>

namespace isoloss {

namespace {

constexpr std::size_t most_numbered = 16;

} // namespace

struct BandCache::Impl {
    explicit Impl(std::size_t byte_cap) : store(byte_cap), xs(byte_cap / 2) {}

    /// A mapping to x that blocks of a series were made with, by its number among all.
    struct NumberedX {
        StepToX x;
        std::uint64_t number = 0;
    };

    PointStore store;
    PointBlockMaker maker;
    XSources xs;
    std::unordered_map<SeriesId, SeriesState> states;
    std::unordered_map<SeriesId, std::vector<NumberedX>> numbered;
    std::uint64_t last_number = 0; ///< of smoothings and mappings

    std::uint64_t number_of(SeriesId series, const StepToX& x);
    Expected<void> add_members(Reader& reader, SeriesId series, const BandRequest& request,
                               std::vector<BandMember>& members, BandView& view);
};

std::uint64_t BandCache::Impl::number_of(SeriesId series, const StepToX& x) {
    auto& known = numbered[series];
    const auto found = std::ranges::find(known, x, &NumberedX::x);
    if (found != known.end()) return found->number;
    if (known.size() == most_numbered) known.erase(known.begin());
    return known.emplace_back(x, ++last_number).number;
}

Expected<void> BandCache::Impl::add_members(Reader& reader, SeriesId series, const BandRequest& request,
                                            std::vector<BandMember>& members, BandView& view) {
    SeriesState& state = states[series];
    if (!state.outline) {
        ISOLOSS_TRY(state.outline, read_outline(reader, series));
    }
    const SeriesOutline& outline = *state.outline;
    ISOLOSS_TRY(const XSource source, xs.source(reader, series, outline, request.x, request.x_series));
    if (members.empty() && (source.map || view.x.missing.empty())) view.x = source.words;
    if (!source.map) {
        ++view.runs_without_x;
        return {};
    }
    BandMember member{series, &outline, CurveAxis(*source.map, request.scale, request.symlog_threshold),
                      request.attempts};
    member.variant = number_of(series, *source.map);
    if (request.smoothing.active() && !outline.constant()) {
        member.smoothing = &state.smoothing_for(request.smoothing, request.attempts, last_number);
        member.variant ^= member.smoothing->variant << 32;
    }
    std::vector<std::optional<int>> attempts{std::nullopt};
    if (request.attempts == AttemptRule::split) {
        attempts.clear();
        for (const ChunkSpan& chunk : outline.chunks)
            if (attempts.empty() || attempts.back() != chunk.attempt) attempts.emplace_back(chunk.attempt);
    }
    for (const std::optional<int> attempt : attempts) {
        member.attempt = attempt;
        if (member.find_intervals())
            members.push_back(member);
        else
            ++view.runs_without_x;
    }
    return {};
}

BandCache::BandCache(std::size_t byte_cap) : impl_(std::make_unique<Impl>(byte_cap)) {}

BandCache::~BandCache() = default;

Expected<std::shared_ptr<const BandView>> BandCache::band(Reader& reader, const BandRequest& request,
                                                          const CancellationToken& cancellation) {
    auto view = std::make_shared<BandView>();
    view->number = request.number;
    std::vector<BandMember> members;
    for (const SeriesId series : request.series)
        ISOLOSS_TRY_VOID(impl_->add_members(reader, series, request, members, *view));
    ISOLOSS_TRY_VOID(BandBuilder(reader, request, members, impl_->store, impl_->maker, cancellation).build(*view));
    return view;
}

void BandCache::invalidate(SeriesId series) {
    impl_->xs.invalidate(series);
    if (const auto found = impl_->states.find(series); found != impl_->states.end()) found->second.invalidate();
}

void BandCache::invalidate_runs() {
    impl_->xs.invalidate_runs();
}

void BandCache::clear() {
    impl_->states.clear();
    impl_->numbered.clear();
    impl_->xs.clear();
    impl_->store.clear();
}

std::size_t BandCache::bytes() const {
    return impl_->store.bytes() + impl_->xs.bytes();
}

} // namespace isoloss
