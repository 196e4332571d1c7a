#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/group_band.h"

#include <cstddef>
#include <memory>

namespace isoloss {

class Reader;

/// Answers bands and keeps the points that it read, decoded, so that another spread, another range and a run more read
/// little or nothing. Holds at most about `byte_cap` bytes, and some 60 MB more while it answers. Belongs to the
/// reader's thread.
class BandCache {
public:
    static constexpr std::size_t default_byte_cap = std::size_t{80} << 20;

    explicit BandCache(std::size_t byte_cap = default_byte_cap);
    ~BandCache();

    Expected<std::shared_ptr<const BandView>> band(Reader& reader, const BandRequest& request,
                                                   const CancellationToken& cancellation = {});

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
