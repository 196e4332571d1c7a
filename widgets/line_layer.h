#pragma once

#include "widgets/chart_scene.h"
#include "widgets/line_renderer.h"

namespace isoloss {

/// The dense lines as one picture, drawn by another thread. A frame on the screen waits a moment for it and otherwise
/// shows the last picture moved to where its values lie now; whatever else is painted on (a grab, a printer) waits for
/// the finished one.
class LineLayer : public ChartItem {
public:
    LineLayer(const ChartState& state, QGraphicsItem* parent, QObject* owner);
    void paint(QPainter* painter, const QStyleOptionGraphicsItem* option, QWidget* widget) override;

    /// The picture may be out of date.
    void invalidate();

    /// Has the picture begun, so that it grows while what lies under it is painted. Called before a frame.
    void prepare(double ratio);

    /// The picture of what is to be shown is there.
    bool settled() const;

private:
    std::shared_ptr<const LineScene> scene(double ratio) const;
    std::chrono::nanoseconds patience() const;

    LineRenderer m_renderer;
    std::shared_ptr<const LineScene> m_wanted; ///< null: not known or nothing to draw
    bool m_valid = false;                      ///< m_wanted is up to date
    std::shared_ptr<const LinePicture> m_drawn;
};

} // namespace isoloss
