#pragma once

#include "engine/analysis/equal_loss.h"
#include "ui/figures/figure_spec.h"
#include "ui/models/checkpoint_band_model.h"
#include "widgets/theme.h"

#include <QWidget>

class QLabel;
class QLineEdit;
class QTableView;

namespace isoloss {

class BarRows;
class SwatchDelegate;
class CellDelegate;

/// What the panel says: the report of the band and the checkpoints in it.
struct EqualLossText {
    EqualLossReport report;
    std::vector<BandCheckpoint> inside;   ///< best score first
    std::vector<QString> quantity_titles; ///< of report.quantities
    QString loss_title, score_title, loss_unit;
    int runs_inside = 0;
    int quantities_offered = 0; ///< quantities that the analysis was given
};

/// The panel beside the plane: centre and width of the band, the reading in words, signed bars of the quantities that
/// go with the score at equal loss, and the checkpoints inside. The window's thread.
class EqualLossPanel final : public QWidget {
    Q_OBJECT

public:
    explicit EqualLossPanel(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);
    /// The band that the fields show; none disables the panel.
    void setBand(const std::optional<FigureBand>& band);
    void setText(EqualLossText text);
    void setSelected(CheckpointId checkpoint);

    CheckpointBandModel& model() const { return *model_; }

    QString caption() const;
    QString reading() const;

Q_SIGNALS:
    void bandEdited(double centre, double halfWidth);
    void checkpointSelected(isoloss::CheckpointId checkpoint);
    void checkpointInspected(isoloss::CheckpointId checkpoint);
    /// A bar was clicked: the key of its quantity.
    void quantityChosen(const QString& key);

private:
    void readFields();
    void showCaption();

    QLabel* caption_;
    QLineEdit* centre_;
    QLineEdit* half_width_;
    QLabel* reading_;
    QLabel* warning_;
    BarRows* bars_;
    QLabel* inside_caption_;
    QTableView* table_;
    CheckpointBandModel* model_;
    SwatchDelegate* swatch_delegate_;
    CellDelegate* cell_delegate_;
    std::optional<FigureBand> band_;
    EqualLossText text_;
    bool selecting_ = false;
};

} // namespace isoloss
