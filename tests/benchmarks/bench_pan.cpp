// Panning dense curves: median and 95th percentile of a whole repaint of a 1600×900 window without a display, and the
// ratio to plain Qt Charts in the same run.
#include "widgets/chart_view.h"

#include <QApplication>
#include <QChartView>
#include <QElapsedTimer>
#include <QLineSeries>
#include <QMouseEvent>
#include <QPainter>
#include <QValueAxis>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <functional>
#include <random>

using namespace isoloss;

namespace {

constexpr int curves = 100;
constexpr int points_each = 100000;
constexpr int frames = 120;
constexpr QSize window(1600, 900);

/// The curve in buckets of `bucket` points, as the pyramid would hand it out for this width.
LineStretches curve(unsigned seed, int bucket) {
    auto stretches = std::make_shared<std::vector<LineStretch>>(1);
    LineStretch& stretch = stretches->front();
    std::mt19937 random(seed);
    std::normal_distribution<float> noise(0, 0.08F);
    for (int i = 0; i < points_each; i += bucket) {
        float low = 1e30F, high = -1e30F, first = 0, last = 0;
        for (int k = 0; k < bucket; ++k) {
            const float x = static_cast<float>(i + k);
            last = 2.5F + 0.02F * static_cast<float>(seed) + 5 / std::sqrt(1 + x / 500) + noise(random);
            if (k == 0) first = last;
            low = std::min(low, last);
            high = std::max(high, last);
        }
        stretch.x_first.push_back(i);
        stretch.x_last.push_back(i + bucket - 1);
        stretch.min.push_back(low);
        stretch.max.push_back(high);
        stretch.first.push_back(first);
        stretch.last.push_back(last);
    }
    return stretches;
}

struct Times {
    double median, p95;
    double cpu; ///< of all threads, mean per frame: what a busy machine does not change
};

Times measure(QGraphicsView& view, const std::function<void(int)>& step) {
    QImage image(window, QImage::Format_ARGB32_Premultiplied);
    std::vector<double> times;
    const std::clock_t begin = std::clock();
    for (int frame = 0; frame < frames; ++frame) {
        QElapsedTimer timer;
        timer.start();
        step(frame);
        QPainter painter(&image);
        static_cast<QWidget&>(view).render(&painter);
        painter.end();
        times.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
    }
    const double cpu = 1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / frames;
    std::sort(times.begin(), times.end());
    return {times[times.size() / 2], times[times.size() * 95 / 100], cpu};
}

Times isoloss_pan(const Theme& theme) {
    ChartView view;
    view.resize(window);
    view.setTheme(theme);
    ChartData data;
    data.x.title = QStringLiteral("step");
    data.y.title = QStringLiteral("loss (nats/token)");
    for (int n = 0; n < curves; ++n) {
        ChartLine line;
        line.id = n;
        line.color = theme.series(n).color;
        line.curve = curve(static_cast<unsigned>(n), 8); // levels are ×8 apart: 64 would be less than one per column
        data.lines.push_back(line);
    }
    view.setData(data, ChartView::RangePolicy::fit);
    view.show();
    view.setRange({{0, points_each / 2.0}, view.range().y});
    const auto send = [&view](QEvent::Type type, QPointF at, Qt::MouseButton button) {
        QMouseEvent event(type, at, view.mapToGlobal(at), button, button, Qt::NoModifier);
        QCoreApplication::sendEvent(view.viewport(), &event);
    };
    const QPointF start = view.plotRect().center();
    send(QEvent::MouseButtonPress, start, Qt::MiddleButton);
    return measure(
        view, [&](int frame) { send(QEvent::MouseMove, start + QPointF(-5.0 * (frame + 1), 0), Qt::MiddleButton); });
}

Times plain_pan() {
    QChartView view;
    view.setRenderHint(QPainter::Antialiasing);
    view.resize(window);
    auto* x = new QValueAxis;
    auto* y = new QValueAxis;
    view.chart()->addAxis(x, Qt::AlignBottom);
    view.chart()->addAxis(y, Qt::AlignLeft);
    view.chart()->legend()->hide();
    for (int n = 0; n < curves; ++n) {
        auto* series = new QLineSeries;
        const LineStretches points = curve(static_cast<unsigned>(n), points_each / 1000);
        QList<QPointF> list;
        for (std::size_t i = 0; i < points->front().size(); ++i)
            list.emplace_back(points->front().x_first[i], static_cast<double>(points->front().first[i]));
        series->replace(list);
        view.chart()->addSeries(series);
        series->attachAxis(x);
        series->attachAxis(y);
    }
    x->setRange(0, points_each / 2.0);
    y->setRange(2, 10);
    view.show();
    return measure(view, [&](int) { view.chart()->scroll(5, 0); });
}

} // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    const Times own = isoloss_pan(Theme::light());
    const Times plain = plain_pan();
    std::printf("pan, %d curves of %d points, %d×%d, %d frames\n", curves, points_each, window.width(), window.height(),
                frames);
    std::printf("  chart view:         median %6.1f ms, 95 %% %6.1f ms, processor %6.1f ms (goal: median ≤ 33 ms)\n",
                own.median, own.p95, own.cpu);
    std::printf(
        "  plain Qt Charts:    median %6.1f ms, 95 %% %6.1f ms, processor %6.1f ms (%d curves of 1000 points)\n",
        plain.median, plain.p95, plain.cpu, curves);
    std::printf("  ratio of medians:   %.1f times faster with %d times the points\n", plain.median / own.median,
                points_each / 1000);
    return own.median <= 33 ? 0 : 1;
}
