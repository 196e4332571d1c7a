// Opening a project of 10⁸ points and painting its 20 curves at 1600×900, from the file to the final picture. The file
// is in the system's cache, as it is the second time on a day. The anchor is QCustomPlot's setData and replot of the
// same points, which lie in arrays in memory already.
#include "tests/benchmarks/curve_window.h"
#ifdef ISOLOSS_QCUSTOMPLOT
#include "tests/benchmarks/anchor_plot.h"
#endif

#include <QApplication>
#include <cstdio>
#include <fstream>
#include <unistd.h>

using namespace isoloss;
using namespace isoloss::bench;

namespace {

constexpr CurveLoad load{20, 5'000'000};
constexpr int repeats = 5;
constexpr QSize chart_size(1600, 900);
constexpr double ratio_goal = 15, ms_goal = 100, stall_goal_ms = 50, memory_goal_mb = 400;

/// Memory of this process that is in use now, in megabytes.
double resident_mb() {
    std::ifstream status("/proc/self/statm");
    double pages = 0, resident = 0;
    status >> pages >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

} // namespace

int main(int argc, char** argv) {
    QApplication application(argc, argv);
    const TemporaryFolder folder;
    const std::filesystem::path path = folder.path() / "bench.isoloss";
    write_load(path, load);
    std::printf("%d curves of %d points, %.0f MB on disk, %d times\n", load.curves, load.points_each,
                static_cast<double>(std::filesystem::file_size(path)) / 1e6, repeats);
    std::vector<double> times;
    double longest = 0, memory = 0;
    for (int i = 0; i < repeats; ++i) {
        CurveWindow window(chart_size);
        times.push_back(1e3 * seconds_of([&] {
                            if (!window.open(path)) give_up("the curves do not come");
                        }));
        longest = std::max(longest, window.longest_turn());
        memory = std::max(memory, resident_mb());
    }
    const double ms = median(times);
    print_header("");
    print_goal("open and paint, median", figure(ms, 1, " ms"), "", ms, Goal::at_most, ms_goal);
    print_goal("longest turn of the event loop", figure(longest, 1, " ms"), "", longest, Goal::at_most, stall_goal_ms);
    print_goal("memory with the chart open", figure(memory, 0, " MB"), "", memory, Goal::at_most, memory_goal_mb);
#ifdef ISOLOSS_QCUSTOMPLOT
    std::vector<double> others;
    for (int i = 0; i < 2; ++i) {
        AnchorPlot plot(load, chart_size);
        others.push_back(1e3 * seconds_of([&] {
                             plot.set_data();
                             plot.show(0, load.points_each, 2, 12);
                         }));
    }
    const double other = *std::ranges::min_element(others);
    print_goal("open and paint against the anchor", figure(ms, 1, " ms"), figure(other, 1, " ms"), other / ms,
               Goal::at_least, ratio_goal);
#else
    std::printf("No anchor: QCustomPlot (libqcustomplot-dev) was not found when this was built.\n");
#endif
    return 0;
}
