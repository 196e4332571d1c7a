#pragma once

#include "ui/engine_bridge.h"
#include "ui/figures/curves_figure.h"
#include "ui/page.h"
#include "ui/pages/chart_collection.h"
#include "widgets/chart_view.h"

#include <QTimer>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

class QLabel;
class QMenu;
class QPushButton;
class QScrollArea;
class QSplitter;
class QStackedLayout;
class QToolButton;
class QVBoxLayout;

namespace isoloss {

class ChartLegend;
class CollapsibleSection;
class CurveCard;
class CurveToolBar;
class CurveValuesPanel;
class EmptyState;
class ExportPopover;
class UiServices;
class CurveCache;

/// Curves: one chart for each metric, grouped by the prefix of their names, and charts that a person composed or pinned
/// on top; ranges and cursors are linked. Charts that are not on the screen do not exist. The window's thread.
class CurvesPage final : public Page {
    Q_OBJECT

public:
    explicit CurvesPage(UiServices& services, QWidget* parent = nullptr);
    ~CurvesPage() override;

    bool canExport() const override { return true; }

    void exportFigure() override;
    QJsonObject state() const override;
    void restoreState(const QJsonObject& state) override;

    /// Cards of the charts that the search lets through, in order.
    std::vector<CurveCard*> cards() const;

    /// The card that fills the page, null in the grid.
    CurveCard* fullCard() const { return full_card_; }

    CurveToolBar& toolBar() { return *tool_bar_; }

    /// The table under the chart in full size.
    CurveValuesPanel& values() { return *values_; }

    const FigureSpec& settings() const { return settings_; }

    /// What all charts share: x quantity, smoothing, scales. The charts of `settings` are not looked at.
    void setSettings(const FigureSpec& settings);

    const ChartCollection& charts() const { return charts_; }

    /// Shows other charts on top; a step that can be taken back under this name.
    void setCharts(ChartCollection charts, const QString& step);

    void showFull(const std::string& id);
    void showGrid();

Q_SIGNALS:
    /// The grid shows other cards.
    void cardsChanged();

protected:
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeLayout();
    void makeActions();
    void connectServices();
    void loadCatalogue();
    void takeCatalogue(std::shared_ptr<const SeriesIndex> catalogue);
    void arrange();
    void leaveFull();
    CurveCard* cardOf(const CurveChart& chart);
    void shareSettings();
    void shareScene();
    void activateVisible();
    void react(const ChangeSet& changes);
    void connectCard(CurveCard* card);
    void linkRange(CurveCard* from);
    void linkCursor(CurveCard* from, double x);
    void linkFixedCursors(const std::vector<double>& cursors);
    void makeFull();
    void showLegend();
    /// Shows in the table what the full chart draws, and asks for the values of its range.
    void showValues();
    void showHighlights();
    void fitAll();
    void setLinkedRange(const std::optional<AxisRange>& range, CurveCard* from = nullptr);
    /// Keeps the newest points at the right edge of what is shown, until the user moves x.
    void follow(bool on);
    void askForLatest();
    /// Offers to follow running runs where the charts stand still.
    void showFollow();
    void showEmptyState();
    /// Chooses the run, or the runs of the group, of a line.
    void highlight(qint64 line, Qt::KeyboardModifiers modifiers);

    void changeCharts(const std::function<void(ChartCollection&)>& change, const QString& step);
    void showCardMenu(CurveCard* card, const QPoint& global);
    void addChartActions(CurveCard* card, QMenu& menu);
    void addMetricMenus(CurveCard* card, QMenu& menu);
    /// A list of all metrics beside a widget; one that is chosen is handed on.
    void chooseMetric(const QWidget& anchor, std::function<void(const std::string&)> chosen);
    void addMetric(CurveCard* card);
    void newChart();

    void exportCards(const std::vector<CurveCard*>& cards);
    void copyHovered();
    void setTheme(const Theme& theme);
    FigureSpec settingsOf(const std::string& id) const;
    std::vector<CurveCard*> cardsOnScreen() const;

    UiServices& services_;
    FigureSpec settings_;
    ChartCollection charts_;
    std::map<std::string, std::pair<AxisScale, AxisScale>> own_scales_; ///< charts that differ from the page
    std::shared_ptr<CurveCache> cache_;
    std::shared_ptr<const SeriesIndex> catalogue_;
    std::shared_ptr<const CurveScene> scene_;
    std::map<std::string, CurveCard*> cards_; ///< by id
    std::vector<CollapsibleSection*> sections_;
    std::set<QString> folded_;
    std::vector<std::string> shown_; ///< ids
    CurveCard* full_card_ = nullptr;
    std::optional<AxisRange> linked_range_;
    bool following_ = false; ///< the linked range moves with the newest points
    std::vector<double> fixed_cursors_;
    QList<HoverRow> hovered_;
    QueryChannel catalogue_channel_, values_channel_, latest_channel_;
    QTimer reload_timer_, activate_timer_, values_timer_;

    QWidget* content_;
    EmptyState* empty_;
    QStackedLayout* stack_;
    QStackedLayout* views_;
    QScrollArea* scroll_;
    QWidget* sections_widget_;
    QVBoxLayout* sections_layout_;
    QWidget* full_;            ///< the page with one chart in full size
    QSplitter* full_splitter_; ///< its chart over its values
    QVBoxLayout* full_layout_; ///< of the chart and its legend
    ChartLegend* full_legend_;
    QLabel* full_hint_;
    QToolButton* values_button_;
    CurveValuesPanel* values_;
    CurveToolBar* tool_bar_;
    QPushButton* export_;
    ExportPopover* popover_ = nullptr;
};

} // namespace isoloss
