#pragma once

#include "widgets/chart_hit.h"
#include "widgets/chart_painter.h"

#include <QGraphicsItem>
#include <QImage>

namespace isoloss {

/// What the items of a chart's scene paint from; owned by the view, changed by it alone.
struct ChartState {
    ChartData data;
    ChartLayout layout;
    ChartStyle style;
    Theme theme = Theme::light();
    QSet<qint64> highlighted;
    bool band_focused = false;
    bool key_focus = false; ///< the keyboard's focus is here, and came here by a key
    bool hover_table = true;
    bool card = true;               ///< border and rounded corners
    std::optional<double> linked_x; ///< another chart's cursor
    std::optional<QPointF> cursor;  ///< own cursor inside the plot
    std::vector<double> fixed;      ///< x of cursors that stay, at most two
    QList<HoverRow> hover;
    QRectF rubber; ///< box zoom in progress

    ChartPainter painter() const {
        ChartPainter result(data, layout, style, theme);
        result.set_highlighted(&highlighted);
        return result;
    }
};

double device_ratio(const QPainter& painter);

/// The plot in device pixels, enlarged to whole ones.
QRect device_rect(const QRectF& plot, double ratio);

/// An image of the size of device_rect() where it belongs.
void draw_at_device_pixels(QPainter& painter, const QImage& image, const QRectF& plot, double ratio);

/// An item as large as the chart.
class ChartItem : public QGraphicsItem {
public:
    ChartItem(const ChartState& state, QGraphicsItem* parent) : QGraphicsItem(parent), m_state(state) {
        setAcceptedMouseButtons(Qt::NoButton);
    }

    QRectF boundingRect() const override { return m_state.layout.outer; }

    void geometry_changed() { prepareGeometryChange(); }

protected:
    const ChartState& m_state;
};

/// Band, grid, axes, areas and marks: what lies under the data.
class GroundItem : public ChartItem {
public:
    using ChartItem::ChartItem;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;
};

/// Polylines, error bars, markers and what is marked along the dense lines, kept as an image.
class PointLayer : public ChartItem {
public:
    using ChartItem::ChartItem;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;
    void invalidate();

private:
    QImage m_image;
    double m_ratio = 0;
};

/// The band's pill, badge, cross-hair, hover table and rubber box.
class FrontItem : public ChartItem {
public:
    using ChartItem::ChartItem;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

private:
    void paint_fixed(QPainter& painter) const;
    void paint_hover(QPainter& painter) const;
};

} // namespace isoloss
