#include "engine/importers/tracker_database.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/importers/mlflow/mlflow_database.h"
#include "engine/importers/source_state.h"
#include "engine/importers/trackio/trackio_database.h"

#include <array>
#include <initializer_list>
#include <limits>
#include <map>
#include <utility>
#include <vector>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

// The size and time of the database and of its log: the same again means that nothing was written.
std::string signature_of(const fs::path& path) {
    std::string text;
    for (const char* suffix : {"", "-wal", "-journal"}) {
        fs::path part = path;
        part += suffix;
        const auto file = InputFile::open(part);
        if (file) text += std::to_string(file->size()) + ' ' + number_text(file->identity().modified) + '\n';
    }
    return content_hash(text);
}

struct LastRow {
    std::int64_t number = 0;
    std::string hash; ///< of its content; empty when there is no such row
};

/// The last row up to a number, or of all for none.
Expected<LastRow> last_row(const TrackerDatabase& kind, const ForeignDatabase& database,
                           std::optional<std::int64_t> up_to) {
    const std::array<ForeignParameter, 1> parameter{up_to.value_or(std::numeric_limits<std::int64_t>::max())};
    ISOLOSS_TRY(auto rows, database.select(kind.rows_up_to(), parameter));
    ISOLOSS_TRY(const bool is_row, rows.next());
    LastRow last;
    if (!is_row) return last;
    last.number = rows.integer(0).value_or(0);
    std::string text;
    for (int column = 0; column < rows.column_count(); ++column)
        text += std::string(rows.text(column)) + '\n';
    last.hash = content_hash(text);
    return last;
}

std::string state_text(std::initializer_list<std::pair<std::string_view, std::string>> members) {
    std::string text;
    for (const auto& [name, value] : members)
        text += (text.empty() ? "{" : ",") + json_quote(name) + ":" + value;
    return text + "}";
}

class TrackerDatabaseSource final : public Source {
public:
    TrackerDatabaseSource(fs::path path, std::uint64_t bytes, std::shared_ptr<const TrackerDatabase> kind)
        : path_(std::move(path)), bytes_(bytes), kind_(std::move(kind)) {}

    std::string_view format() const override { return kind_->format(); }

    std::string title() const override { return kind_->title(); }

    std::vector<fs::path> files() const override { return {path_}; }

    std::uint64_t bytes() const override { return bytes_; }

    Expected<void> read(SourceContext& context) const override {
        context.set_subject(path_);
        const std::string name = path_text(path_);
        const std::string signature = signature_of(path_);
        ISOLOSS_TRY(const auto known, context.known(name));
        const auto state = parse_json(known ? known->state : "{}", {});
        if (known && state && json_string(*state, "signature") == signature) {
            context.advance(bytes_);
            return {};
        }
        auto record = record_of_file();
        const auto database = ForeignDatabase::open(path_, context.cancellation());
        if (!record || !database) {
            context.skip(record ? database.error() : record.error());
            return {};
        }
        const std::int64_t after = known && state ? json_int(*state, "row").value_or(0) : 0;
        const auto before = after > 0 ? last_row(*kind_, *database, after) : LastRow{};
        const auto last = last_row(*kind_, *database, std::nullopt);
        if (!before || !last) {
            context.skip(before ? last.error() : before.error());
            return {};
        }
        std::int64_t writing = known && state ? json_int(*state, "writing").value_or(0) : 0;
        const bool anew = after > 0 && before->hash != json_string(*state, "hash");
        context.count_file();
        record->offset = record->size;
        if (anew) {
            context.note(name + ": was written anew since the last import: its points are a new attempt");
            // Told before any of them: an import that ends early is gone on with, and begins no attempt once more.
            record->state = state_text({{"writing", std::to_string(++writing)}});
            RunPart begin;
            begin.sources.push_back(*record);
            ISOLOSS_TRY_VOID(context.take(std::move(begin)));
        }
        DatabaseRuns runs(context, path_, kind_->format(), writing);
        const auto read = kind_->read(*database, path_, anew ? 0 : after, runs, context);
        context.advance(bytes_);
        if (!read && read.error().kind != ErrorKind::cancelled) context.skip(read.error());
        // Only what was read to its end is known as such; the runs know what they have.
        const bool whole = read && !context.stopped();
        if (whole)
            record->state = state_text({{"writing", std::to_string(writing)},
                                        {"signature", json_quote(signature)},
                                        {"row", std::to_string(last->number)},
                                        {"hash", json_quote(last->hash)}});
        else if (!anew)
            record->state = known ? known->state : "{}";
        return runs.finish(std::move(*record));
    }

private:
    Expected<SourceRecord> record_of_file() const {
        ISOLOSS_TRY(const InputFile file, InputFile::open(path_));
        ISOLOSS_TRY(SourceRecord record, source_record(file, kind_->format()));
        // Every write changes the first page of a database: it is known by its rows.
        record.head_size = 0;
        record.head_hash = content_hash({});
        return record;
    }

    fs::path path_;
    std::uint64_t bytes_;
    std::shared_ptr<const TrackerDatabase> kind_;
};

class TrackerDatabaseFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        for (FolderListing::Entry* entry : listing.unclaimed_files()) {
            if (!is_foreign_database(FolderListing::beginning(*entry))) continue;
            const auto database = ForeignDatabase::open(entry->path);
            const auto kind = database ? kind_of(*database) : fail(database.error());
            if (!kind) {
                entry->claimed = true;
                skip(entry->path, kind.error().reason + ". " + kind.error().remedy);
            } else if (*kind) {
                entry->claimed = true;
                found_.push_back(std::make_unique<TrackerDatabaseSource>(entry->path, entry->size, *kind));
            }
        }
    }

    std::vector<std::unique_ptr<Source>> take() override { return std::move(found_); }

private:
    /// Nothing when it is none of them.
    Expected<std::shared_ptr<const TrackerDatabase>> kind_of(const ForeignDatabase& database) const {
        for (const auto& kind : kinds_) {
            ISOLOSS_TRY(const bool is_it, kind->recognises(database));
            if (is_it) return kind;
        }
        return nullptr;
    }

    const std::vector<std::shared_ptr<const TrackerDatabase>> kinds_{mlflow_database(), trackio_database()};
    std::vector<std::unique_ptr<Source>> found_;
};

} // namespace

std::unique_ptr<SourceFinder> tracker_database_finder() {
    return std::make_unique<TrackerDatabaseFinder>();
}

} // namespace isoloss
