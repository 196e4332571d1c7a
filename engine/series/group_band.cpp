#include "engine/series/group_band.h"

#include "engine/series/band_cache.h"

namespace isoloss {

Expected<std::shared_ptr<const BandView>> group_band(Reader& reader, const BandRequest& request,
                                                     const CancellationToken& cancellation) {
    return BandCache().band(reader, request, cancellation);
}

} // namespace isoloss
