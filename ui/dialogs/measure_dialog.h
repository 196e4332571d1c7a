#pragma once

#include "engine/base/ids.h"
#include "engine/jobs/measure.h"
#include "engine/jobs/measure_estimate.h"
#include "engine/store/records.h"
#include "ui/engine_bridge.h"

#include <QDialog>
#include <vector>

class QComboBox;
class QLabel;
class QLineEdit;
class QListWidget;
class QPushButton;
class QTimer;

namespace isoloss {

class UiServices;

/// Chooses what to measure on which checkpoints and queues it; refusals are said in place. Not modal. Window thread.
class MeasureDialog : public QDialog {
    Q_OBJECT

public:
    explicit MeasureDialog(UiServices& services, QWidget* parent = nullptr);

    /// Takes the chosen checkpoints: those of the Selection, else all of the selected runs, else all of the runs shown.
    void takeSelection();
    void addDataFiles(const QStringList& files);

Q_SIGNALS:
    void queued();

private:
    void build();
    void applyTheme();
    void showCheckpoints(const std::vector<CheckpointRecord>& checkpoints);
    /// Lists a file once, with what it holds as soon as that is known.
    void describe(const QString& file, Qt::CheckState state);
    void refresh();
    /// Asks what the request as it stands would do; nothing is asked while something is missing.
    void askForEstimate();
    void showEstimate(const Expected<std::shared_ptr<const MeasureEstimate>>& estimate);
    MeasureRequest request() const;
    void queue();
    void showResult(const Expected<std::shared_ptr<const MeasureQueued>>& result);
    QStringList chosenMetrics() const;
    QStringList dataFiles() const;

    UiServices& services_;
    QueryChannel loading_, estimating_;
    std::vector<CheckpointId> checkpoints_;
    QString source_; ///< where the checkpoints were chosen
    bool busy_ = false;
    QTimer* estimate_soon_; ///< a moment after the last change
    QListWidget* metrics_;
    QLabel* explanation_;
    QListWidget* data_;
    QLabel* target_;
    QLineEdit* limit_;
    QComboBox* type_;
    QLabel* result_;
    QPushButton* start_;
};

} // namespace isoloss
