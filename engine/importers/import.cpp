#include "engine/importers/import.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/importers/checkpoint_import.h"
#include "engine/importers/import_session.h"
#include "engine/importers/source_scan.h"

#include <algorithm>
#include <set>

namespace isoloss {

namespace {

std::string skipped_json(const SkippedSource& skipped) {
    return "{\"path\":" + json_quote(skipped.path) + ",\"place\":" + json_quote(skipped.place) +
           ",\"reason\":" + json_quote(skipped.reason) + "}";
}

bool lies_in(const std::filesystem::path& path, const std::filesystem::path& folder) {
    const auto [end, unused] = std::mismatch(folder.begin(), folder.end(), path.begin(), path.end());
    return end == folder.end();
}

class Import {
public:
    Import(ImportSession& session, FoundSources sources) : session_(session), sources_(std::move(sources)) {}

    Expected<void> run() {
        session_.set_total_bytes(sources_.event_bytes);
        for (const EventFolder& folder : sources_.event_folders) {
            if (session_.cancelled()) return {};
            recognised_.insert(folder.files.begin(), folder.files.end());
            ISOLOSS_TRY_VOID(import_event_folder(session_, folder));
        }
        for (const auto& folder : sources_.checkpoint_folders) {
            if (session_.cancelled()) return {};
            recognised_.insert(folder);
            ISOLOSS_TRY_VOID(import_checkpoint_folder(session_, folder));
        }
        for (const HarnessSource& source : sources_.harness) {
            if (session_.cancelled()) return {};
            ISOLOSS_TRY(const HarnessVerdict verdict, import_harness_results(session_, source));
            if (verdict == HarnessVerdict::not_ours) continue;
            recognised_.insert(source.results);
            recognised_.insert(source.samples.begin(), source.samples.end());
        }
        return {};
    }

    void report() {
        auto& skipped = session_.report.skipped;
        skipped.insert(skipped.begin(), sources_.skipped.begin(), sources_.skipped.end());
        if (session_.cancelled()) {
            session_.skip({}, {}, "the import was stopped; what was read is kept. Import again to go on");
            return;
        }
        for (const auto& named : sources_.named) {
            const bool found = std::any_of(recognised_.begin(), recognised_.end(), [&](const auto& path) {
                return lies_in(path, named) || path == named.parent_path();
            });
            const bool reported = std::any_of(skipped.begin(), skipped.end(),
                                              [&](const SkippedSource& source) { return lies_in(source.path, named); });
            if (!found && !reported)
                session_.skip(named, {},
                              "holds nothing that can be imported. Name an event file, a results file of the "
                              "evaluation harness, a checkpoint folder, or a folder with such files");
        }
    }

private:
    ImportSession& session_;
    FoundSources sources_;
    std::set<std::filesystem::path> recognised_;
};

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
                                    const ImportOptions& options) {
    ISOLOSS_TRY(FoundSources sources, scan_sources(paths));
    ISOLOSS_TRY(const auto session, ImportSession::begin(project, paths, options));
    Import import(*session, std::move(sources));
    ISOLOSS_TRY_VOID(import.run());
    import.report();
    ISOLOSS_TRY_VOID(session->finish());
    return session->report;
}

} // namespace isoloss
