#pragma once

#include "engine/base/error.h"
#include "engine/series/range_statistics.h"
#include "engine/series/series_state.h"
#include "engine/series/view_plan.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace isoloss {

class Reader;

/// One request for statistics. Chunks within the range are known by their bucket; only those that the range cuts, and
/// those that hold an end or an extreme, are read. Everything it is given outlives it.
class StatisticsBuilder {
public:
    StatisticsBuilder(Reader& reader, const SeriesRequest& request, const SeriesOutline& outline,
                      const CurveAxis& axis);

    Expected<std::vector<RangeStatistics>> raw();
    /// Smooths all chunks up to the end of the range (EMA) or those that it touches.
    Expected<std::vector<RangeStatistics>> smoothed(SmoothingState& state);

private:
    /// A part of a chunk that may have points in the range.
    struct Piece {
        std::size_t section = 0, chunk = 0;
        bool whole = false; ///< all points of the chunk are in the range
    };

    /// A value and where it is: a point, or somewhere in a chunk that is in the range as a whole.
    struct Place {
        CurvePoint point;
        std::optional<std::size_t> chunk;
    };

    struct Tally {
        std::int64_t finite = 0, nonfinite = 0;
        std::optional<Place> start, end, min, max;
    };

    /// Of the finite points of a chunk.
    enum class Which { first, last, equal };

    using Tallies = std::map<std::optional<int>, Tally>;

    std::optional<Piece> piece(std::size_t section, std::size_t chunk) const;
    Tally& tally_of(int attempt);
    void add_whole(std::size_t chunk);
    void add_point(const CurveSection& section, std::int64_t step, double wall_time, double value);
    Expected<std::optional<CurvePoint>> point_at(const std::optional<Place>& place, Which which);
    Expected<std::vector<RangeStatistics>> finish();

    Reader& reader_;
    const SeriesRequest& request_;
    const SeriesOutline& outline_;
    const CurveAxis& axis_;
    std::vector<CurveSection> sections_;
    CurveAxis::Interval range_;
    std::vector<Piece> pieces_; ///< in order of attempt and step
    Tallies tallies_;
};

} // namespace isoloss
