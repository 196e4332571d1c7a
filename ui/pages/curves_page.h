#pragma once

#include "ui/engine_bridge.h"
#include "ui/figures/curves_figure.h"
#include "ui/page.h"
#include "widgets/chart_view.h"

#include <QTimer>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

class QLabel;
class QLineEdit;
class QPushButton;
class QScrollArea;
class QSlider;
class QStackedLayout;
class QToolButton;
class QVBoxLayout;

namespace isoloss {

class ChartLegend;
class ChipButton;
class CollapsibleSection;
class CurveCard;
class EmptyState;
class ExportPopover;
class UiServices;
struct SharedSeriesCache;

/// Curves: one chart for each metric, grouped by the prefix of their names, with linked ranges and cursors. Charts that
/// are not on the screen do not exist. The window's thread.
class CurvesPage final : public Page {
    Q_OBJECT

public:
    explicit CurvesPage(UiServices& services, QWidget* parent = nullptr);
    ~CurvesPage() override;

    bool canExport() const override { return true; }

    void exportFigure() override;
    QJsonObject state() const override;
    void restoreState(const QJsonObject& state) override;

    /// Cards of the metrics that the search lets through, in order.
    std::vector<CurveCard*> cards() const;

    /// The card that fills the page, null in the grid.
    CurveCard* fullCard() const { return full_card_; }

    void setSearch(const QString& text);
    void setSmoothing(double weight);
    void setCurveX(CurveX x);
    void setScale(Qt::Orientation axis, AxisScale scale);
    void showFull(const std::string& metric);
    void showGrid();

Q_SIGNALS:
    /// The grid shows other cards.
    void cardsChanged();

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    struct Catalogue;

    void makeToolBar(QVBoxLayout* layout);
    void makeActions();
    void loadCatalogue();
    void takeCatalogue(std::shared_ptr<const Catalogue> catalogue);
    void arrange();
    void shareSettings();
    void shareSources();
    void activateVisible();
    void react(const ChangeSet& changes);
    void connectCard(CurveCard* card);
    void linkRange(CurveCard* from);
    void linkCursor(CurveCard* from, double x);
    void showHighlights();
    void fitAll();
    /// Offers to follow running runs again where the charts stand still.
    void showFollow();
    void showEmptyState();
    void exportMetrics(std::vector<std::string> metrics);
    void copyHovered();
    void setTheme(const Theme& theme);
    FigureSpec settingsOf(const std::string& metric) const;
    std::vector<std::string> metricsOnScreen() const;

    UiServices& services_;
    FigureSpec settings_;
    std::map<std::string, std::pair<AxisScale, AxisScale>> own_scales_; ///< charts that differ from the page
    std::shared_ptr<SharedSeriesCache> cache_;
    std::shared_ptr<const Catalogue> catalogue_;
    std::map<std::string, CurveCard*> cards_;
    std::vector<CollapsibleSection*> sections_;
    std::set<QString> folded_;
    std::vector<std::string> shown_;
    std::unordered_map<SeriesId, CurveCard*> card_of_; ///< of what is drawn
    CurveCard* full_card_ = nullptr;
    std::optional<AxisRange> linked_range_;
    QList<HoverRow> hovered_;
    QueryChannel catalogue_channel_;
    QTimer reload_timer_, activate_timer_, smoothing_timer_;

    QWidget* content_;
    EmptyState* empty_;
    QStackedLayout* stack_;
    QStackedLayout* views_;
    QScrollArea* scroll_;
    QWidget* sections_widget_;
    QVBoxLayout* sections_layout_;
    QWidget* full_;
    QVBoxLayout* full_layout_;
    ChartLegend* full_legend_;
    QLabel* full_hint_;
    QLineEdit* search_;
    ChipButton* x_chip_;
    QSlider* smoothing_;
    QLabel* smoothing_text_;
    QToolButton *log_x_, *log_y_, *follow_;
    QPushButton* export_;
    ExportPopover* popover_ = nullptr;
};

} // namespace isoloss
