#include "tests/support/event_file_writer.h"
#include "tests/support/project_fixture.h"
#include "ui/banner.h"
#include "ui/docks/runs_dock.h"
#include "ui/docks/runs_view.h"
#include "ui/main_window.h"
#include "ui/models/runs_model.h"
#include "ui/tail_controller.h"
#include "ui/tail_indicator.h"
#include "ui/ui_services.h"
#include "ui/watched_folders.h"
#include "widgets/item_roles.h"

#include <QAction>
#include <QPushButton>
#include <QToolButton>
#include <chrono>

using namespace isoloss;
using namespace isoloss::support;
using namespace isoloss::test;

namespace fs = std::filesystem;

namespace {

constexpr int patience = 60'000; ///< ms; nothing here asserts a time

double now() {
    return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

} // namespace

/// Watched folders in the window: how one begins and ends to watch, and what it says meanwhile.
class WatchingTest : public QObject {
    Q_OBJECT

    std::unique_ptr<QTemporaryDir> folder_;
    std::unique_ptr<UiServices> services_;
    std::unique_ptr<MainWindow> window_;

    QString runs() const { return folder_->filePath("runs"); }

    QString project() const { return folder_->filePath("p.isoloss"); }

    void log(const char* run, int step) const {
        put_file(fs::path(runs().toStdString()) / run / "events.out.tfevents.1",
                 scalar_frame("train/loss", step, 1.0F / static_cast<float>(step + 1), now()), true);
    }

    void openWindow() {
        UiOptions options;
        options.settingsFile = folder_->filePath("settings.ini");
        services_ = std::make_unique<UiServices>(std::move(options));
        window_ = std::make_unique<MainWindow>(*services_);
        window_->show();
        window_->openProject(project());
    }

    void closeWindow() {
        window_.reset();
        services_.reset();
    }

    template <typename T>
    T* child() const {
        return window_->findChild<T*>();
    }

    QAction* action(const QString& text) const {
        for (QAction* one : window_->allActions())
            if (one->text() == text) return one;
        return nullptr;
    }

    RunsModel* model() const { return window_->findChild<RunsModel*>(); }

    std::optional<std::int64_t> lastStep(int row) const {
        const RunRecord* run = model()->run(row);
        return run ? run->last_step : std::nullopt;
    }

private Q_SLOTS:

    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        qputenv("HOME", folder_->path().toUtf8());
        value_of(Project::create(project().toStdString()));
        log("alpha", 1);
        openWindow();
    }

    void cleanup() {
        closeWindow();
        folder_.reset();
    }

    void a_watched_folder_is_imported_and_followed() {
        QVERIFY(!child<TailIndicator>()->isVisible());
        window_->watchFolder(runs());
        QTRY_COMPARE_WITH_TIMEOUT(lastStep(0), std::optional<std::int64_t>(1), patience);
        QTRY_VERIFY_WITH_TIMEOUT(child<TailIndicator>()->isVisible(), patience);
        log("alpha", 7);
        QTRY_COMPARE_WITH_TIMEOUT(lastStep(0), std::optional<std::int64_t>(7), patience);
        QTRY_VERIFY_WITH_TIMEOUT(child<TailIndicator>()->text().startsWith("watching 1 folder · last change "),
                                 patience);
        QVERIFY(child<TailIndicator>()->toolTip().contains(runs()));
        const QModelIndex name = model()->index(0, RunsModel::nameColumn);
        QTRY_VERIFY_WITH_TIMEOUT(name.data(LiveRole).toBool(), patience);
        QCOMPARE(name.data(Qt::AccessibleTextRole).toString(), QString("alpha, running"));
        log("beta", 1);
        QTRY_COMPARE_WITH_TIMEOUT(model()->rowCount(), 2, patience);
    }

    void it_is_watched_again_when_the_project_is_opened() {
        window_->watchFolder(runs());
        QTRY_COMPARE_WITH_TIMEOUT(lastStep(0), std::optional<std::int64_t>(1), patience);
        closeWindow();
        log("alpha", 9);
        openWindow();
        QTRY_COMPARE_WITH_TIMEOUT(lastStep(0), std::optional<std::int64_t>(9), patience);
        // A second window only reads and watches nothing.
        UiServices other(UiOptions{{}, {}, folder_->filePath("other.ini"), {}});
        MainWindow second(other);
        second.openProject(project());
        second.watchFolder(runs());
        QVERIFY(second.findChild<TailController*>()->status().folders.empty());
    }

    void the_list_ends_it() {
        window_->watchFolder(runs());
        QTRY_VERIFY_WITH_TIMEOUT(child<TailIndicator>()->isVisible(), patience);
        action("Watched folders")->trigger();
        QVERIFY(child<WatchedFolders>());
        const auto stop = [this] {
            for (QToolButton* button : child<WatchedFolders>()->findChildren<QToolButton*>())
                if (button->accessibleName().startsWith("Stop watching ")) return button;
            return static_cast<QToolButton*>(nullptr);
        };
        QVERIFY(stop());
        stop()->click();
        QTRY_VERIFY_WITH_TIMEOUT(!child<TailIndicator>()->isVisible(), patience);
        QTRY_VERIFY(!stop());
        QVERIFY(value_of(value_of(services_->session().project()->reader())->watched_folders()).empty());
    }

    void an_imported_folder_offers_to_be_watched() {
        window_->importPaths({runs()}, {});
        QTRY_VERIFY_WITH_TIMEOUT(child<Banner>(), patience);
        const auto offered = [this] {
            for (QAction* one : child<Banner>()->findChildren<QAction*>())
                if (one->text() == "Keep watching") return one;
            return static_cast<QAction*>(nullptr);
        };
        QAction* keep = offered();
        QVERIFY(keep);
        keep->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(child<TailController>()->isWatched(runs() + "/alpha"), patience);
        QVERIFY(!keep->isEnabled());
        // And not when it is watched already.
        qDeleteAll(window_->findChildren<Banner*>());
        window_->importPaths({runs()}, {});
        QTRY_VERIFY_WITH_TIMEOUT(child<Banner>(), patience);
        QVERIFY(!offered());
    }

    void a_folder_that_goes_away_says_so() {
        window_->watchFolder(runs());
        QTRY_VERIFY_WITH_TIMEOUT(child<TailIndicator>()->isVisible(), patience);
        QTRY_COMPARE_WITH_TIMEOUT(lastStep(0), std::optional<std::int64_t>(1), patience);
        fs::remove_all(runs().toStdString());
        QTRY_VERIFY_WITH_TIMEOUT(child<TailIndicator>()->text().startsWith("watching 0 of 1 folders"), patience);
        QVERIFY(child<TailIndicator>()->toolTip().contains("is no longer there"));
        QTRY_COMPARE_WITH_TIMEOUT(model()->run(0)->status, RunStatus::presumed_crashed, patience);
        QVERIFY(model()
                    ->index(0, RunsModel::nameColumn)
                    .data(Qt::ToolTipRole)
                    .toString()
                    .contains("presumed crashed, last step 1\nits files are gone"));
    }

    void ages_are_short_data() {
        QTest::addColumn<double>("seconds");
        QTest::addColumn<QString>("text");
        QTest::newRow("clock set back") << -5.0 << "0 s";
        QTest::newRow("seconds") << 59.9 << "59 s";
        QTest::newRow("minutes") << 3599.0 << "59 min";
        QTest::newRow("hours") << 7200.0 << "2 h";
        QTest::newRow("days") << 864000.0 << "10 days";
    }

    void ages_are_short() {
        QFETCH(double, seconds);
        QTEST(ageText(seconds), "text");
    }
};

QTEST_MAIN(WatchingTest)
#include "tst_watching.moc"
