#include "engine/importers/import_session.h"

#include "engine/base/file.h"

namespace isoloss {

Expected<std::unique_ptr<ImportSession>>
ImportSession::begin(Project& project, const std::vector<std::filesystem::path>& paths, const ImportOptions& options) {
    if (project.read_only())
        return fail({ErrorKind::busy,
                     path_text(project.path()),
                     {},
                     "the project is open for reading only: " + project.read_only_reason(),
                     "Close the other instance or import into another project"});
    ISOLOSS_TRY(auto reader, project.reader());
    std::unique_ptr<ImportSession> session(new ImportSession(project, options, std::move(reader)));
    std::vector<std::string> names;
    for (const auto& path : paths)
        names.push_back(path_text(path));
    const auto enter = [&](WriteSession& store) -> Expected<void> {
        ISOLOSS_TRY(session->import_, store.begin_import(names));
        return {};
    };
    ISOLOSS_TRY_VOID(session->writer_.submit(enter, Durability::bulk).get());
    return session;
}

Expected<void> ImportSession::finish() {
    for (const auto& [text, files] : shared_notes_)
        note(files == 1 ? text : text + " (" + std::to_string(files) + " files)");
    shared_notes_.clear();
    progress_.flush();
    return write([this](WriteSession& store) { return store.finish_import(import_, report.json()); });
}

Expected<void> ImportSession::write(const Writer::Task& task) {
    const auto entered = [&](WriteSession& store) -> Expected<void> {
        store.continue_import(import_);
        return task(store);
    };
    return writer_.submit(entered, Durability::bulk).get();
}

Expected<std::optional<RunId>> ImportSession::find_run(const std::vector<RunIdentity>& identities) {
    std::optional<RunId> found;
    const auto look_up = [&](WriteSession& store) -> Expected<void> {
        for (const RunIdentity& identity : identities) {
            ISOLOSS_TRY(found, store.find_run(identity));
            if (found) break;
        }
        return {};
    };
    ISOLOSS_TRY_VOID(write(look_up));
    return found;
}

void ImportSession::skip(const std::filesystem::path& path, std::string place, std::string reason) {
    report.skipped.push_back({path_text(path), std::move(place), std::move(reason)});
}

void ImportSession::skip(const Error& error) {
    report.skipped.push_back(
        {error.file, error.place, error.remedy.empty() ? error.reason : error.reason + ". " + error.remedy});
}

} // namespace isoloss
