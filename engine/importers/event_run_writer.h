#pragma once

#include "engine/importers/event_points.h"
#include "engine/importers/import_session.h"

#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace isoloss {

struct EventFolder;

/// Hands the batches of one event run to the Writer, so that reading and encoding overlap in bounded memory. One
/// transaction takes batches while they keep coming, up to a few million points, so that chunks are encoded when they
/// are full and seldom before. After a failed transaction nothing more is written: there are no gaps.
class EventRunWriter {
public:
    EventRunWriter(ImportSession& session, const EventFolder& source);
    ~EventRunWriter(); ///< waits for what is under way

    /// Finds out what the project knows of the run and restores its attempts.
    Expected<void> begin(EventPoints& points);
    /// Takes the waiting points; they and the file's record are committed together.
    Expected<void> store(EventPoints& points, const SourceRecord& file);
    /// Waits for all and adds to the report.
    Expected<void> finish();

private:
    struct Shared;
    struct Batch;
    static Expected<void> write(WriteSession& store, Shared& shared, Batch& batch);
    Expected<void> begin_transaction();
    Expected<void> end_transaction();

    ImportSession& session_;
    const EventFolder& source_;
    std::shared_ptr<Shared> shared_;
    std::future<Expected<void>> transaction_; ///< the latest, while its outcome is not known
    std::size_t named_ = 0;                   ///< tags whose names the Writer has
};

} // namespace isoloss
