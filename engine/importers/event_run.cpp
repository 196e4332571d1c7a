#include "engine/importers/event_run.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/importers/event_file.h"
#include "engine/importers/event_run_writer.h"
#include "engine/importers/source_state.h"

namespace isoloss {

namespace {

constexpr std::string_view file_format = "event_file";

class EventFolderImport {
public:
    EventFolderImport(ImportSession& session, const EventFolder& source)
        : session_(session), source_(source), writer_(session, source) {}

    Expected<void> run() {
        ISOLOSS_TRY_VOID(writer_.begin(points_));
        for (const auto& path : source_.files) {
            if (session_.cancelled()) break;
            ISOLOSS_TRY_VOID(import_file(path));
        }
        return writer_.finish();
    }

private:
    Expected<void> import_file(const std::filesystem::path& path) {
        session_.set_subject(path_text(path.filename()));
        const auto file = InputFile::open(path);
        if (!file) {
            session_.skip(file.error());
            return {};
        }
        ISOLOSS_TRY(const auto known, session_.reader().source(path_text(path)));
        const auto change = compare_source(*file, known);
        auto record = source_record(*file, file_format);
        if (!change || !record) {
            session_.skip(change ? record.error() : change.error());
            return {};
        }
        EventDecoder decoder;
        const bool is_known = known && *change != SourceChange::replaced;
        if (is_known && known->offset == record->size) {
            session_.advance(known->offset);
            return {};
        }
        points_.begin_file(is_known ? restore(known->state, decoder) : std::nullopt);
        if (*change == SourceChange::replaced) {
            points_.begin_attempt();
            session_.note(path_text(path) + " was replaced since the last import: its points are a new attempt");
        } else if (known) {
            record->offset = known->offset;
        }
        session_.advance(record->offset);
        if (record->size == 0) session_.note(path_text(path) + ": no data yet");
        if (record->offset == record->size) return {};
        return read(*file, *record, decoder);
    }

    Expected<void> read(const InputFile& file, SourceRecord& record, EventDecoder& decoder) {
        const std::uint64_t begin = record.offset;
        EventFileReader reader(file, begin);
        while (!session_.cancelled()) {
            const std::uint64_t before = reader.offset();
            const auto more = reader.read_block(decoder, points_);
            if (!more) {
                session_.skip(more.error());
                break;
            }
            session_.advance(reader.offset() - before);
            if (!*more) break;
            if (points_.full()) ISOLOSS_TRY_VOID(store(record, reader, decoder));
        }
        if (reader.end() == EventFileEnd::foreign) {
            session_.skip(reader.fault());
            return {};
        }
        ++session_.report.files;
        report(file, reader, decoder);
        if (reader.offset() == begin) return {};
        return store(record, reader, decoder);
    }

    // What store() wrote: the attempt that the file is in and the decoder's tags.
    static std::optional<std::uint32_t> restore(std::string_view state, EventDecoder& decoder) {
        const auto document = parse_json(state, {});
        if (!document) return std::nullopt;
        if (const auto* tags = json_member(*document, "scalar_tags")) decoder.restore(json_text(*tags));
        const auto attempt = json_int(*document, "attempt");
        return attempt ? std::optional(static_cast<std::uint32_t>(*attempt)) : std::nullopt;
    }

    Expected<void> store(SourceRecord& record, const EventFileReader& reader, const EventDecoder& decoder) {
        record.offset = reader.offset();
        record.size = std::max(record.size, record.offset);
        record.state =
            "{\"attempt\":" + std::to_string(points_.attempt()) + ",\"scalar_tags\":" + decoder.state() + "}";
        return writer_.store(points_, record);
    }

    void report(const InputFile& file, const EventFileReader& reader, const EventDecoder& decoder) {
        if (reader.end() == EventFileEnd::damaged) session_.skip(reader.fault());
        const std::string path = path_text(file.path());
        if (reader.end() == EventFileEnd::waiting)
            session_.note(path + ": the last record is not whole yet; it is read when the file has grown");
        const auto skipped = [&](std::int64_t count, const std::string& what) {
            if (count > 0) session_.skip(path, {}, std::to_string(count) + " " + what);
        };
        const auto noted = [&](std::int64_t count, const std::string& what) {
            if (count > 0) session_.note(path + ": " + std::to_string(count) + " " + what);
        };
        const EventCounts& counts = decoder.counts;
        skipped(counts.bad_checksums, "records whose data fails its checksum were left out. Copy the file again");
        skipped(counts.malformed, "records that contradict their own format were left out. Copy the file again");
        noted(counts.oversized, "records above 16 MB were stepped over");
        noted(counts.unsupported, "values that are no scalars (histograms, images, texts) were left out");
        noted(counts.inexact_integers, "integers beyond 2^53 were rounded to the nearest double");
    }

    ImportSession& session_;
    const EventFolder& source_;
    EventPoints points_;
    EventRunWriter writer_;
};

} // namespace

Expected<void> import_event_folder(ImportSession& session, const EventFolder& source) {
    return EventFolderImport(session, source).run();
}

} // namespace isoloss
