#include "engine/importers/wandb/wandb_source.h"

#include "engine/base/file.h"
#include "engine/base/utf8.h"
#include "engine/importers/run_joining.h"
#include "engine/importers/wandb/wandb_files.h"
#include "engine/importers/wandb/wandb_log.h"
#include "engine/importers/wandb/wandb_record.h"
#include "engine/importers/wandb/wandb_run.h"

#include <algorithm>
#include <map>
#include <set>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view log_ending = ".wandb";

/// The logs of one run id.
struct WandbLogs {
    std::string id;
    std::vector<fs::path> files;
    std::uint64_t bytes = 0;
};

/// Which run a log is of.
struct LogOwner {
    WandbLogFile log;
    std::string id, project, name;
    bool has_begun = false; ///< it says which run it is of, or will not any more
};

// The run record is one of the first; a damaged log may have none.
LogOwner owner_of(const fs::path& path, std::string_view id_in_name) {
    constexpr int most_records = 100;
    LogOwner owner;
    owner.log.path = path;
    owner.id = id_in_name;
    const auto file = InputFile::open(path);
    owner.has_begun = !file; // is reported when the log is read
    if (!file) return owner;
    owner.log.started_at = file->identity().modified;
    WandbLogReader reader(*file, 0);
    WandbRecord record;
    for (int i = 0; !owner.has_begun; ++i) {
        const auto bytes = reader.next();
        if (!bytes || !*bytes) break;
        const bool is_sound = record.decode(**bytes);
        owner.has_begun = i == most_records || (is_sound && record.kind == WandbRecord::Kind::history);
        if (!is_sound || record.kind != WandbRecord::Kind::run) continue;
        owner.has_begun = true;
        if (!record.run.id.empty()) owner.id = valid_utf8(record.run.id);
        owner.project = valid_utf8(record.run.project);
        owner.name = valid_utf8(record.run.display_name);
        owner.log.started_at = record.run.started_at.value_or(owner.log.started_at);
        owner.log.resumed = record.run.resumed;
    }
    if (reader.end() == WandbLogEnd::foreign || reader.counts().damaged > 0) owner.has_begun = true;
    return owner;
}

class WandbSource final : public Source {
public:
    explicit WandbSource(WandbLogs logs) : logs_(std::move(logs)) {}

    std::string_view format() const override { return "wandb_run"; }

    std::string title() const override { return "W&B run"; }

    std::vector<fs::path> files() const override { return logs_.files; }

    std::uint64_t bytes() const override { return logs_.bytes; }

    Expected<void> read(SourceContext& context) const override {
        for (const WandbRun& run : runs(context)) {
            if (context.stopped()) break;
            ISOLOSS_TRY_VOID(read_wandb_run(context, run));
        }
        return {};
    }

private:
    // One, unless a person gave the same id to runs of several projects.
    std::vector<WandbRun> runs(SourceContext& context) const {
        std::vector<LogOwner> owners;
        for (const fs::path& path : logs_.files)
            owners.push_back(owner_of(path, logs_.id));
        std::ranges::stable_sort(owners, {}, [](const LogOwner& owner) { return owner.log.started_at; });
        std::map<std::string, WandbRun> runs;
        for (LogOwner& owner : owners) {
            if (!owner.has_begun) {
                context.note(path_text(owner.log.path) + ": no data yet");
                continue;
            }
            const RunIdentity identity = identity::wandb_run(owner.project, owner.id);
            WandbRun& run = runs[identity.key];
            if (!run.subject) {
                auto subject = std::make_shared<RunSubject>();
                subject->name = owner.name.empty() ? owner.id : owner.name;
                subject->identities = {identity};
                subject->known_as = known_as_wandb_run(owner.id, owner.log.path.parent_path());
                run.subject = std::move(subject);
            }
            run.logs.push_back(std::move(owner.log));
        }
        std::vector<WandbRun> list;
        for (auto& [key, run] : runs)
            list.push_back(std::move(run));
        return list;
    }

    WandbLogs logs_;
};

class WandbFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        if (run_folders_.contains(listing.path().parent_path()) && listing.path().filename() == "files")
            claim_own_files(listing);
        bool found = false;
        for (FolderListing::Entry& entry : listing.entries()) {
            if (entry.claimed || entry.neighbour || !entry.regular) continue;
            if (entry.name.ends_with(".wandb.synced")) {
                entry.claimed = true; // says that W&B has uploaded the log beside it
                continue;
            }
            const bool has_name = entry.name.starts_with("run-") && entry.name.ends_with(log_ending);
            if (!has_name && !begins_like_wandb_log(FolderListing::beginning(entry))) continue;
            entry.claimed = found = true;
            add(entry);
        }
        if (!found) return;
        run_folders_.insert(listing.path());
        for (const char* own : {"logs", "tmp"})
            if (auto* entry = listing.find(own); entry != nullptr && entry->folder) entry->claimed = true;
    }

    std::vector<std::unique_ptr<Source>> take() override {
        std::vector<std::unique_ptr<Source>> sources;
        for (auto& [id, logs] : logs_)
            sources.push_back(std::make_unique<WandbSource>(std::move(logs)));
        return sources;
    }

private:
    void add(const FolderListing::Entry& entry) {
        std::string id = entry.name;
        if (id.starts_with("run-")) id.erase(0, 4);
        if (id.ends_with(log_ending)) id.erase(id.size() - log_ending.size());
        WandbLogs& logs = logs_[id];
        logs.id = valid_utf8(id);
        logs.files.push_back(entry.path);
        logs.bytes += entry.size;
    }

    static void claim_own_files(FolderListing& listing) {
        for (FolderListing::Entry& entry : listing.entries())
            if (!entry.neighbour && is_wandb_own_file(entry.name)) entry.claimed = true;
    }

    std::map<std::string, WandbLogs> logs_; ///< by run id
    std::set<fs::path> run_folders_;        ///< with logs
};

} // namespace

std::unique_ptr<SourceFinder> wandb_finder() {
    return std::make_unique<WandbFinder>();
}

} // namespace isoloss
