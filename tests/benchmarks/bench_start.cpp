// Time from exec to the first painted frame of the window, on an empty project and on one of 10⁷ points, against a bare
// Qt Widgets window started the same way in turn. Also says whether LibTorch was mapped (it must not be).
#include "engine/store/project.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QLabel>
#include <QProcess>
#include <QTemporaryDir>
#include <QTimer>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

using namespace isoloss;

namespace {

constexpr int rounds = 11;
constexpr const char* ready_line = "first paint";

class BareWindow : public QLabel {
public:
    using QLabel::QLabel;

protected:
    void paintEvent(QPaintEvent* event) override {
        QLabel::paintEvent(event);
        std::puts(ready_line);
        std::fflush(stdout);
        QTimer::singleShot(0, qApp, &QCoreApplication::quit);
    }
};

int show_bare_window(int argc, char** argv) {
    QApplication application(argc, argv);
    BareWindow window(QStringLiteral("bare"));
    window.resize(1280, 800);
    window.show();
    return QApplication::exec();
}

/// Milliseconds from start to the line that says that the window is painted.
double time_to_paint(const QString& program, const QStringList& arguments, bool* torch_mapped) {
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("ISOLOSS_QUIT_AFTER_FIRST_PAINT"), QStringLiteral("1"));
    process.setProcessEnvironment(environment);
    QElapsedTimer timer;
    timer.start();
    process.start(program, arguments);
    QByteArray output;
    while (!output.contains(ready_line) && process.waitForReadyRead(20000))
        output += process.readAllStandardOutput();
    const double milliseconds = static_cast<double>(timer.nsecsElapsed()) / 1e6;
    process.waitForFinished(20000);
    if (!output.contains(ready_line)) {
        std::fprintf(stderr, "%s did not paint: %s\n", qPrintable(program), process.readAllStandardError().constData());
        std::exit(1);
    }
    if (torch_mapped != nullptr && output.contains("torch mapped")) *torch_mapped = true;
    return milliseconds;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

Expected<void> make_project(const QString& path, int series_count, int points_each) {
    ISOLOSS_TRY(const auto project, Project::create(path.toStdString()));
    for (int s = 0; s < series_count; ++s) {
        ISOLOSS_TRY_VOID(project->writer().run([&](WriteSession& session) -> Expected<void> {
            const std::string name = "run " + std::to_string(s);
            ISOLOSS_TRY(const RunId run, session.ensure_run({"benchmark", name}, name));
            ISOLOSS_TRY(const SeriesId series, session.ensure_series(run, "train/loss"));
            PointColumns points;
            std::vector<float> values;
            for (int i = 0; i < points_each; ++i) {
                points.steps.push_back(i);
                points.wall_times.push_back(1.7e9 + i);
                values.push_back(10.0f / std::sqrt(static_cast<float>(i + 1)));
            }
            points.values = std::move(values);
            return session.append_points(series, 1, points);
        }));
    }
    return {};
}

} // namespace

int main(int argc, char** argv) {
    if (argc > 1 && QByteArray(argv[1]) == "--bare") return show_bare_window(argc, argv);

    const QTemporaryDir folder;
    const QString empty = folder.filePath(QStringLiteral("empty.isoloss"));
    const QString large = folder.filePath(QStringLiteral("large.isoloss"));
    for (const auto& made : {make_project(empty, 0, 0), make_project(large, 100, 100000)})
        if (!made) {
            std::fprintf(stderr, "%s\n", made.error().text().c_str());
            return 1;
        }

    // The user's settings must not decide, and must not be changed.
    qputenv("XDG_CONFIG_HOME", folder.path().toUtf8());
    qputenv("XDG_STATE_HOME", folder.path().toUtf8());
    const QString program = QStringLiteral(ISOLOSS_PROGRAM);
    std::vector<double> bare_times, empty_times, large_times;
    bool torch_mapped = false;
    for (int round = 0; round < rounds; ++round) {
        bare_times.push_back(time_to_paint(QString::fromLocal8Bit(argv[0]), {QStringLiteral("--bare")}, nullptr));
        empty_times.push_back(time_to_paint(program, {empty}, &torch_mapped));
        large_times.push_back(time_to_paint(program, {large}, &torch_mapped));
    }
    std::printf("platform %s, medians of %d starts, exec to first paint\n",
                qPrintable(qEnvironmentVariable("QT_QPA_PLATFORM", QStringLiteral("default"))), rounds);
    std::printf("bare Qt window        %6.1f ms\n", median(bare_times));
    std::printf("empty project         %6.1f ms   ratio %.2f   (goal 150 ms)\n", median(empty_times),
                median(empty_times) / median(bare_times));
    std::printf("project of 10^7 points%6.1f ms   ratio %.2f   (goal 250 ms)\n", median(large_times),
                median(large_times) / median(bare_times));
    std::printf("LibTorch mapped before a job: %s\n", torch_mapped ? "yes (wrong)" : "no");
    return torch_mapped ? 1 : 0;
}
