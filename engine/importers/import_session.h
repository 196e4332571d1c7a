#pragma once

#include "engine/importers/import.h"
#include "engine/store/project.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace isoloss {

/// What every importer of one import_paths() call shares: the project, the report, progress and cancellation. One
/// thread, which is not the Writer's.
class ImportSession {
public:
    static Expected<std::unique_ptr<ImportSession>>
    begin(Project& project, const std::vector<std::filesystem::path>& paths, const ImportOptions& options);
    /// Ends progress and notes and enters the report in the project.
    Expected<void> finish();

    ImportReport report;

    Reader& reader() { return *reader_; }

    Writer& writer() { return writer_; }

    /// Under which import the rows are entered.
    ImportId import() const { return import_; }

    /// One transaction, waited for; survives a crash of the program.
    Expected<void> write(const Writer::Task& task);

    /// The run of the first identity that is known.
    Expected<std::optional<RunId>> find_run(const std::vector<RunIdentity>& identities);

    const CancellationToken& cancellation() const { return options_.cancellation; }

    bool cancelled() const { return options_.cancellation.cancelled(); }

    void set_total_bytes(std::uint64_t bytes) { progress_.set_total(bytes); }

    void set_subject(const std::string& subject) { progress_.set_subject(subject); }

    void advance(std::uint64_t bytes) { progress_.advance(bytes); }

    void skip(const std::filesystem::path& path, std::string place, std::string reason);
    void skip(const Error& error);

    void note(std::string text) { report.notes.push_back(std::move(text)); }

    /// A note that many files share: "RUN: TEXT (N files)", written once at the end.
    void count_note(const std::string& text) { ++shared_notes_[text]; }

private:
    ImportSession(Project& project, const ImportOptions& options, std::unique_ptr<Reader> reader)
        : writer_(project.writer()), reader_(std::move(reader)), options_(options),
          progress_(options.progress, "bytes") {}

    Writer& writer_;
    std::unique_ptr<Reader> reader_;
    ImportOptions options_;
    ProgressReporter progress_;
    std::map<std::string, int> shared_notes_;
    ImportId import_;
};

} // namespace isoloss
