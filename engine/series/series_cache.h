#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/range_statistics.h"
#include "engine/series/series_view.h"
#include "engine/series/x_source.h"

#include <cstddef>
#include <memory>

namespace isoloss {

/// Answers series views and keeps what it read, so that panning and zooming back read nothing. Holds at most about
/// `byte_cap` bytes of curves and half as much of series that serve as x; what was not used for longest goes first.
/// Belongs to the reader's thread.
class SeriesCache {
public:
    static constexpr std::size_t default_byte_cap = std::size_t{192} << 20;

    explicit SeriesCache(std::size_t byte_cap = default_byte_cap);
    ~SeriesCache();

    /// What x of a request is made of.
    Expected<XSource> x_source(Reader& reader, const SeriesRequest& request);

    Expected<std::shared_ptr<const SeriesView>> view(Reader& reader, const SeriesRequest& request);

    /// Of the curve that `view` draws, over the asked range; what depends on pixels is ignored.
    Expected<SeriesStatistics> statistics(Reader& reader, const SeriesRequest& request);

    /// The series got points. Full chunks that were read before stay.
    void invalidate(SeriesId series);
    /// Configs or start times of runs changed, which x may be made of. All points stay.
    void invalidate_runs();
    /// Anything may have changed.
    void clear();

    std::size_t bytes() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace isoloss
