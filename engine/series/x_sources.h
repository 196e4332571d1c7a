#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/logged_xs.h"
#include "engine/series/series_state.h"
#include "engine/series/series_view.h"
#include "engine/series/x_source.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>

namespace isoloss {

class Reader;

/// Finds what the x of series is made of and remembers it by run. Holds about `byte_cap` bytes of series that serve as
/// x. The reader's thread.
class XSources {
public:
    explicit XSources(std::size_t byte_cap) : logged_(byte_cap) {}

    /// `name`: of the series that is x, with CurveX::series.
    Expected<XSource> source(Reader& reader, SeriesId series, const SeriesOutline& outline, CurveX x,
                             const std::string& name);

    /// The series got points.
    void invalidate(SeriesId series);
    /// Configs, start times or the runs of series changed.
    void invalidate_runs();
    /// Anything may have changed.
    void clear();

    std::size_t bytes() const { return logged_.bytes(); }

private:
    Expected<std::optional<RunId>> run_of(Reader& reader, SeriesId series);
    Expected<double> origin(Reader& reader, SeriesId series, const SeriesOutline& outline);

    LoggedXs logged_;
    std::unordered_map<SeriesId, RunId> runs_;
    std::unordered_map<SeriesId, double> origins_; ///< of relative time
    std::map<std::tuple<RunId, CurveX, std::string>, XSource> sources_;
};

} // namespace isoloss
