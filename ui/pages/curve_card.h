#pragma once

#include "engine/series/series_cache.h"
#include "ui/engine_bridge.h"
#include "ui/figures/curves_figure.h"
#include "widgets/chart_view.h"

#include <QWidget>
#include <memory>
#include <mutex>
#include <optional>

class QToolButton;

namespace isoloss {

class ElidedLabel;
class UiServices;

/// What the cards of a page share: blocks of series that were read before. Any thread, one at a time.
struct SharedSeriesCache {
    std::mutex mutex;
    SeriesCache cache;
};

/// One metric of the grid. The chart exists only while the card is on the screen, and asks for no more detail than it
/// has pixels. The window's thread.
class CurveCard final : public QWidget {
    Q_OBJECT

public:
    CurveCard(UiServices& services, std::shared_ptr<SharedSeriesCache> cache, std::string metric,
              QWidget* parent = nullptr);

    const std::string& metric() const { return spec_.metrics.front(); }

    /// The chart, null while the card is off the screen.
    ChartView* chart() const { return chart_; }

    /// Makes the chart and loads it, or lets it go.
    void setActive(bool active);

    void setTheme(const Theme& theme);
    /// Shared settings: x quantity, smoothing, scales. Asks anew only for what changed.
    void setSettings(const FigureSpec& settings);
    void setSources(std::vector<CurveSource> sources);

    const std::vector<CurveSource>& sources() const { return sources_; }

    /// The data changed.
    void reload();
    void setLinkedRange(const std::optional<AxisRange>& x);
    void setHighlighted(const QList<qint64>& runs);

    const FigureSpec& spec() const { return spec_; }

    /// The legend of what is drawn.
    std::vector<LegendEntry> legend() const;
    QString note() const;

Q_SIGNALS:
    void xRangeChanged(isoloss::CurveCard* card);
    void cursorMoved(isoloss::CurveCard* card, double x);
    void hovered(isoloss::CurveCard* card, const QList<isoloss::HoverRow>& rows);
    void expandRequested(isoloss::CurveCard* card);
    void exportRequested(isoloss::CurveCard* card);
    void scaleToggled(isoloss::CurveCard* card, Qt::Orientation axis, isoloss::AxisScale scale);
    void runClicked(qint64 run, Qt::KeyboardModifiers modifiers);
    void dataChanged(isoloss::CurveCard* card);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    struct Detail {
        std::optional<AxisRange> x; ///< none: everything
        int columns = 0;
        bool operator==(const Detail&) const = default;
    };

    void makeChart();
    void wantDetail(const AxisRange& x, int columns);
    void request();
    void take(std::shared_ptr<const CurveSet> curves);
    void showMenu(const QPoint& global);

    UiServices& services_;
    std::shared_ptr<SharedSeriesCache> cache_;
    FigureSpec spec_;
    std::vector<CurveSource> sources_;
    std::shared_ptr<const CurveSet> curves_;
    QueryChannel channel_;
    std::optional<Detail> asked_;
    std::optional<AxisRange> linked_;
    QList<qint64> highlighted_;
    ElidedLabel* title_;
    QToolButton* expand_;
    ChartView* chart_ = nullptr;
};

} // namespace isoloss
