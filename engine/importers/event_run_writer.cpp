#include "engine/importers/event_run_writer.h"

#include "engine/base/file.h"
#include "engine/importers/event_run.h"
#include "engine/importers/run_joining.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>

namespace isoloss {

namespace {

constexpr std::string_view folder_format = "event_folder";
constexpr std::size_t most_under_way = 2;

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

} // namespace

// Everything but `failed` is touched on the Writer's thread only, until finish().
struct EventRunWriter::Shared {
    std::vector<RunIdentity> identities;
    std::string run_name;
    std::optional<RunId> run;
    std::set<std::string> known_series;          ///< names that were there before this import
    std::vector<std::string> names;              ///< of series, by tag
    std::vector<std::optional<SeriesId>> series; ///< by tag
    bool failed = false;
    ImportReport added;
};

struct EventRunWriter::Batch {
    std::vector<EventPoint> points;
    std::vector<std::string> new_names; ///< of the tags that no earlier batch named
    std::vector<EventRunFacts> facts;
    SourceRecord file, folder;
};

namespace {

// Points of one tag and attempt, in file order, as columns.
class ColumnBuilder {
public:
    void add(const EventPoint& point) {
        columns_.steps.push_back(point.step);
        columns_.wall_times.push_back(point.wall_time);
        if (point.wide != 0 && columns_.is_float32()) widen();
        if (columns_.is_float32())
            std::get<0>(columns_.values).push_back(std::bit_cast<float>(static_cast<std::uint32_t>(point.bits)));
        else
            std::get<1>(columns_.values)
                .push_back(point.wide != 0
                               ? std::bit_cast<double>(point.bits)
                               : static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(point.bits))));
    }

    const PointColumns& columns() const { return columns_; }

    void clear() {
        columns_.steps.clear();
        columns_.wall_times.clear();
        if (columns_.is_float32())
            std::get<0>(columns_.values).clear();
        else
            columns_.values = std::vector<float>();
    }

private:
    void widen() {
        const auto& narrow = std::get<0>(columns_.values);
        columns_.values = std::vector<double>(narrow.begin(), narrow.end());
    }

    PointColumns columns_;
};

// The order of the points sorted by tag, stable: a counting sort.
std::vector<std::uint32_t> order_by_tag(const std::vector<EventPoint>& points, std::size_t tags) {
    std::vector<std::uint32_t> begin(tags + 1, 0);
    for (const EventPoint& point : points)
        ++begin[point.tag + 1];
    for (std::size_t i = 1; i < begin.size(); ++i)
        begin[i] += begin[i - 1];
    std::vector<std::uint32_t> order(points.size());
    for (std::uint32_t i = 0; i < points.size(); ++i)
        order[begin[points[i].tag]++] = i;
    return order;
}

} // namespace

EventRunWriter::EventRunWriter(ImportSession& session, const EventFolder& source)
    : session_(session), source_(source), shared_(std::make_shared<Shared>()) {}

EventRunWriter::~EventRunWriter() {
    for (auto& future : under_way_)
        future.wait();
}

Expected<void> EventRunWriter::begin(EventPoints& points) {
    shared_->identities = known_as_event_folder(source_.folder);
    shared_->run_name = source_.run_name;
    ISOLOSS_TRY(shared_->run, session_.find_run(shared_->identities));
    if (shared_->run) {
        ISOLOSS_TRY(const auto known, session_.reader().series(shared_->run));
        for (const SeriesRecord& series : known)
            shared_->known_series.insert(series.name);
    }
    ISOLOSS_TRY(const auto folder, session_.reader().source(path_text(source_.folder)));
    if (folder) points.restore(folder->state);
    return {};
}

Expected<void> EventRunWriter::store(EventPoints& points, const SourceRecord& file) {
    auto batch = std::make_shared<Batch>();
    batch->points = points.take();
    batch->facts = points.take_facts();
    for (std::size_t i = named_; i < points.tag_count(); ++i)
        batch->new_names.push_back(points.name(static_cast<std::uint32_t>(i)));
    named_ = points.tag_count();
    batch->file = file;
    batch->folder.path = path_text(source_.folder);
    batch->folder.format = folder_format;
    batch->folder.state = points.state();
    if (under_way_.size() >= most_under_way) ISOLOSS_TRY_VOID(wait_for_oldest());
    under_way_.push_back(session_.writer().submit(
        [shared = shared_, batch, import = session_.import()](WriteSession& store) -> Expected<void> {
            store.continue_import(import);
            if (shared->failed) return fail(ErrorKind::cancelled, "an earlier part of the file could not be stored");
            auto written = write(store, *shared, *batch);
            shared->failed = !written;
            return written;
        },
        Durability::bulk));
    return {};
}

Expected<void> EventRunWriter::write(WriteSession& store, Shared& shared, Batch& batch) {
    std::move(batch.new_names.begin(), batch.new_names.end(), std::back_inserter(shared.names));
    shared.series.resize(shared.names.size());
    if (batch.points.empty() && batch.facts.empty() && !shared.run) {
        ISOLOSS_TRY_VOID(store.put_source(batch.file));
        return store.put_source(batch.folder);
    }
    if (!shared.run) {
        ISOLOSS_TRY(shared.run, store.ensure_run(shared.identities.front(), shared.run_name));
        ++shared.added.runs;
    } else if (shared.added.points == 0) {
        ISOLOSS_TRY_VOID(store.add_identity(*shared.run, shared.identities.front()));
    }
    for (const EventRunFacts& facts : batch.facts) {
        if (!facts.config.empty()) ISOLOSS_TRY_VOID(store.merge_run_config(*shared.run, facts.config));
        if (facts.started_at) ISOLOSS_TRY_VOID(store.set_run_started(*shared.run, *facts.started_at));
        if (facts.ending != EventRunFacts::Ending::unknown)
            ISOLOSS_TRY_VOID(store.set_run_status(*shared.run, status_of(facts.ending)));
    }
    double earliest = std::numeric_limits<double>::infinity();
    ColumnBuilder builder;
    const auto flush = [&](const EventPoint& last) -> Expected<void> {
        auto& series = shared.series[last.tag];
        if (!series) {
            const std::string& name = shared.names[last.tag];
            ISOLOSS_TRY(series, store.ensure_series(*shared.run, name));
            if (!shared.known_series.contains(name)) ++shared.added.series;
        }
        ISOLOSS_TRY_VOID(store.append_points(*series, static_cast<int>(last.attempt), builder.columns()));
        builder.clear();
        return {};
    };
    const EventPoint* last = nullptr;
    for (const std::uint32_t index : order_by_tag(batch.points, shared.series.size())) {
        const EventPoint& point = batch.points[index];
        if (last != nullptr && (last->tag != point.tag || last->attempt != point.attempt))
            ISOLOSS_TRY_VOID(flush(*last));
        builder.add(point);
        if (point.wall_time < earliest) earliest = point.wall_time;
        last = &point;
    }
    if (last != nullptr) ISOLOSS_TRY_VOID(flush(*last));
    if (std::isfinite(earliest)) ISOLOSS_TRY_VOID(store.set_run_started(*shared.run, earliest));
    batch.file.run = shared.run;
    batch.folder.run = shared.run;
    ISOLOSS_TRY_VOID(store.put_source(batch.file));
    ISOLOSS_TRY_VOID(store.put_source(batch.folder));
    shared.added.points += static_cast<std::int64_t>(batch.points.size());
    return {};
}

Expected<void> EventRunWriter::wait_for_oldest() {
    auto oldest = std::move(under_way_.front());
    under_way_.pop_front();
    return oldest.get();
}

Expected<void> EventRunWriter::finish() {
    while (!under_way_.empty())
        ISOLOSS_TRY_VOID(wait_for_oldest());
    session_.report.runs += shared_->added.runs;
    session_.report.series += shared_->added.series;
    session_.report.points += shared_->added.points;
    return {};
}

} // namespace isoloss
