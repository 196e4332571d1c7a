#include "app/window.h"

#include "app/exit_code.h"
#include "app/logging.h"
#include "app/torch_loader.h"
#include "app/version.h"
#include "ui/main_window.h"
#include "ui/ui_services.h"

#include <QApplication>
#include <QFile>
#include <QTimer>
#include <cstdio>
#include <thread>

namespace isoloss {

namespace {

// Qt ends the process when it finds no display; say what to do instead.
bool has_display() {
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

QString device_text(unsigned threads) {
    return (threads == 1 ? QCoreApplication::translate("Window", "CPU · %1 thread")
                         : QCoreApplication::translate("Window", "CPU · %1 threads"))
        .arg(threads);
}

// For tests/benchmarks/bench_start: says when the first frame is painted and whether LibTorch is in memory, then ends.
void report_first_paint(const MainWindow& window) {
    QObject::connect(&window, &MainWindow::firstPainted, qApp, [] {
        QFile maps(QStringLiteral("/proc/self/maps"));
        const bool torch = maps.open(QIODevice::ReadOnly) && maps.readAll().contains("libtorch");
        std::puts(torch ? "first paint, torch mapped" : "first paint");
        std::fflush(stdout);
        QTimer::singleShot(0, qApp, &QCoreApplication::quit);
    });
}

} // namespace

int run_window(int argc, char** argv) {
    if (!has_display()) {
        std::fputs("isoloss: there is no display to open a window on. Use a command (isoloss --help), or a virtual "
                   "display (xvfb-run isoloss)\n",
                   stderr);
        return exit_status::partly_failed;
    }
    set_up_logging(LogTarget::window);
    QApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    QApplication application(argc, argv);
    QApplication::setApplicationName(QStringLiteral("isoloss"));
    QApplication::setApplicationDisplayName(QStringLiteral("Isoloss"));
    QApplication::setOrganizationName(QStringLiteral("isoloss"));
    QApplication::setApplicationVersion(QString::fromLatin1(version));
    QApplication::setDesktopFileName(QStringLiteral("isoloss"));

    UiOptions options;
    options.backend = torch_backend_factory();
    options.device = device_text(std::thread::hardware_concurrency());
    UiServices services(std::move(options));
    MainWindow window(services);
    if (qEnvironmentVariableIsSet("ISOLOSS_QUIT_AFTER_FIRST_PAINT")) report_first_paint(window);
    window.show();
    const QStringList arguments = QApplication::arguments();
    if (arguments.size() > 1) window.openProject(arguments.at(1));
    return QApplication::exec();
}

} // namespace isoloss
