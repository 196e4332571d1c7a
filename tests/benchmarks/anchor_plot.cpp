#include "tests/benchmarks/anchor_plot.h"

#include <numeric>
#include <qcustomplot.h>

namespace isoloss::bench {

struct AnchorPlot::Plot {
    QCustomPlot widget;
    QVector<double> keys;
    std::vector<QVector<double>> values;
};

AnchorPlot::AnchorPlot(const CurveLoad& load, QSize size) : plot_(std::make_unique<Plot>()) {
    plot_->widget.resize(size);
    plot_->widget.setNotAntialiasedElements(QCP::aeAll);
    plot_->widget.show();
    plot_->keys.resize(load.points_each);
    std::iota(plot_->keys.begin(), plot_->keys.end(), 0.0);
    for (int curve = 0; curve < load.curves; ++curve) {
        const std::vector<float> values = load_values(load, curve);
        plot_->values.emplace_back(values.begin(), values.end());
    }
}

AnchorPlot::~AnchorPlot() = default;

void AnchorPlot::set_data() {
    int curve = 0;
    for (const QVector<double>& values : plot_->values) {
        QCPGraph* graph = plot_->widget.addGraph();
        graph->setAdaptiveSampling(true);
        graph->setPen(QPen(QColor::fromHsv(curve++ * 47 % 360, 200, 180), 1));
        graph->setData(plot_->keys, values, true);
    }
}

void AnchorPlot::show(double x_min, double x_max, double y_min, double y_max) {
    plot_->widget.xAxis->setRange(x_min, x_max);
    plot_->widget.yAxis->setRange(y_min, y_max);
    plot_->widget.replot(QCustomPlot::rpImmediateRefresh);
}

} // namespace isoloss::bench
