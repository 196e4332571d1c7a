#pragma once

#include "engine/importers/event_points.h"
#include "engine/importers/import_session.h"

#include <deque>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace isoloss {

struct EventFolder;

/// Hands the batches of one event run to the Writer and waits for the oldest when too many are under way, so that
/// reading and encoding overlap in bounded memory. A batch after a failed one is never written: there are no gaps.
class EventRunWriter {
public:
    EventRunWriter(ImportSession& session, const EventFolder& source);
    ~EventRunWriter(); ///< waits for what is under way

    /// Finds out what the project knows of the run and restores its attempts.
    Expected<void> begin(EventPoints& points);
    /// Takes the waiting points; they and the file's record are one transaction.
    Expected<void> store(EventPoints& points, const SourceRecord& file);
    /// Waits for all and adds to the report.
    Expected<void> finish();

private:
    struct Shared;
    struct Batch;
    static Expected<void> write(WriteSession& store, Shared& shared, Batch& batch);
    Expected<void> wait_for_oldest();

    ImportSession& session_;
    const EventFolder& source_;
    std::shared_ptr<Shared> shared_;
    std::deque<std::future<Expected<void>>> under_way_;
    std::size_t named_ = 0; ///< tags whose names the Writer has
};

} // namespace isoloss
