#pragma once

#include "engine/base/error.h"
#include "ui/figures/curve_loading.h"
#include "ui/models/curve_values_model.h"

#include <vector>

namespace isoloss {

class Reader;
class CurveCache;

/// What each curve of a set does over the spec's range of x, exact over all its points as they are drawn; nothing for
/// bands and their members. In the order of the curves. The reader's thread.
Expected<std::vector<CurveRangeValues>> range_values(Reader& reader, CurveCache& cache, const CurveSet& set,
                                                     const FigureSpec& spec);

} // namespace isoloss
