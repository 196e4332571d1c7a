#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/series_view.h"
#include "engine/series/step_to_x.h"

#include <optional>
#include <string_view>

namespace isoloss {

class LoggedXs;
class Reader;

/// What the x of a run's curves is made of. Without a mapping `words.missing` says why.
struct XSource {
    std::optional<StepToX> map;
    XWords words;
};

/// Tokens: a series that counts them, else what checkpoints logged, else batch × length × step from the config. FLOPs:
/// a series, else checkpoints, else 6·N·D with D tokens and N parameters of the config or of the checkpoints. Epochs: a
/// series, else step / steps per epoch from the config. CurveX::series: the series called `name`. A series of counts
/// must rise within each attempt: one that does not counts something else. The reader's thread.
Expected<XSource> find_x_source(Reader& reader, LoggedXs& logged, RunId run, CurveX x, std::string_view name);

} // namespace isoloss
