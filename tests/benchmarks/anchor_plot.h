#pragma once

#include "tests/benchmarks/curve_load.h"

#include <QSize>
#include <memory>

namespace isoloss::bench {

/// The same curves in QCustomPlot at its fastest: adaptive sampling, cosmetic pens, no antialiasing.
class AnchorPlot {
public:
    /// Has the points in arrays, but not in the plot yet.
    AnchorPlot(const CurveLoad& load, QSize size);
    ~AnchorPlot();

    /// Hands over the arrays, sorted by x.
    void set_data();

    /// Paints a range to the screen's buffer.
    void show(double x_min, double x_max, double y_min, double y_max);

private:
    struct Plot; // QCustomPlot needs Qt's keywords: its header stays in one file
    std::unique_ptr<Plot> plot_;
};

} // namespace isoloss::bench
