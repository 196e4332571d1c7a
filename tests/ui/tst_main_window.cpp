#include "engine/datasets/dataset.h"
#include "tests/support/event_file_writer.h"
#include "tests/support/project_fixture.h"
#include "tests/ui/window_fixture.h"
#include "ui/docks/jobs_dock.h"
#include "ui/docks/runs_dock.h"
#include "ui/docks/runs_view.h"
#include "ui/main_window.h"
#include "ui/models/jobs_model.h"
#include "ui/models/runs_model.h"
#include "ui/pages/curves_page.h"
#include "ui/pages/downstream_page.h"
#include "ui/pages/view_menu.h"
#include "ui/status_line.h"
#include "ui/ui_services.h"
#include "widgets/filter_line_edit.h"

#include <QLineEdit>
#include <QMenu>
#include <QScreen>
#include <QSignalSpy>
#include <QTreeView>
#include <future>

using namespace isoloss;
using test::Window;

class MainWindowTest : public QObject {
    Q_OBJECT

    /// A project of four runs with a loss and a score, a view of its plane with a filter, and one of its curves.
    static QString projectWithViews(const Window& w, const char* start) {
        const QString path = w.folder.filePath("views.isoloss");
        const auto project = test::value_of(Project::create(path.toStdString()));
        const auto written = project->writer().run([start](WriteSession& session) -> Expected<void> {
            QuantityRecord loss = test::quantity_named("loss[text]"), score = test::quantity_named("quiz/acc");
            loss.kind = QuantityKind::measured;
            ISOLOSS_TRY(const QuantityId losses, session.ensure_quantity(loss));
            ISOLOSS_TRY(const QuantityId scores, session.ensure_quantity(score));
            for (const char* name : {"a1", "a2", "b1", "b2"}) {
                ISOLOSS_TRY(const RunId run, session.ensure_run({"test", name}, name));
                for (const int step : {1, 2}) {
                    ValueRecord value;
                    ISOLOSS_TRY(value.checkpoint, session.ensure_checkpoint(run, 1, step));
                    value.quantity = losses;
                    value.value = 3.0 - step;
                    ISOLOSS_TRY_VOID(session.put_value(value));
                    value.quantity = scores;
                    value.value = 0.25 * step;
                    ISOLOSS_TRY_VOID(session.put_value(value));
                }
            }
            FigureSpec plane, curves;
            plane.x = "loss[text]";
            plane.y = "quiz/acc";
            plane.colour = "";
            plane.filter = "name ~ \"a*\"";
            plane.size_by = "step";
            plane.marks = {{FigureMark::Axis::x, 0.9, "floor"}};
            curves.kind = FigureKind::curves;
            curves.charts = {FigureChart::of("loss")};
            ISOLOSS_TRY_VOID(session.put_view({{}, "plane of a", "downstream", recipe_json(plane), 1}));
            ISOLOSS_TRY_VOID(session.put_view({{}, "curves", "curves", recipe_json(curves), 1}));
            return session.set_start_view(start);
        });
        if (!written) qFatal("%s", written.error().text().c_str());
        return path;
    }

    /// "Open the project with" of a Views menu, filled as when it is opened.
    static const QMenu* startMenu(ViewMenu& views) {
        Q_EMIT views.menu()->aboutToShow();
        for (const QAction* action : views.menu()->actions())
            if (action->text() == QStringLiteral("Open the project with")) return action->menu();
        return nullptr;
    }

private Q_SLOTS:

    void dropped_folder_is_imported_into_a_new_project() {
        Window w;
        w.import({w.twoRuns()});
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 2"));
        QVERIFY(QFileInfo::exists(w.folder.filePath("Isoloss/runs.isoloss")));
        QTRY_VERIFY(w.banners().join("\n").contains("Imported 2 new runs"));
        QTRY_COMPARE(w.child<StatusLine>()->savedText(), QStringLiteral("saved"));
    }

    void filter_hides_and_says_its_errors() {
        Window w;
        w.import({w.twoRuns()});
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 2"));
        auto* filter = w.window->runsDock().findChild<FilterLineEdit*>();
        filter->lineEdit()->setText("name = \"alpha\"");
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 1 of 2"));
        QCOMPARE(w.services->selection().shownRuns()->size(), std::size_t(1));
        filter->lineEdit()->setText("name = ");
        QTRY_VERIFY(filter->hasError());
        QCOMPARE(w.services->selection().shownRuns()->size(), std::size_t(2));
        QCOMPARE(w.services->selection().filter(), QString());
        filter->lineEdit()->setText("alpha");
        QTRY_VERIFY(!filter->hasError());
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 1 of 2"));
    }

    void hiding_and_trash_can_be_undone() {
        Window w;
        w.import({w.twoRuns()});
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 2"));
        RunsView* view = w.runsView();
        auto* model = view->model();
        QVERIFY(model->setData(model->index(0, RunsModel::eyeColumn), Qt::Unchecked, Qt::CheckStateRole));
        QTRY_COMPARE(w.services->selection().shownRuns()->size(), std::size_t(1));
        w.services->undo().undo();
        QTRY_COMPARE(w.services->selection().shownRuns()->size(), std::size_t(2));

        view->setCurrentIndex(model->index(0, RunsModel::nameColumn));
        w.window->runsDock().runActions().trashAction()->trigger();
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 1"));
        w.services->undo().undo();
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 2"));
    }

    void a_waiting_job_is_cancelled() {
        std::promise<void> release;
        auto released = release.get_future().share();
        Window w([released]() -> Expected<std::unique_ptr<Backend>> {
            released.wait();
            return fail(ErrorKind::unsupported, "no backend in this test");
        });
        const QString path = w.folder.filePath("jobs.isoloss");
        const std::string text = w.folder.filePath("story.txt").toStdString();
        support::put_file(text, "Once upon a time.");
        {
            const auto project = test::value_of(Project::create(path.toStdString()));
            const auto dataset = test::value_of(describe_dataset(text));
            REQUIRE_OK(project->writer().run([&](WriteSession& session) -> Expected<void> {
                ISOLOSS_TRY(const RunId run, session.ensure_run({"test", "a"}, "a"));
                ISOLOSS_TRY(const DatasetId data, session.ensure_dataset(dataset));
                for (const std::int64_t step : {1, 2}) {
                    JobRecord job;
                    ISOLOSS_TRY(job.checkpoint, session.ensure_checkpoint(run, 1, step));
                    job.metric = "loss";
                    job.dataset = data;
                    job.data_hash = dataset.hash;
                    ISOLOSS_TRY_VOID(session.enqueue_job(job));
                }
                return {};
            }));
        }
        w.window->openProject(path);
        auto* dock = w.child<JobsDock>();
        QTRY_COMPARE(dock->summary(), QStringLiteral("1 running, 1 waiting"));
        auto* view = dock->findChild<QTreeView*>();
        Q_EMIT view->clicked(view->model()->index(1, JobsModel::actionColumn));
        QTRY_COMPARE(dock->summary(), QStringLiteral("1 running"));
        release.set_value();
        QTRY_COMPARE(dock->summary(), QStringLiteral("1 failed"));
    }

    void docks_are_shown_when_they_are_useful() {
        Window w;
        auto* jobs = w.child<JobsDock>();
        QVERIFY(w.window->runsDock().isHidden());
        QVERIFY(jobs->isHidden());
        const QString path = w.folder.filePath("empty.isoloss");
        test::value_of(Project::create(path.toStdString()));
        w.window->openProject(path);
        QVERIFY(w.window->runsDock().isVisible());
        QVERIFY(jobs->isHidden());
        w.import({w.twoRuns()});
        QTRY_VERIFY(jobs->isVisible());
        w.services->session().close();
        QVERIFY(w.window->runsDock().isHidden());
        w.window->openProject(path);
        QVERIFY(w.window->runsDock().isVisible());
    }

    void keys_of_the_window_are_its_own() {
        Window w;
        const QString path = w.folder.filePath("empty.isoloss");
        test::value_of(Project::create(path.toStdString()));
        w.window->openProject(path);
        for (const PageKind page : all_pages)
            w.window->showPage(page); // makes it
        const MainWindow& window = *w.window;
        QHash<QKeySequence, QString> own;
        for (const QAction* action : window.actions())
            for (const QKeySequence& key : action->shortcuts()) {
                QVERIFY2(!own.contains(key), qPrintable(key.toString()));
                own.insert(key, action->text());
            }
        QVERIFY(own.contains(QKeySequence(QStringLiteral("Ctrl+E"))));
        // A key that a page has too does nothing: Qt calls it ambiguous.
        for (const QAction* action : window.findChildren<QAction*>())
            if (!window.actions().contains(action))
                for (const QKeySequence& key : action->shortcuts())
                    QVERIFY2(!own.contains(key), qPrintable(key.toString() + u' ' + action->text()));
    }

    void window_is_on_the_screen() {
        Window w;
        QSignalSpy painted(w.window.get(), &MainWindow::firstPainted);
        QTRY_COMPARE(painted.count(), 1);
        QTRY_VERIFY(w.window->screen()->availableGeometry().contains(w.window->frameGeometry()));
    }

    void theme_switches_and_is_remembered() {
        Window w;
        ThemeController& theme = w.services->theme();
        theme.setChoice(ThemeChoice::light);
        const QColor light = QApplication::palette().color(QPalette::Window);
        theme.setChoice(ThemeChoice::dark);
        QVERIFY(theme.theme().is_dark());
        QVERIFY(QApplication::palette().color(QPalette::Window).lightness() < light.lightness());
        QCOMPARE(w.services->settings().value("theme").toString(), QStringLiteral("dark"));
        theme.setChoice(ThemeChoice::light);
    }

    void second_instance_is_read_only_and_says_so() {
        Window w;
        const QString path = w.folder.filePath("taken.isoloss");
        const auto first = test::value_of(Project::create(path.toStdString()));
        w.window->openProject(path);
        QVERIFY(w.services->session().isOpen());
        QVERIFY(!w.services->session().isWritable());
        QVERIFY(w.banners().join("\n").contains("reading only"));
        QCOMPARE(w.child<StatusLine>()->savedText(), QStringLiteral("read-only"));
    }

    void project_opens_with_its_start_view() {
        Window w;
        w.window->openProject(projectWithViews(w, "plane of a"));
        auto* page = w.child<DownstreamPage>();
        QVERIFY(page != nullptr && page->isVisible());
        QVERIFY(w.child<CurvesPage>() == nullptr); // the page of the last time is not even made
        QCOMPARE(w.filterText(), QStringLiteral("name ~ \"a*\""));
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 2 of 4"));
        QTRY_COMPARE(page->figure().chart.points.size(), std::size_t{4});
        QCOMPARE(page->spec().filter, std::string("name ~ \"a*\""));
        QCOMPARE(page->spec().colour, std::string());
        QCOMPARE(page->spec().size_by, std::string("step"));
        QCOMPARE(page->figure().chart.marks.size(), std::size_t{1});
        QVERIFY(!page->spec().band); // the view has none, so none is offered
        // The project opens with it again, whatever was done meanwhile, and without one with what was shown last.
        w.window->showPage(PageKind::checkpoints);
        const QString path = w.folder.filePath("views.isoloss");
        w.window->openProject(path);
        QTRY_VERIFY(w.child<DownstreamPage>()->isVisible());
        QVERIFY(w.services->session().isWritable());
        w.services->bridge().write([](WriteSession& session) { return session.set_start_view({}); });
        QTRY_COMPARE(w.services->bridge().pendingWrites(), 0);
        w.window->showPage(PageKind::checkpoints);
        w.window->openProject(path);
        QVERIFY(!w.child<DownstreamPage>()->isVisible());
        QCOMPARE(w.filterText(), QString());
    }

    void read_only_project_opens_with_its_start_view() {
        Window w;
        const QString path = projectWithViews(w, "plane of a");
        const auto writing = test::value_of(Project::open(path.toStdString()));
        w.window->openProject(path);
        QVERIFY(!w.services->session().isWritable());
        QVERIFY(w.child<DownstreamPage>()->isVisible());
        auto* views = w.child<DownstreamPage>()->findChild<ViewMenu*>();
        QTRY_COMPARE(views->names(), QStringList{QStringLiteral("plane of a")});
        const QMenu* start = startMenu(*views);
        QVERIFY(start != nullptr && !start->isEnabled());
    }

    void views_menu_sets_the_start_view_and_brings_a_filter_back() {
        Window w;
        w.window->openProject(projectWithViews(w, ""));
        w.window->showPage(PageKind::downstream);
        auto* page = w.child<DownstreamPage>();
        auto* views = page->findChild<ViewMenu*>();
        QTRY_COMPARE(views->names(), QStringList{QStringLiteral("plane of a")});
        QTRY_COMPARE(page->figure().chart.points.size(), std::size_t{8});
        const QMenu* start = startMenu(*views);
        QVERIFY(start != nullptr && start->isEnabled());
        QStringList names;
        QAction* wanted = nullptr;
        for (QAction* action : start->actions()) {
            if (action->isSeparator()) continue;
            names << action->text();
            QCOMPARE(action->isChecked(), names.size() == 1);
            if (action->text() == QStringLiteral("plane of a")) wanted = action;
        }
        QCOMPARE(names, (QStringList{QStringLiteral("What was shown last"), QStringLiteral("curves"),
                                     QStringLiteral("plane of a")}));
        wanted->trigger();
        const auto reader = test::value_of(w.services->session().project()->reader());
        QTRY_VERIFY(test::value_of(reader->start_view()).has_value());
        QCOMPARE(test::value_of(reader->start_view())->name, std::string("plane of a"));
        views->restore(QStringLiteral("plane of a"));
        QCOMPARE(w.filterText(), QStringLiteral("name ~ \"a*\""));
        QTRY_COMPARE(page->figure().chart.points.size(), std::size_t{4});
    }

    void what_is_no_project_is_refused_in_a_banner() {
        Window w;
        const QString path = w.folder.filePath("no.isoloss");
        support::put_file(path.toStdString(), "this is a text");
        w.window->openProject(path);
        QVERIFY(!w.services->session().isOpen());
        QCOMPARE(w.banners().size(), 1);
        QVERIFY(w.banners().front().contains("no.isoloss"));
    }

    void says_when_it_was_painted_first() {
        Window w;
        QSignalSpy painted(w.window.get(), &MainWindow::firstPainted);
        QTRY_COMPARE(painted.count(), 1);
        w.window->update();
        QTest::qWait(50);
        QCOMPARE(painted.count(), 1);
    }
};

QTEST_MAIN(MainWindowTest)
#include "tst_main_window.moc"
