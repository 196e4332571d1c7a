#include "engine/store/project.h"
#include "tests/support/project_fixture.h"
#include "tests/ui/window_fixture.h"
#include "ui/dialogs/imports_dialog.h"
#include "ui/dialogs/table_mapping_panel.h"
#include "ui/models/import_preview_model.h"

#include <QAbstractItemModelTester>
#include <QApplication>
#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QTableWidget>
#include <QTextBrowser>
#include <QTreeView>
#include <QTreeWidget>
#include <ctime>

using namespace isoloss;
using support::put_file;
using support::scalar_frame;
using test::Window;

namespace fs = std::filesystem;

namespace {

/// Processor milliseconds of this thread: unlike the clock on the wall they do not depend on what else runs.
double threadMilliseconds() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// An application that knows how long the longest event took.
class ProbedApplication : public QApplication {
public:
    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override {
        ++depth_;
        const double begin = threadMilliseconds();
        const bool result = QApplication::notify(receiver, event);
        // Tests run inside an event of their own; what they start is what counts.
        if (--depth_ == counted_depth) longest = std::max(longest, threadMilliseconds() - begin);
        return result;
    }

    static constexpr int counted_depth = 0;
    double longest = 0;

private:
    int depth_ = 0;
};

ImportPreview smallPreview() {
    ImportPreview preview;
    const auto source = [&](const char* title, const char* file, std::vector<RunPreview> runs) {
        SourcePreview added;
        added.title = title;
        added.files = {file};
        added.runs = std::move(runs);
        preview.sources.push_back(std::move(added));
    };
    const auto run = [](const char* name, std::int64_t points, std::int64_t values) {
        RunPreview added;
        added.name = name;
        added.identity = {"test", name};
        added.points = points;
        added.values = values;
        added.checkpoints = values > 0 ? 1 : 0;
        return added;
    };
    source("Events", "/a", {run("a", 10, 0)});
    RunPreview inUse = run("b", 5, 0);
    inUse.same_name = RunId(7);
    source("Events", "/b", {inUse});
    source("Table", "/t.csv", {run("t1", 3, 0), run("t2", 4, 0)});
    source("Scores", "/s1.json", {run("s", 0, 2)});
    source("Scores", "/s2.json", {run("s", 0, 3)});
    source("Scores", "/old.json", {});
    preview.sources[0].whole = false;
    return preview;
}

} // namespace

class ImportDialogTest : public QObject {
    Q_OBJECT

    static QModelIndex find(const ImportPreviewModel& model, const QString& name, const QModelIndex& parent = {}) {
        for (int row = 0; row < model.rowCount(parent); ++row) {
            const QModelIndex index = model.index(row, 0, parent);
            if (index.data().toString() == name) return index;
            if (const QModelIndex below = find(model, name, index); below.isValid()) return below;
        }
        return {};
    }

    static QString text(const QModelIndex& index, int column) {
        return index.siblingAtColumn(column).data().toString();
    }

private Q_SLOTS:

    void model_shows_formats_runs_and_files() {
        ImportPreviewModel model;
        const QAbstractItemModelTester tester(&model);
        model.setPreview(std::make_shared<const ImportPreview>(smallPreview()));
        QCOMPARE(model.rowCount(), 3);
        const QModelIndex events = model.index(0, 0);
        QCOMPARE(events.data().toString(), QStringLiteral("Events (2)"));
        QCOMPARE(text(events, ImportPreviewModel::PointsColumn), QStringLiteral("15+")); // one only in its beginning
        QCOMPARE(text(find(model, "b"), ImportPreviewModel::PointsColumn), QStringLiteral("5"));
        const QModelIndex scores = find(model, "s");
        QCOMPARE(model.rowCount(scores), 2); // two files of one run
        QCOMPARE(text(scores, ImportPreviewModel::ScoresColumn), QStringLiteral("5"));
        QCOMPARE(model.rowCount(find(model, "t.csv")), 2); // two runs of one file
        QVERIFY(!find(model, "t1").data(Qt::CheckStateRole).isValid());
        QCOMPARE(text(find(model, "old.json"), ImportPreviewModel::TargetColumn), QStringLiteral("nothing new"));
        const auto totals = model.totals();
        QCOMPARE(totals.runs, std::int64_t(5));
        QCOMPARE(totals.points, std::int64_t(22));
        QCOMPARE(totals.scores, std::int64_t(5));
        QVERIFY(totals.partly);
    }

    void corrections_reach_the_import() {
        ImportPreviewModel model;
        const QAbstractItemModelTester tester(&model);
        model.setPreview(std::make_shared<const ImportPreview>(smallPreview()));
        QVERIFY(model.setData(find(model, "s"), Qt::Unchecked, Qt::CheckStateRole));
        QCOMPARE(find(model, "Scores (2)").data(Qt::CheckStateRole).toInt(), int(Qt::PartiallyChecked));
        QVERIFY(model.setData(find(model, "a"), QStringLiteral(" baseline "), Qt::EditRole));
        QVERIFY(find(model, "baseline").isValid());
        QCOMPARE(text(find(model, "b"), ImportPreviewModel::TargetColumn), QStringLiteral("new run, name in use"));
        model.setJoinNames(true);
        QCOMPARE(text(find(model, "b"), ImportPreviewModel::TargetColumn),
                 QStringLiteral("joins the run of this name"));
        const ImportOptions options = model.importOptions();
        QCOMPARE(options.excluded, (std::set<fs::path>{"/s1.json", "/s2.json"}));
        QCOMPARE(options.run_names.at({"test", "a"}), std::string("baseline"));
        QVERIFY(options.join_names);
        // A second look at the same files keeps them.
        model.setPreview(std::make_shared<const ImportPreview>(smallPreview()));
        QVERIFY(find(model, "baseline").isValid());
        QCOMPARE(model.totals().scores, std::int64_t(0));
        QVERIFY(model.setData(find(model, "baseline"), QString(), Qt::EditRole));
        QVERIFY(find(model, "a").isValid());
    }

    void a_dropped_folder_is_shown_corrected_and_imported() {
        Window w;
        w.drop({w.twoRuns()});
        auto* dialog = w.child<ImportDialog>();
        QVERIFY(dialog);
        auto* button = dialog->findChild<QPushButton*>("import");
        QTRY_VERIFY(button->isEnabled());
        QVERIFY(!w.services->session().isOpen()); // looking makes no project
        auto* tree = dialog->findChild<QTreeView*>();
        auto* model = qobject_cast<ImportPreviewModel*>(tree->model());
        QVERIFY(model->setData(find(*model, "beta"), Qt::Unchecked, Qt::CheckStateRole));
        QVERIFY(model->setData(find(*model, "alpha"), QStringLiteral("first"), Qt::EditRole));
        tree->setCurrentIndex(find(*model, "first"));
        QVERIFY(dialog->findChild<QTextBrowser*>()->toPlainText().contains("train/loss"));
        button->click();
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 1"));
        QCOMPARE(w.services->selection().shownRuns()->front().name, std::string("first"));
    }

    void an_import_is_undone_and_done_again() {
        Window w;
        w.import({w.twoRuns()});
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 2"));
        const auto undoOfBanner = [&]() -> QAction* {
            for (QAction* action : w.window->findChildren<QAction*>())
                if (action->text() == QStringLiteral("Undo import")) return action;
            return nullptr;
        };
        QTRY_VERIFY(undoOfBanner());
        undoOfBanner()->trigger();
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs"));
        auto* history = w.child<ImportsDialog>();
        QVERIFY(history);
        const auto* list = history->findChild<QTreeWidget*>();
        QTRY_COMPARE(list->topLevelItem(0)->text(2), QStringLiteral("undone"));
        QVERIFY(!history->findChild<QPushButton*>("undo")->isEnabled());
        history->findChild<QPushButton*>("again")->click();
        auto* offer = w.child<ImportDialog>();
        QVERIFY(offer);
        auto* button = offer->findChild<QPushButton*>("import");
        QTRY_VERIFY(button->isEnabled());
        button->click();
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 2"));
    }

    // What the files cannot bring back is asked for once more.
    void an_undo_that_loses_something_asks() {
        Window w;
        w.import({w.twoRuns()});
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 2"));
        QVERIFY(QFile::remove(w.folder.filePath("runs/beta/events.out.tfevents.1")));
        ImportsDialog history(*w.services);
        auto* undo = history.findChild<QPushButton*>("undo");
        QTRY_VERIFY(undo->isEnabled());
        undo->click();
        QTRY_COMPARE(undo->text(), QStringLiteral("Undo all the same"));
        QString said;
        for (const QLabel* label : history.findChildren<QLabel*>())
            said += label->text();
        QVERIFY2(said.contains("beta"), qPrintable(said));
        QCOMPARE(w.runsTitle(), QStringLiteral("Runs · 2"));
        undo->click();
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs"));
    }

    // A table that says nothing by itself is read as the person says, and the project keeps how.
    void a_table_is_given_its_columns() {
        Window w;
        const auto file = w.folder.filePath("tables/odd.csv").toStdString();
        put_file(file, "a;b;c\n1;2;x\n3;4;y\n");
        w.drop({w.folder.filePath("tables")});
        auto* dialog = w.child<ImportDialog>();
        auto* tree = dialog->findChild<QTreeView*>();
        const auto* model = qobject_cast<ImportPreviewModel*>(tree->model());
        QTRY_VERIFY(find(*model, "odd.csv").isValid());
        QCOMPARE(text(find(*model, "odd.csv"), ImportPreviewModel::TargetColumn),
                 QStringLiteral("needs its columns named"));
        auto* button = dialog->findChild<QPushButton*>("import");
        QVERIFY(!button->isEnabled());
        tree->setCurrentIndex(find(*model, "odd.csv"));
        auto* columns = dialog->findChild<TableMappingPanel*>()->findChild<QTableWidget*>();
        QTRY_COMPARE(columns->rowCount(), 3);
        QCOMPARE(columns->item(2, 1)->text(), QStringLiteral("x · y"));
        const auto choose = [&](int row, ColumnRole role) {
            auto* choice = qobject_cast<QComboBox*>(columns->cellWidget(row, 2));
            choice->setCurrentIndex(choice->findData(static_cast<int>(role)));
            Q_EMIT choice->activated(choice->currentIndex());
        };
        choose(0, ColumnRole::step);
        choose(1, ColumnRole::metric);
        QTRY_VERIFY(find(*model, "odd").isValid());
        QCOMPARE(text(find(*model, "odd"), ImportPreviewModel::StepsColumn), QStringLiteral("1 – 3"));
        QTRY_VERIFY(button->isEnabled());
        button->click();
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 1"));
        // Rows of the same shape are read without another word.
        put_file(file, "5;6;z\n", true);
        w.import({w.folder.filePath("tables")});
        const auto lastStep = [&] {
            const auto reader = test::value_of(w.services->session().project()->reader());
            return test::value_of(reader->runs()).at(0).last_step;
        };
        QTRY_COMPARE(lastStep(), std::optional<std::int64_t>(5));
    }

    void what_is_nothing_says_so() {
        Window w;
        put_file(w.folder.filePath("letters/letter.txt").toStdString(), "Dear reader");
        w.drop({w.folder.filePath("letters")});
        auto* dialog = w.child<ImportDialog>();
        bool said = false;
        QTRY_VERIFY_WITH_TIMEOUT(
            [&] {
                for (const QLabel* label : dialog->findChildren<QLabel*>())
                    said = said || label->text().startsWith(QStringLiteral("Nothing that can be imported"));
                return said;
            }(),
            5000);
        QVERIFY(!dialog->findChild<QPushButton*>("import")->isEnabled());
    }

    // No event of the window takes longer than a person notices, however much is imported beside it.
    void the_window_does_not_stall_while_importing() {
        constexpr int runs = 24, steps = 20'000;
        constexpr double longest_allowed = 50;
        Window w;
        const QString path = w.folder.filePath("big.isoloss");
        test::value_of(Project::create(path.toStdString()));
        for (int run = 0; run < runs; ++run) {
            std::string bytes;
            for (int step = 0; step < steps; ++step)
                for (const char* tag : {"train/loss", "train/accuracy", "lr"})
                    bytes += scalar_frame(tag, step, 1.0F / static_cast<float>(1 + step + run));
            put_file(w.folder.filePath(QStringLiteral("runs/r%1/events.out.tfevents.1").arg(run)).toStdString(), bytes);
        }
        w.window->openProject(path);
        w.window->showPage(PageKind::curves);
        QCoreApplication::processEvents();
        auto* application = static_cast<ProbedApplication*>(QCoreApplication::instance());
        w.import({w.folder.filePath("runs")});
        application->longest = 0;
        QTRY_VERIFY_WITH_TIMEOUT(w.banners().join("\n").contains("Imported 24 new runs"), 60'000);
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 24"));
        const QString found = QStringLiteral("longest event: %1 ms").arg(application->longest);
        QVERIFY2(application->longest <= longest_allowed, qPrintable(found));
    }
};

int main(int argc, char** argv) {
    ProbedApplication application(argc, argv);
    ImportDialogTest test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_import_dialog.moc"
