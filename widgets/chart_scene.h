#pragma once

#include "widgets/chart_hit.h"
#include "widgets/chart_painter.h"
#include "widgets/line_raster.h"

#include <QGraphicsItem>

namespace isoloss {

/// What the items of a chart's scene paint from; owned by the view, changed by it alone.
struct ChartState {
    ChartData data;
    ChartLayout layout;
    ChartStyle style;
    Theme theme = Theme::light();
    QSet<qint64> highlighted;
    bool band_focused = false;
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

/// The dense lines, rastered once per change and kept as an image.
class LineLayer : public ChartItem {
public:
    using ChartItem::ChartItem;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

    /// The picture is out of date.
    void invalidate();

private:
    std::vector<RasterLine> raster_lines(double ratio) const;

    LineRaster m_raster;
    QImage m_image;
    double m_ratio = 0; ///< device pixels per logical pixel of the image
};

/// Polylines, error bars and markers, kept as an image like the lines.
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
