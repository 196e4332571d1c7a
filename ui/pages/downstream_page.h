#pragma once

#include "engine/analysis/checkpoint_table.h"
#include "engine/analysis/equal_loss.h"
#include "ui/engine_bridge.h"
#include "ui/figures/scatter_figure.h"
#include "ui/page.h"
#include "ui/pages/equal_loss_panel.h"

#include <QPointer>
#include <QTimer>
#include <map>
#include <memory>

class QAction;
class QPushButton;
class QStackedLayout;
class QToolButton;

namespace isoloss {

class ChartLegend;
class ChartView;
class ChipButton;
class EmptyState;
class ExportPopover;
class PointTip;
class UiServices;
struct ChartHit;

/// Loss vs Downstream, "the plane": every checkpoint is a point, any quantity against any other, with the band of
/// equal loss and its panel. The picture is made by scatter_figure, the same as in exported files. The window's thread.
class DownstreamPage final : public Page {
    Q_OBJECT

public:
    explicit DownstreamPage(UiServices& services, QWidget* parent = nullptr);
    ~DownstreamPage() override;

    QWidget* sidePanel() override;

    bool canExport() const override { return true; }

    void exportFigure() override;
    QJsonObject state() const override;
    void restoreState(const QJsonObject& state) override;

    const FigureSpec& spec() const { return spec_; }

    /// Changes what is shown; can be undone under this name.
    void changeSpec(FigureSpec spec, const QString& undoText);

    const ScatterFigure& figure() const { return figure_; }

    ChartView& chart() { return *chart_; }

    EqualLossPanel& panel() { return *panel_; }

Q_SIGNALS:
    /// The picture was made anew.
    void figureChanged();
    /// The panel shows the report of the current band.
    void reportChanged();

private:
    struct Choices;
    struct Table;
    class SpecCommand;

    void makeActions();
    void makeOptionsMenu();
    void connectChart();
    void loadChoices();
    void takeChoices(std::shared_ptr<const Choices> choices);
    void fillChips();
    void fillScoreChip();
    void loadTable();
    void applySpec(FigureSpec spec);
    void rebuild();
    void placeDefaultBand();
    void analyse();
    void showReport(const EqualLossReport& report);
    void showHighlights();
    void showEmptyState();
    void setBand(const std::optional<FigureBand>& band);
    void toggleBand();
    void toggleScale(Qt::Orientation axis);
    void setScale(Qt::Orientation axis, AxisScale scale);
    void chooseX(const QString& key);
    void chooseY(const QString& key);
    void nextScore();
    void selectCheckpoint(CheckpointId checkpoint, Qt::KeyboardModifiers modifiers);
    void inspect(CheckpointId checkpoint);
    void showTip(CheckpointId checkpoint);
    void showContextMenu(const QPoint& global, const ChartHit& hit);
    void setTheme(const Theme& theme);
    std::vector<LossScorePoint> points() const;
    std::vector<QString> runNames() const;        ///< by the index of points()
    bool isSetting(const std::string& key) const; ///< a field of the configs, not observed
    bool eventFilter(QObject* watched, QEvent* event) override;

    UiServices& services_;
    FigureSpec spec_;
    std::shared_ptr<const Choices> choices_;
    std::shared_ptr<const CheckpointTable> table_;
    std::string warning_;                            ///< why values of x cannot be compared with each other
    std::vector<std::optional<double>> loss_errors_; ///< to compare values of x with, by row of the table
    std::vector<std::string> analysis_keys_;
    ScatterFigure figure_;
    bool band_offered_ = false;        ///< the default band was placed once for these axes
    std::optional<FigureSpec> wanted_; ///< restored, while the project does not have all of its quantities yet
    QueryChannel choices_channel_, table_channel_, analysis_channel_;
    QTimer reload_timer_, analysis_timer_;

    QPointer<EqualLossPanel> panel_; ///< placed by the window, whose dock may delete it first
    QWidget* content_;
    EmptyState *empty_, *unmeasured_;
    QStackedLayout* stack_;
    ChipButton *x_chip_, *y_chip_, *colour_chip_, *lines_chip_, *size_chip_, *score_chip_;
    QToolButton* options_;
    QPushButton* export_;
    ChartView* chart_;
    ChartLegend* legend_;
    PointTip* tip_;
    ExportPopover* popover_ = nullptr;
    QAction *log_x_, *log_y_, *reverse_x_, *band_action_, *errors_;
    QAction *measure_action_, *export_action_, *copy_action_;
};

} // namespace isoloss
