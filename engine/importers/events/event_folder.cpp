#include "engine/importers/events/event_folder.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/importers/event_points.h"
#include "engine/importers/events/event_file.h"
#include "engine/importers/run_joining.h"
#include "engine/importers/source_state.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <span>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view file_format = "event_file";
constexpr std::string_view folder_format = "event_folder";

struct EventFolder {
    fs::path folder; ///< canonical
    std::string run_name;
    std::vector<fs::path> files; ///< in name order, which is the order of time
    std::uint64_t bytes = 0;
};

RunStatus status_of(EventRunFacts::Ending ending) {
    switch (ending) {
    case EventRunFacts::Ending::running:
        return RunStatus::running;
    case EventRunFacts::Ending::finished:
        return RunStatus::finished;
    case EventRunFacts::Ending::crashed:
        return RunStatus::crashed;
    case EventRunFacts::Ending::unknown:
        break;
    }
    return RunStatus::unknown;
}

// Reads what is new in the files of one folder. Points, the file's offset and the run's state of attempts are handed
// over together. A damaged file keeps its prefix and is reported.
class EventFolderReader {
public:
    EventFolderReader(SourceContext& context, const EventFolder& source) : context_(context), source_(source) {
        auto subject = std::make_shared<RunSubject>();
        subject->name = source.run_name;
        subject->identities = {identity::event_folder(source.folder)};
        subject->known_as = known_as_event_folder(source.folder);
        subject_ = std::move(subject);
    }

    Expected<void> run() {
        ISOLOSS_TRY(const auto folder, context_.known(path_text(source_.folder)));
        if (folder) points_.restore(folder->state);
        for (const auto& path : source_.files) {
            if (context_.stopped()) break;
            ISOLOSS_TRY_VOID(import_file(path));
        }
        return {};
    }

private:
    Expected<void> import_file(const fs::path& path) {
        context_.set_subject(path);
        const auto file = InputFile::open(path);
        if (!file) {
            context_.skip(file.error());
            return {};
        }
        ISOLOSS_TRY(const auto known, context_.known(path_text(path)));
        const auto change = compare_source(*file, known);
        auto record = source_record(*file, file_format);
        if (!change || !record) {
            context_.skip(change ? record.error() : change.error());
            return {};
        }
        EventDecoder decoder;
        const bool is_known = known && *change != SourceChange::replaced;
        if (is_known && known->offset == record->size) {
            context_.advance(known->offset);
            return {};
        }
        points_.begin_file(is_known ? restore(known->state, decoder) : std::nullopt);
        if (*change == SourceChange::replaced) {
            points_.begin_attempt();
            context_.note(path_text(path) + " was replaced since the last import: its points are a new attempt");
        } else if (known) {
            record->offset = known->offset;
        }
        context_.advance(record->offset);
        if (record->size == 0) context_.note(path_text(path) + ": no data yet");
        if (record->offset == record->size) return {};
        return read(*file, *record, decoder);
    }

    Expected<void> read(const InputFile& file, SourceRecord& record, EventDecoder& decoder) {
        const std::uint64_t begin = record.offset;
        EventFileReader reader(file, begin);
        while (!context_.stopped()) {
            const std::uint64_t before = reader.offset();
            const auto more = reader.read_block(decoder, points_);
            if (!more) {
                context_.skip(more.error());
                break;
            }
            context_.advance(reader.offset() - before);
            if (!*more) break;
            if (points_.full()) ISOLOSS_TRY_VOID(hand_over(record, reader, decoder));
        }
        if (reader.end() == EventFileEnd::foreign) {
            context_.skip(reader.fault());
            return {};
        }
        context_.count_file();
        report(file, reader, decoder);
        if (reader.offset() == begin) return {};
        return hand_over(record, reader, decoder);
    }

    // What hand_over() wrote: the attempt that the file is in and the decoder's tags.
    static std::optional<std::uint32_t> restore(std::string_view state, EventDecoder& decoder) {
        const auto document = parse_json(state, {});
        if (!document) return std::nullopt;
        if (const auto* tags = json_member(*document, "scalar_tags")) decoder.restore(json_text(*tags));
        const auto attempt = json_int(*document, "attempt");
        return attempt ? std::optional(static_cast<std::uint32_t>(*attempt)) : std::nullopt;
    }

    Expected<void> hand_over(SourceRecord& record, const EventFileReader& reader, const EventDecoder& decoder) {
        record.offset = reader.offset();
        record.size = std::max(record.size, record.offset);
        record.state =
            "{\"attempt\":" + std::to_string(points_.attempt()) + ",\"scalar_tags\":" + decoder.state() + "}";
        RunPart part;
        part.run = subject_;
        part.points = context_.spare_columns();
        part.points.fill(points_.take(), points_.tag_count());
        for (; named_ < points_.tag_count(); ++named_)
            part.new_series.emplace_back(points_.name(static_cast<std::uint32_t>(named_)));
        for (const EventRunFacts& logged : points_.take_facts()) {
            RunFacts facts;
            facts.config = logged.config;
            facts.started_at = logged.started_at;
            facts.status = status_of(logged.ending);
            if (!facts.empty()) part.facts.push_back(std::move(facts));
        }
        SourceRecord folder;
        folder.path = path_text(source_.folder);
        folder.format = folder_format;
        folder.state = points_.state();
        part.sources = {record, std::move(folder)};
        return context_.take(std::move(part));
    }

    void report(const InputFile& file, const EventFileReader& reader, const EventDecoder& decoder) {
        if (reader.end() == EventFileEnd::damaged) context_.skip(reader.fault());
        const std::string path = path_text(file.path());
        if (reader.end() == EventFileEnd::waiting)
            context_.note(path + ": the last record is not whole yet; it is read when the file has grown");
        const auto skipped = [&](std::int64_t count, const std::string& what) {
            if (count > 0) context_.skip(path, {}, std::to_string(count) + " " + what);
        };
        const auto noted = [&](std::int64_t count, const std::string& what) {
            if (count > 0) context_.note(path + ": " + std::to_string(count) + " " + what);
        };
        const EventCounts& counts = decoder.counts;
        skipped(counts.bad_checksums, "records whose data fails its checksum were left out. Copy the file again");
        skipped(counts.malformed, "records that contradict their own format were left out. Copy the file again");
        noted(counts.oversized, "records above 16 MB were stepped over");
        noted(counts.unsupported, "values that are no scalars (histograms, images, texts) were left out");
        noted(counts.inexact_integers, "integers beyond 2^53 were rounded to the nearest double");
    }

    SourceContext& context_;
    const EventFolder& source_;
    std::shared_ptr<const RunSubject> subject_;
    EventPoints points_;
    std::size_t named_ = 0; ///< series whose names were handed over
};

class EventFolderSource final : public Source {
public:
    explicit EventFolderSource(EventFolder folder) : folder_(std::move(folder)) {}

    std::string_view format() const override { return folder_format; }

    std::string title() const override { return "TensorBoard events"; }

    std::vector<fs::path> files() const override {
        std::vector<fs::path> files{folder_.folder};
        files.insert(files.end(), folder_.files.begin(), folder_.files.end());
        return files;
    }

    std::uint64_t bytes() const override { return folder_.bytes; }

    Expected<void> read(SourceContext& context) const override { return EventFolderReader(context, folder_).run(); }

private:
    EventFolder folder_;
};

bool has_event_name(std::string_view name) {
    return name.find("tfevents") != std::string_view::npos;
}

// Written by TensorBoard's profiler; no run.
bool is_profile(std::string_view name) {
    return name.ends_with(".profile-empty");
}

// Whatever its name, a file that begins with a frame whose length passes its checksum is an event file.
bool begins_with_a_frame(std::string_view head) {
    if (head.size() < 12) return false;
    std::uint32_t checksum = 0;
    std::memcpy(&checksum, head.data() + 8, sizeof checksum);
    return masked_crc32c(std::as_bytes(std::span(head).first(8))) == checksum;
}

class EventFolderFinder final : public SourceFinder {
public:
    void look_at(FolderListing& listing) override {
        EventFolder found;
        for (FolderListing::Entry& entry : listing.entries()) {
            if (entry.claimed || entry.neighbour || entry.folder || is_profile(entry.name)) continue;
            if (!has_event_name(entry.name)) {
                if (!entry.regular || !begins_with_a_frame(FolderListing::beginning(entry))) continue;
            } else if (!entry.regular) {
                skip(entry.path, "is a pipe, a device or a socket. Name a file on disk");
                continue;
            }
            entry.claimed = true;
            found.files.push_back(entry.path);
            found.bytes += entry.size;
        }
        if (found.files.empty()) return;
        found.folder = listing.path();
        found.run_name = listing.run_name();
        folders_.emplace(found.folder, std::move(found));
    }

    std::vector<std::unique_ptr<Source>> take() override {
        std::vector<std::unique_ptr<Source>> sources;
        for (auto& [path, folder] : folders_)
            sources.push_back(std::make_unique<EventFolderSource>(std::move(folder)));
        return sources;
    }

private:
    std::map<fs::path, EventFolder> folders_;
};

} // namespace

std::unique_ptr<SourceFinder> event_folder_finder() {
    return std::make_unique<EventFolderFinder>();
}

} // namespace isoloss
