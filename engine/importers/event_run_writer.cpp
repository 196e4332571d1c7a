#include "engine/importers/event_run_writer.h"

#include "engine/base/file.h"
#include "engine/importers/event_columns.h"
#include "engine/importers/event_run.h"
#include "engine/importers/hand_over.h"
#include "engine/importers/run_joining.h"

#include <chrono>
#include <iterator>
#include <optional>

namespace isoloss {

namespace {

constexpr std::string_view folder_format = "event_folder";
constexpr std::size_t most_waiting_batches = 2;
constexpr std::int64_t most_points_of_transaction = std::int64_t{1} << 21;
// How long a transaction stays open for a reader that is held up; others who write wait as long.
constexpr std::chrono::milliseconds patience{50};

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

struct EventRunWriter::Batch {
    EventColumns columns;
    std::vector<std::string> new_names; ///< of the tags that no earlier batch named
    std::vector<EventRunFacts> facts;
    SourceRecord file, folder;
};

// Everything but the batches is touched on the Writer's thread only, from begin() to finish().
struct EventRunWriter::Shared {
    HandOver<Batch> batches{most_waiting_batches};
    std::vector<RunIdentity> identities;
    std::string run_name;
    std::optional<RunId> run;
    std::set<std::string> known_series;          ///< names that were there before this import
    std::vector<std::string> names;              ///< of series, by tag
    std::vector<std::optional<SeriesId>> series; ///< by tag
    ImportReport added;
};

EventRunWriter::EventRunWriter(ImportSession& session, const EventFolder& source)
    : session_(session), source_(source), shared_(std::make_shared<Shared>()) {}

EventRunWriter::~EventRunWriter() {
    shared_->batches.close();
    if (transaction_.valid()) transaction_.wait();
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
    Batch batch;
    const std::vector<EventPoint> waiting = points.take();
    batch.columns.fill(waiting, points.tag_count());
    batch.facts = points.take_facts();
    for (std::size_t i = named_; i < points.tag_count(); ++i)
        batch.new_names.push_back(points.name(static_cast<std::uint32_t>(i)));
    named_ = points.tag_count();
    batch.file = file;
    batch.folder.path = path_text(source_.folder);
    batch.folder.format = folder_format;
    batch.folder.state = points.state();
    if (shared_->batches.give(std::move(batch))) return {};
    // Reading goes on while the transaction before is being committed.
    const bool is_committing =
        transaction_.valid() && transaction_.wait_for(std::chrono::seconds(0)) != std::future_status::ready;
    if (is_committing && !shared_->batches.full()) return {};
    return begin_transaction();
}

Expected<void> EventRunWriter::begin_transaction() {
    ISOLOSS_TRY_VOID(end_transaction());
    shared_->batches.enter();
    const auto take_batches = [shared = shared_, import = session_.import()](WriteSession& store) -> Expected<void> {
        const auto leave = [](HandOver<Batch>* batches) { batches->leave(); };
        const std::unique_ptr<HandOver<Batch>, decltype(leave)> leaving(&shared->batches, leave);
        store.continue_import(import);
        const std::int64_t enough = shared->added.points + most_points_of_transaction;
        while (shared->added.points < enough) {
            auto batch = shared->batches.take(patience);
            if (!batch) break;
            ISOLOSS_TRY_VOID(write(store, *shared, *batch));
        }
        return {};
    };
    transaction_ = session_.writer().submit(take_batches, Durability::bulk);
    return {};
}

Expected<void> EventRunWriter::end_transaction() {
    return transaction_.valid() ? transaction_.get() : Expected<void>();
}

Expected<void> EventRunWriter::write(WriteSession& store, Shared& shared, Batch& batch) {
    std::move(batch.new_names.begin(), batch.new_names.end(), std::back_inserter(shared.names));
    shared.series.resize(shared.names.size());
    if (batch.columns.size() == 0 && batch.facts.empty() && !shared.run) {
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
    for (const EventColumns::Part& part : batch.columns.parts()) {
        auto& series = shared.series[part.tag];
        if (!series) {
            const std::string& name = shared.names[part.tag];
            ISOLOSS_TRY(series, store.ensure_series(*shared.run, name));
            if (!shared.known_series.contains(name)) ++shared.added.series;
        }
        ISOLOSS_TRY_VOID(store.append_points(*series, static_cast<int>(part.attempt), batch.columns.points(part)));
    }
    if (const auto earliest = batch.columns.earliest()) ISOLOSS_TRY_VOID(store.set_run_started(*shared.run, *earliest));
    batch.file.run = shared.run;
    batch.folder.run = shared.run;
    ISOLOSS_TRY_VOID(store.put_source(batch.file));
    ISOLOSS_TRY_VOID(store.put_source(batch.folder));
    shared.added.points += static_cast<std::int64_t>(batch.columns.size());
    return {};
}

Expected<void> EventRunWriter::finish() {
    shared_->batches.close();
    ISOLOSS_TRY_VOID(end_transaction());
    while (!shared_->batches.empty()) {
        ISOLOSS_TRY_VOID(begin_transaction());
        ISOLOSS_TRY_VOID(end_transaction());
    }
    session_.report.runs += shared_->added.runs;
    session_.report.series += shared_->added.series;
    session_.report.points += shared_->added.points;
    return {};
}

} // namespace isoloss
