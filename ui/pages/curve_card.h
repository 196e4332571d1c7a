#pragma once

#include "ui/engine_bridge.h"
#include "ui/figures/curves_figure.h"
#include "ui/pages/chart_collection.h"
#include "widgets/chart_view.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

class QLineEdit;
class QToolButton;

namespace isoloss {

class ElidedLabel;
class CurveCache;
class UiServices;

/// One chart of the curves page. Until it is first seen it has no chart and reads nothing; then it reads and builds
/// what it draws on the query threads, and asks for no more detail than it has pixels. The window's thread.
class CurveCard final : public QWidget {
    Q_OBJECT

public:
    /// What is drawn, and from what.
    struct Picture {
        CurveSet curves;
        ChartData chart;
    };

    CurveCard(UiServices& services, std::shared_ptr<CurveCache> cache, CurveChart chart, QWidget* parent = nullptr);

    const std::string& id() const { return id_; }

    const FigureChart& figure() const { return spec_.charts.front(); }

    /// The chart, null while the card is off the screen.
    ChartView* chart() const { return chart_; }

    /// Makes the chart and loads it, or lets it go.
    void setActive(bool active);

    void setTheme(const Theme& theme);
    /// Shared settings: x quantity, smoothing, scales. The charts of `settings` are not looked at.
    void setSettings(const FigureSpec& settings);
    /// Shows other metrics.
    void setFigure(FigureChart figure);
    void setScene(std::shared_ptr<const CurveScene> scene);
    bool shows(std::string_view metric) const;

    /// The data changed.
    void reload();
    void setLinkedRange(const std::optional<AxisRange>& x);
    void setHighlighted(const QList<qint64>& runs);

    const FigureSpec& spec() const { return spec_; }

    /// Whether curves of another detail are wanted or under way.
    bool isLoading() const { return loading_ || (chart_ != nullptr && chart_->wantsDetail()); }

    /// What was drawn last, null before that.
    const std::shared_ptr<const Picture>& picture() const { return picture_; }

    /// Turns the title into a line to type another one.
    void editTitle();

Q_SIGNALS:
    void xRangeChanged(isoloss::CurveCard* card);
    void cursorMoved(isoloss::CurveCard* card, double x);
    void fixedCursorsChanged(isoloss::CurveCard* card, const std::vector<double>& cursors);
    void hovered(isoloss::CurveCard* card, const QList<isoloss::HoverRow>& rows);
    void expandRequested(isoloss::CurveCard* card);
    void menuRequested(isoloss::CurveCard* card, const QPoint& global);
    void titleEdited(isoloss::CurveCard* card, const QString& title);
    void scaleToggled(isoloss::CurveCard* card, Qt::Orientation axis, isoloss::AxisScale scale);
    void runClicked(qint64 run, Qt::KeyboardModifiers modifiers);
    void dataChanged(isoloss::CurveCard* card);

protected:
    void paintEvent(QPaintEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;

private:
    struct Detail {
        std::optional<AxisRange> x; ///< none: everything
        int columns = 0;
        bool operator==(const Detail&) const = default;

        /// Whether what was asked for is enough for this range.
        bool serves(const AxisRange& shown, const Detail& wanted, AxisScale scale) const;
    };

    void makeChart();
    void showTitle();
    void wantDetail(const AxisRange& x, int columns);
    void request();
    void take(std::shared_ptr<const Picture> picture);

    UiServices& services_;
    std::shared_ptr<CurveCache> cache_;
    std::string id_;
    FigureSpec spec_;
    std::shared_ptr<const CurveScene> scene_;
    std::shared_ptr<const Picture> picture_;
    QueryChannel channel_;
    std::optional<Detail> asked_;
    std::optional<AxisRange> linked_;
    QList<qint64> highlighted_;
    bool loading_ = false;  ///< the newest request is not answered
    bool fit_next_ = false; ///< the range that is shown means nothing on the axes to come
    ElidedLabel* title_;
    QLineEdit* title_edit_ = nullptr;
    QToolButton* expand_;
    ChartView* chart_ = nullptr;
};

} // namespace isoloss
