#include "engine/importers/import.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/importers/import_session.h"
#include "engine/importers/source_scan.h"
#include "engine/store/project.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>

namespace isoloss {

namespace {

std::string skipped_json(const SkippedSource& skipped) {
    return "{\"path\":" + json_quote(skipped.path) + ",\"place\":" + json_quote(skipped.place) +
           ",\"reason\":" + json_quote(skipped.reason) + "}";
}

// What a person names and nothing comes of is worth a word; a folder's other files are not.
void report_fruitless(const std::vector<std::filesystem::path>& named,
                      const std::set<std::filesystem::path>& recognised, ImportReport& report) {
    for (const auto& path : named) {
        const bool found =
            std::any_of(recognised.begin(), recognised.end(), [&](const auto& file) { return lies_in(file, path); });
        const bool reported = std::any_of(report.skipped.begin(), report.skipped.end(),
                                          [&](const SkippedSource& source) { return lies_in(source.path, path); });
        if (found || reported) continue;
        report.fruitless.push_back(path);
        report.skipped.push_back(
            {path_text(path),
             {},
             "holds nothing that can be imported. Name logs of a run (event files, W&B, MLflow, trackio, "
             "trainer states, Megatron logs, CSV or JSON lines with a step), results of "
             "evaluations, checkpoint folders, or a folder with such files"});
    }
}

// One import at a time: two that read the same file at once would both take what is new.
Expected<std::unique_lock<std::timed_mutex>> take_turn(const Project& project, const CancellationToken& cancellation) {
    constexpr std::chrono::milliseconds between_looks{20};
    std::unique_lock turn(project.import_turn(), std::defer_lock);
    while (!turn.try_lock_for(between_looks))
        if (cancellation.cancelled()) return fail(ErrorKind::cancelled, "the import was stopped before it began");
    return turn;
}

} // namespace

std::string ImportReport::json() const {
    const auto number = [](const char* name, std::int64_t value) {
        return "\"" + std::string(name) + "\":" + std::to_string(value) + ",";
    };
    std::string text = "{" + number("runs", runs) + number("series", series) + number("points", points) +
                       number("checkpoints", checkpoints) + number("values", values) + number("items", items) +
                       "\"skipped\":[";
    for (std::size_t i = 0; i < skipped.size(); ++i)
        text += (i == 0 ? "" : ",") + skipped_json(skipped[i]);
    text += "]," + number("files", files) + "\"notes\":[";
    for (std::size_t i = 0; i < notes.size(); ++i)
        text += (i == 0 ? "" : ",") + json_quote(notes[i]);
    return text + "]}";
}

Expected<ImportReport> import_paths(Project& project, const std::vector<std::filesystem::path>& paths,
                                    const ImportOptions& given) {
    ImportOptions options = given;
    ISOLOSS_TRY(const auto reader, project.reader());
    ISOLOSS_TRY(options.mapping, with_kept_mappings(*reader, given.mapping));
    options.join_names = given.join_names || given.mapping.join_names;
    ISOLOSS_TRY(const auto turn, take_turn(project, options.cancellation));
    ISOLOSS_TRY(FoundSources found, scan_sources(paths, options));
    std::set<std::filesystem::path> recognised;
    for (const auto& source : found.sources) {
        const auto files = source->files();
        recognised.insert(files.begin(), files.end());
    }
    ImportSession session(project, options, std::move(found.sources));
    ISOLOSS_TRY_VOID(session.run(paths));
    ImportReport report = std::move(session.report);
    report.skipped.insert(report.skipped.begin(), found.skipped.begin(), found.skipped.end());
    if (options.cancellation.cancelled()) {
        report.skipped.push_back({{}, {}, "the import was stopped; what was read is kept. Import again to go on"});
    } else {
        for (const auto& path : session.not_recognised)
            recognised.erase(path);
        report_fruitless(found.named, recognised, report);
    }
    const bool has_entry = !options.into && report.import;
    if (!has_entry && given.mapping.empty()) return report;
    const auto finish = [&](WriteSession& store) -> Expected<void> {
        ISOLOSS_TRY_VOID(keep_mappings(store, given.mapping));
        if (!has_entry) return {};
        return store.finish_import(*report.import, report.json());
    };
    ISOLOSS_TRY_VOID(project.writer().submit(finish, Durability::bulk).get());
    return report;
}

} // namespace isoloss
