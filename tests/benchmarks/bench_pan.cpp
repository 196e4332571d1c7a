// Panning and zooming dense curves: 200 steps of the mouse over a chart of 1600×900, from a project file, smooth edges
// on. A frame is what a step keeps the window's thread busy for until something right is on the screen (the last
// picture moved, where the new one takes longer); drawn is the time until the points at hand are drawn anew at the new
// place; sharp is the whole journey: query, pictures on other threads, the final paint. The anchor is QCustomPlot over
// arrays in memory, at its fastest, through the same ranges.
#include "tests/benchmarks/curve_window.h"
#ifdef ISOLOSS_QCUSTOMPLOT
#include "tests/benchmarks/anchor_plot.h"
#endif

#include <QApplication>
#include <QMouseEvent>
#include <QWheelEvent>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>

using namespace isoloss;
using namespace isoloss::bench;

namespace {

constexpr int steps = 200;
constexpr int anchor_steps = 40; ///< of the same ones, evenly chosen: it takes its time
constexpr double between_steps_ms = 17;
constexpr QSize chart_size(1600, 900);

struct Row {
    const char* name;
    CurveLoad load;
    double ratio;
    double p95_ms;
};

constexpr Row rows[] = {
    {"1 x 10,000,000", {1, 10'000'000}, 8, 10},
    {"100 x 100,000", {100, 100'000}, 10, 10},
    {"500 x 10,000", {500, 10'000}, 8, 16.7},
    {"1,000 x 2,000", {1000, 2'000}, 8, 16.7},
};

struct Times {
    std::vector<double> milliseconds;

    double at(double share) const {
        std::vector<double> sorted = milliseconds;
        std::ranges::sort(sorted);
        return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
    }
};

void send_mouse(ChartView& chart, QEvent::Type type, QPointF at) {
    QMouseEvent event(type, at, chart.mapToGlobal(at), Qt::MiddleButton, Qt::MiddleButton, Qt::NoModifier);
    QCoreApplication::sendEvent(chart.viewport(), &event);
}

void send_wheel(ChartView& chart, QPointF at, int turn) {
    QWheelEvent event(at, chart.mapToGlobal(at), {}, {0, turn}, Qt::NoButton, Qt::ControlModifier, Qt::NoScrollPhase,
                      false);
    QCoreApplication::sendEvent(chart.viewport(), &event);
}

struct Journey {
    Times frame, drawn, sharp;
    double longest = 0; ///< turn of the event loop
    double cpu = 0;     ///< of all threads, mean per step
    std::vector<ChartRange> ranges;
};

/// From the whole run, by turns: ten steps to drag, ten to zoom in or out.
Journey travel(CurveWindow& window, const CurveLoad& load) {
    ChartView& chart = window.chart();
    int before = window.answers();
    chart.setRange({{0, load.points_each - 1.0}, chart.range().y});
    chart.viewport()->update();
    if (!window.wait_until_sharp(before)) give_up("the first picture does not come");
    window.forget_turns();
    Journey journey;
    const QPointF center = chart.plotRect().center();
    const std::clock_t begin = std::clock();
    for (int step = 0; step < steps; ++step) {
        QElapsedTimer pause;
        pause.start();
        before = window.answers();
        QElapsedTimer timer;
        timer.start();
        const int phase = step / 10;
        if (phase % 2 == 0) {
            const double side = phase % 4 == 0 ? -1 : 1;
            if (step % 10 == 0) send_mouse(chart, QEvent::MouseButtonPress, center);
            send_mouse(chart, QEvent::MouseMove, center + QPointF(side * 7 * (step % 10 + 1), 0));
        } else {
            send_wheel(chart, center, phase % 4 == 1 ? 120 : -120);
        }
        chart.viewport()->repaint();
        journey.frame.milliseconds.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        if (!window.wait_until_settled()) give_up("a picture does not come");
        journey.drawn.milliseconds.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        if (!window.wait_until_sharp(before)) give_up("a picture does not come");
        journey.sharp.milliseconds.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        journey.ranges.push_back(chart.range());
        if (phase % 2 == 0 && step % 10 == 9) {
            QMouseEvent release(QEvent::MouseButtonRelease, center, chart.mapToGlobal(center), Qt::MiddleButton,
                                Qt::NoButton, Qt::NoModifier);
            QCoreApplication::sendEvent(chart.viewport(), &release);
        }
        while (static_cast<double>(pause.nsecsElapsed()) / 1e6 < between_steps_ms)
            window.turn();
    }
    journey.cpu = 1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / steps;
    journey.longest = window.longest_turn();
    return journey;
}

#ifdef ISOLOSS_QCUSTOMPLOT
Times anchor(const CurveLoad& load, const std::vector<ChartRange>& ranges) {
    AnchorPlot plot(load, chart_size);
    plot.set_data();
    Times times;
    for (int i = -1; i < anchor_steps; ++i) { // the first one only warms up
        const ChartRange& range = ranges[static_cast<std::size_t>(std::max(i, 0)) * ranges.size() / anchor_steps];
        const double seconds = seconds_of([&] { plot.show(range.x.min, range.x.max, range.y.min, range.y.max); });
        if (i >= 0) times.milliseconds.push_back(1e3 * seconds);
    }
    return times;
}
#endif

} // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    std::printf("%d steps of panning and zooming, %d×%d\n", steps, chart_size.width(), chart_size.height());
#ifndef ISOLOSS_QCUSTOMPLOT
    std::printf("No anchor: QCustomPlot (libqcustomplot-dev) was not found when this was built.\n");
#endif
    print_header("");
    for (const Row& row : rows) {
        if (argc > 1 && std::strstr(row.name, argv[1]) == nullptr) continue;
        const TemporaryFolder folder;
        const std::filesystem::path path = folder.path() / "bench.isoloss";
        write_load(path, row.load);
        CurveWindow window(chart_size);
        if (!window.open(path)) give_up("the curves do not come");
        const Journey journey = travel(window, row.load);
        std::printf("%s points\n", row.name);
        const auto print = [&](const char* what, const Times& times) {
            const std::string name = std::string("  ") + what + ", 95 %";
            print_goal(name.c_str(), figure(times.at(0.95), 1, " ms"), "", times.at(0.95), Goal::at_most, row.p95_ms);
        };
        print("frame", journey.frame);
        print("drawn", journey.drawn);
        print("sharp", journey.sharp);
        std::printf("  longest turn %.1f ms, processor %.1f ms a step\n", journey.longest, journey.cpu);
#ifdef ISOLOSS_QCUSTOMPLOT
        const Times other = anchor(row.load, journey.ranges);
        const auto compare = [&](const char* what, const Times& times) {
            const std::string name = std::string("  ") + what + ", median";
            print_goal(name.c_str(), figure(times.at(0.5), 1, " ms"), figure(other.at(0.5), 1, " ms"),
                       other.at(0.5) / times.at(0.5), Goal::at_least, row.ratio);
        };
        compare("frame", journey.frame);
        compare("drawn", journey.drawn);
        compare("sharp", journey.sharp);
#endif
    }
    return 0;
}
