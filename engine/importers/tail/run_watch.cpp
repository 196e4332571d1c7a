#include "engine/importers/tail/run_watch.h"

#include "engine/base/file.h"
#include "engine/store/project.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <system_error>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

constexpr double day = 86'400;

struct RunFiles {
    bool present = false;
    double modified = 0;
};

// A source may name a part of a file: "runs.csv#run 3".
bool is_there(const std::string& source) {
    std::error_code ignored;
    if (fs::exists(source, ignored)) return true;
    const auto part = source.rfind('#');
    return part != std::string::npos && fs::exists(source.substr(0, part), ignored);
}

std::map<RunId, RunFiles> files_of_runs(const std::vector<RunSource>& sources) {
    std::map<RunId, RunFiles> runs;
    for (const RunSource& source : sources) {
        RunFiles& files = runs[source.run];
        files.modified = std::max(files.modified, source.modified);
        files.present = files.present || is_there(source.path);
    }
    return runs;
}

} // namespace

Expected<void> RunWatch::begin(const fs::path& place, double now) {
    ISOLOSS_TRY(const auto reader, project_.reader());
    ISOLOSS_TRY(const auto sources, reader->run_sources(path_text(place)));
    const auto files = files_of_runs(sources);
    if (files.empty()) return {};
    ISOLOSS_TRY(const auto runs, reader->runs(TrashRule::with_trash));
    for (const RunRecord& run : runs) {
        const auto found = files.find(run.id);
        if (found == files.end()) continue;
        if (found->second.present)
            ISOLOSS_TRY_VOID(begin_run(*reader, run, found->second.modified, now));
        else
            pulse_.vanished(run.id, run.status);
    }
    return {};
}

Expected<void> RunWatch::begin_run(Reader& reader, const RunRecord& run, double modified, double now) {
    RunPulse::Known known{run.status, run.status_note, modified, std::nullopt};
    const bool may_run = run.status == RunStatus::running || run.status == RunStatus::presumed_crashed ||
                         (run.status == RunStatus::unknown && now - modified < day);
    if (run.point_count == 0) return {}; // checkpoints and scores do not run
    if (may_run) {
        ISOLOSS_TRY(const RunRhythm rhythm, reader.rhythm(run.id));
        // A copied file is younger than what it says.
        if (rhythm.last_wall_time) known.last_write = *rhythm.last_wall_time;
        known.interval = rhythm.interval;
    }
    pulse_.begin(run.id, known, now);
    return {};
}

void RunWatch::wrote(const ImportReport& report, double now) {
    for (const RunNews& news : report.news) {
        if (news.points == 0 && news.said == RunStatus::unknown) continue;
        const bool has_time = !std::isnan(news.last_wall_time);
        pulse_.wrote(news.run, now, has_time ? std::optional(news.last_wall_time) : std::nullopt, news.said);
    }
}

Expected<void> RunWatch::vanished(const fs::path& path) {
    ISOLOSS_TRY(const auto reader, project_.reader());
    ISOLOSS_TRY(const auto sources, reader->run_sources(path_text(path)));
    for (const auto& [id, files] : files_of_runs(sources)) {
        if (files.present) continue;
        ISOLOSS_TRY(const auto run, reader->run(id));
        if (run) pulse_.vanished(id, run->status);
    }
    return {};
}

Expected<void> RunWatch::store_verdicts(double now) {
    const auto verdicts = pulse_.take_verdicts(now);
    if (verdicts.empty()) return {};
    const auto store = [&](WriteSession& session) -> Expected<void> {
        for (const RunPulse::Verdict& verdict : verdicts) {
            auto stored = session.set_run_status(verdict.run, verdict.status, verdict.note);
            // Its import may have been undone since.
            if (!stored && stored.error().kind != ErrorKind::not_found) return stored;
        }
        return {};
    };
    return project_.writer().submit(store, Durability::bulk).get();
}

} // namespace isoloss
