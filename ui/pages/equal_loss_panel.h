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
class ElidedLabel;
class NumberRows;
class SwatchDelegate;
class CellDelegate;

/// What the panel says: the report of the band and the checkpoints in it.
struct EqualLossText {
    EqualLossReport report;
    std::vector<BandCheckpoint> inside;   ///< best score first
    std::vector<QString> quantity_titles; ///< of report.quantities
    QStringList runs_not_crossing;        ///< names of report.runs_not_crossing
    QString loss_title, score_title, loss_unit;
    int runs_inside = 0;
    int quantities_offered = 0; ///< quantities that the analysis was given
};

/// The panel beside the plane: centre and width of the band, the reading in words, signed bars of the quantities that
/// go with the score at equal loss, the numbers of one of them, and the checkpoints inside. The numbers are those of
/// the bar that was clicked, and before that of the first. The window's thread.
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
    /// The quantity whose numbers are shown, empty for none.
    std::string chosenQuantity() const;

Q_SIGNALS:
    void bandEdited(double centre, double halfWidth);
    void checkpointSelected(isoloss::CheckpointId checkpoint);
    void checkpointInspected(isoloss::CheckpointId checkpoint);
    /// A bar was clicked: the key of its quantity.
    void quantityChosen(const QString& key);

protected:
    void showEvent(QShowEvent* event) override;

private:
    QWidget* makeContent();
    void readFields();
    void showCaption();
    void showReading();
    void showBars();
    void showNumbers();
    void showRunsNotCrossing();
    /// The place of the chosen quantity in the report; none without quantities.
    std::optional<std::size_t> chosenIndex() const;

    Theme theme_ = Theme::light();
    QLabel* caption_;
    QLineEdit* centre_;
    QLineEdit* half_width_;
    QLabel* reading_;
    QLabel* warning_;
    BarRows* bars_;
    ElidedLabel* chosen_title_;
    QLabel* verdict_;
    NumberRows* numbers_;
    QLabel* caution_;
    QLabel* not_crossing_;
    QLabel* inside_caption_;
    QTableView* table_;
    CheckpointBandModel* model_;
    SwatchDelegate* swatch_delegate_;
    CellDelegate* cell_delegate_;
    std::optional<FigureBand> band_;
    EqualLossText text_;
    std::string chosen_key_; ///< of the bar that was clicked
    bool selecting_ = false;
};

} // namespace isoloss
