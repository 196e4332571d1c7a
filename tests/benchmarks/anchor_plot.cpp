#include "tests/benchmarks/anchor_plot.h"

#include <qcustomplot.h>

namespace isoloss::bench {

struct AnchorPlot::Plot {
    QCustomPlot widget;
    std::vector<QVector<QCPGraphData>> arrays;
};

AnchorPlot::AnchorPlot(const CurveLoad& load, QSize size) : plot_(std::make_unique<Plot>()) {
    plot_->widget.resize(size);
    plot_->widget.setNotAntialiasedElements(QCP::aeAll);
    plot_->widget.show();
    for (int curve = 0; curve < load.curves; ++curve) {
        QVector<QCPGraphData>& array = plot_->arrays.emplace_back();
        array.reserve(load.points_each);
        double x = 0;
        for (const float value : load_values(load, curve))
            array.push_back(QCPGraphData(x++, static_cast<double>(value)));
    }
}

AnchorPlot::~AnchorPlot() = default;

void AnchorPlot::set_data() {
    int curve = 0;
    for (const QVector<QCPGraphData>& array : plot_->arrays) {
        QCPGraph* graph = plot_->widget.addGraph();
        graph->setAdaptiveSampling(true);
        graph->setPen(QPen(QColor::fromHsv(curve++ * 47 % 360, 200, 180), 1));
        graph->data()->set(array, true);
    }
}

void AnchorPlot::show(double x_min, double x_max, double y_min, double y_max) {
    plot_->widget.xAxis->setRange(x_min, x_max);
    plot_->widget.yAxis->setRange(y_min, y_max);
    plot_->widget.replot(QCustomPlot::rpImmediateRefresh);
}

} // namespace isoloss::bench
