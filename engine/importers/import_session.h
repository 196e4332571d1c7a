#pragma once

#include "engine/importers/import.h"
#include "engine/importers/part_queue.h"
#include "engine/importers/part_writer.h"
#include "engine/importers/source.h"
#include "engine/store/project.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace isoloss {

/// One import under way: several threads read the sources, the Writer stores their parts in the order of the sources,
/// in transactions that take parts while they keep coming. Memory is bounded by the parts that wait.
class ImportSession {
public:
    ImportSession(Project& project, const ImportOptions& options, std::vector<std::unique_ptr<Source>> sources);
    ~ImportSession();
    ImportSession(const ImportSession&) = delete;
    ImportSession& operator=(const ImportSession&) = delete;

    /// Imports everything and enters the report in the project. `paths`: as the person named them. On the calling
    /// thread, which is not the Writer's; progress is reported there.
    Expected<void> run(const std::vector<std::filesystem::path>& paths);

    /// Complete after run().
    ImportReport report;
    std::vector<std::filesystem::path> not_recognised; ///< files whose finder was wrong about them

private:
    class Context;
    struct Progress;

    Expected<void> begin();
    Expected<void> enter(WriteSession& store);
    void read_sources();
    Expected<void> store_parts();
    Expected<void> store_some();
    void collect();

    Project& project_;
    const ImportOptions options_;
    std::vector<std::unique_ptr<Source>> sources_;
    std::vector<std::unique_ptr<Context>> contexts_; ///< by source
    PartQueue queue_;
    PartWriter writer_;
    std::optional<ImportId> import_;
    std::vector<std::string> named_; ///< by the person
    std::atomic<std::size_t> next_source_ = 0;
    std::unique_ptr<Progress> progress_;
};

} // namespace isoloss
