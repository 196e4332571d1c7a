#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/base/json_mends.h"
#include "engine/importers/import.h"
#include "engine/importers/run_part.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// What a reader has around it: where its parts go, what is known of its files, and whom it tells what it left out.
/// One per source, used by the one thread that reads it.
class SourceContext {
public:
    virtual ~SourceContext() = default;

    /// How far an earlier import has read a file (or anything else with a name, such as "runs.csv#run 3").
    virtual Expected<std::optional<SourceRecord>> known(std::string_view name) = 0;
    /// Hands a part over; waits while the parts before it are being stored. Fails when nothing more can be stored: then
    /// the reader returns that error.
    virtual Expected<void> take(RunPart part) = 0;

    /// Columns for the points of the next part: their memory has been used before where that is possible.
    virtual EventColumns spare_columns() { return {}; }

    /// Stop at the next good place: the person has cancelled, or a preview has seen enough.
    virtual bool stopped() const = 0;
    virtual CancellationToken cancellation() const = 0;
    virtual const ImportOptions& options() const = 0;

    virtual void set_subject(const std::filesystem::path& path) = 0; ///< what progress says is being read
    virtual void advance(std::uint64_t bytes) = 0;

    /// For the report. A file is read when it was recognised and something of it was taken or could have been.
    virtual void count_file() = 0;
    virtual void skip(const std::filesystem::path& path, std::string place, std::string reason) = 0;
    virtual void skip(const Error& error) = 0;
    virtual void note(std::string text) = 0;

    /// Notes what had to be mended in a file of JSON.
    void note_mends(const std::filesystem::path& path, const JsonMends& mends) {
        for (const std::string& warning : mends.warnings())
            note(path_text(path) + ": " + warning);
    }

    /// A note that many files share: written once, with their number.
    virtual void count_note(const std::string& text) = 0;
    /// The content of this file turned out to be of no format that is known.
    virtual void not_recognised(const std::filesystem::path& path) = 0;
};

/// Something that can be imported, found and recognised but not read yet: a folder of event files, a W&B run with its
/// resumes, a table, a study. Made by a SourceFinder.
class Source {
public:
    virtual ~Source() = default;

    virtual std::string_view format() const = 0; ///< stable key, also in table source: "event_file"
    virtual std::string title() const = 0;       ///< for a person: "TensorBoard events"
    virtual std::vector<std::filesystem::path>
    files() const = 0;                       ///< files and folders that it is made of, the chief one first
    virtual std::uint64_t bytes() const = 0; ///< that read() will advance by, as far as known

    /// Takes what is new. Bad content is skipped and reported through the context; the error that is returned ends the
    /// import, so it is only that of SourceContext::take() or ::known(). One thread, any.
    virtual Expected<void> read(SourceContext& context) const = 0;
};

} // namespace isoloss
