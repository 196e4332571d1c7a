#include "engine/series/x_sources.h"

#include "engine/store/reader.h"

#include <cstdint>
#include <limits>

namespace isoloss {

Expected<XSource> XSources::source(Reader& reader, SeriesId series, const SeriesOutline& outline, CurveX x,
                                   const std::string& name) {
    if (x == CurveX::step) return XSource{StepToX::steps(), {"step", {}, {}, {}}};
    if (x == CurveX::wall_time) return XSource{StepToX::wall_time(), {"time", "UTC", {}, {}}};
    if (x == CurveX::relative_time) {
        ISOLOSS_TRY(const double start, origin(reader, series, outline));
        return XSource{StepToX::hours_since(start), {"time since the start", "hours", {}, {}}};
    }
    ISOLOSS_TRY(const auto run, run_of(reader, series));
    if (!run) return XSource{std::nullopt, {{}, {}, {}, "the series belongs to no run"}};
    const auto key = std::tuple(*run, x, name);
    if (const auto found = sources_.find(key); found != sources_.end()) return found->second;
    const std::uint64_t gone = logged_.gone();
    ISOLOSS_TRY(const XSource source, find_x_source(reader, logged_, *run, x, name));
    if (logged_.gone() != gone) sources_.clear();
    return sources_.insert_or_assign(key, source).first->second;
}

Expected<std::optional<RunId>> XSources::run_of(Reader& reader, SeriesId series) {
    if (!runs_.contains(series)) {
        ISOLOSS_TRY(const auto all, reader.series());
        for (const SeriesRecord& record : all)
            runs_.insert_or_assign(record.id, record.run);
    }
    const auto run = runs_.find(series);
    return run == runs_.end() ? std::nullopt : std::optional(run->second);
}

// The start of the run where it is known and not later than the points, else the first point.
Expected<double> XSources::origin(Reader& reader, SeriesId series, const SeriesOutline& outline) {
    if (const auto found = origins_.find(series); found != origins_.end()) return found->second;
    double origin = std::numeric_limits<double>::infinity();
    for (const ChunkSpan& span : outline.chunks)
        if (span.whole.first_wall_time < origin) origin = span.whole.first_wall_time;
    ISOLOSS_TRY(const auto run_id, run_of(reader, series));
    if (run_id) {
        ISOLOSS_TRY(const auto run, reader.run(*run_id));
        if (run && run->started_at && *run->started_at < origin) origin = *run->started_at;
    }
    origins_.emplace(series, origin);
    return origin;
}

void XSources::invalidate(SeriesId series) {
    logged_.invalidate(series);
    origins_.erase(series);
    if (const auto run = runs_.find(series); run != runs_.end())
        std::erase_if(sources_, [&](const auto& source) { return std::get<RunId>(source.first) == run->second; });
    else
        sources_.clear();
}

void XSources::invalidate_runs() {
    runs_.clear();
    origins_.clear();
    sources_.clear();
}

void XSources::clear() {
    invalidate_runs();
    logged_.clear();
}

} // namespace isoloss
