#pragma once

#include "ui/figures/figure_spec.h"

#include <QJsonArray>
#include <string>
#include <vector>

namespace isoloss {

/// One chart of the curves page. Every metric has one of its own, whose id is its name; others were composed.
struct CurveChart {
    std::string id;
    FigureChart figure;

    bool operator==(const CurveChart&) const = default;
};

/// What a person did to the charts of the curves page: those composed of several metrics, and which ones are pinned on
/// top. A value, so that a step back is the value before. Composed charts are always on top.
class ChartCollection {
public:
    /// On top, in order: composed charts and pinned metrics.
    const std::vector<CurveChart>& top() const { return top_; }

    bool is_on_top(const std::string& id) const { return find(id) != nullptr; }

    static bool is_composed(const std::string& id);

    /// The chart of that id: one on top, else the metric's own.
    CurveChart chart(const std::string& id) const;

    /// Pins a metric's own chart, or lets go of it.
    void set_pinned(const std::string& metric, bool pinned);

    /// A chart of these metrics on top; its id comes out.
    std::string compose(FigureChart figure);
    /// Replaces what a composed chart shows.
    void change(const std::string& id, FigureChart figure);
    void remove(const std::string& id);
    /// Moves a chart of the top to another place in the order.
    void move(const std::string& id, std::size_t place);

    QJsonArray json() const;
    /// Reads json(); what makes no sense is left out.
    static ChartCollection from_json(const QJsonArray& array);

    bool operator==(const ChartCollection&) const = default;

private:
    const CurveChart* find(const std::string& id) const;

    std::vector<CurveChart> top_;
    int last_number_ = 0; ///< of composed charts
};

/// Where a metric that is added to a chart belongs: on the left when the last parts of the names say that both are the
/// same kind of quantity (train/loss, val/loss), else on the right.
YSide side_for(const FigureChart& chart, const std::string& metric);

} // namespace isoloss
