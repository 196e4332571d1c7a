#include "engine/series/series_view.h"

#include "engine/series/series_cache.h"

namespace isoloss {

Expected<std::shared_ptr<const SeriesView>> series_view(Reader& reader, const SeriesRequest& request) {
    return SeriesCache().view(reader, request);
}

} // namespace isoloss
