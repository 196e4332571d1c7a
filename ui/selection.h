#pragma once

#include "engine/base/ids.h"
#include "engine/store/records.h"

#include <QObject>
#include <QString>
#include <memory>
#include <string>
#include <vector>

namespace isoloss {

/// Shown runs that share a value of the field that the Runs dock groups by.
struct RunGroup {
    QString title;
    std::vector<RunId> runs; ///< never empty, in the order of the dock

    bool operator==(const RunGroup&) const = default;
};

/// What the docks and pages agree on: which runs are drawn, which are highlighted, which checkpoints are chosen.
/// Window thread.
class Selection : public QObject {
    Q_OBJECT

public:
    using Runs = std::shared_ptr<const std::vector<RunRecord>>;

    explicit Selection(QObject* parent = nullptr) : QObject(parent) {}

    /// Runs that pass the filter and whose eye is open, in the order of the Runs dock. Never null.
    const Runs& shownRuns() const { return shown_; }

    /// nullptr when the run is not shown.
    const RunRecord* shownRun(RunId run) const;

    /// The filter text behind shownRuns; empty when there is none.
    const QString& filter() const { return filter_; }

    /// The field that the runs are grouped by, as RunFields names it; empty: they are not.
    const std::string& groupKey() const { return groupKey_; }

    /// The shown runs by group, in the order of the dock; empty when they are not grouped. Changes come with
    /// shownRunsChanged.
    const std::vector<RunGroup>& groups() const { return groups_; }

    /// Runs selected in the Runs dock or by a click on a curve.
    const std::vector<RunId>& highlightedRuns() const { return highlighted_; }

    bool isHighlighted(RunId run) const;

    /// Checkpoints chosen on a page, for Compare, Measure and the inspector; in the order they were chosen.
    const std::vector<CheckpointId>& checkpoints() const { return checkpoints_; }

    void setShownRuns(Runs runs, const QString& filter, std::string groupKey = {}, std::vector<RunGroup> groups = {});
    void setHighlightedRuns(std::vector<RunId> runs);
    void setCheckpoints(std::vector<CheckpointId> checkpoints);

    /// Shows where a number comes from in the inspector.
    void inspectValue(CheckpointId checkpoint, QuantityId quantity);

Q_SIGNALS:
    void shownRunsChanged();
    void highlightedRunsChanged();
    void checkpointsChanged();
    void valueInspected(isoloss::CheckpointId checkpoint, isoloss::QuantityId quantity);

private:
    Runs shown_ = std::make_shared<const std::vector<RunRecord>>();
    QString filter_;
    std::string groupKey_;
    std::vector<RunGroup> groups_;
    std::vector<RunId> highlighted_;
    std::vector<CheckpointId> checkpoints_;
};

} // namespace isoloss
