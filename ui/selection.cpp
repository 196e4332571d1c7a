#include "ui/selection.h"

#include <algorithm>

namespace isoloss {

const RunRecord* Selection::shownRun(RunId run) const {
    const auto found =
        std::find_if(shown_->begin(), shown_->end(), [&](const auto& record) { return record.id == run; });
    return found == shown_->end() ? nullptr : &*found;
}

bool Selection::isHighlighted(RunId run) const {
    return std::find(highlighted_.begin(), highlighted_.end(), run) != highlighted_.end();
}

void Selection::setShownRuns(Runs runs, const QString& filter, std::string groupKey, std::vector<RunGroup> groups) {
    shown_ = std::move(runs);
    filter_ = filter;
    groupKey_ = std::move(groupKey);
    groups_ = std::move(groups);
    Q_EMIT shownRunsChanged();
}

void Selection::setHighlightedRuns(std::vector<RunId> runs) {
    if (runs == highlighted_) return;
    highlighted_ = std::move(runs);
    Q_EMIT highlightedRunsChanged();
}

void Selection::setCheckpoints(std::vector<CheckpointId> checkpoints) {
    if (checkpoints == checkpoints_) return;
    checkpoints_ = std::move(checkpoints);
    Q_EMIT checkpointsChanged();
}

void Selection::inspectValue(CheckpointId checkpoint, QuantityId quantity) {
    Q_EMIT valueInspected(checkpoint, quantity);
}

} // namespace isoloss
