#include "tests/support/project_fixture.h"
#include "tests/ui/window_fixture.h"
#include "ui/docks/column_chooser.h"
#include "ui/inspector/inspector_panel.h"
#include "ui/models/filter_words.h"
#include "ui/models/runs_model.h"
#include "ui/pages/downstream_page.h"
#include "ui/pages/view_menu.h"
#include "widgets/item_roles.h"
#include "widgets/style_picker.h"

#include <QAbstractItemView>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QCompleter>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QSignalSpy>
#include <QTest>
#include <QTreeWidget>
#include <array>

using namespace isoloss;
using test::Window;

namespace {

/// A window over a project of four runs in two groups with lr and layers in their configs.
struct RunsWindow : Window {
    RunsWindow() {
        const QString path = folder.filePath("four.isoloss");
        {
            const auto project = test::value_of(Project::create(path.toStdString()));
            const auto written = project->writer().run([](WriteSession& session) -> Expected<void> {
                struct Run {
                    const char *name, *group, *config;
                };
                constexpr std::array<Run, 4> runs{{
                    {"a1", "a", R"({"lr": 0.1, "layers": 2})"},
                    {"a2", "a", R"({"lr": 0.3, "layers": 2})"},
                    {"b1", "b", R"({"lr": 0.2, "layers": 4})"},
                    {"b2", "b", R"({"lr": 0.2, "layers": 4, "model": {"width": 64}})"},
                }};
                for (const Run& run : runs) {
                    ISOLOSS_TRY(const RunId id, session.ensure_run({"test", run.name}, run.name));
                    ISOLOSS_TRY_VOID(session.set_run_group(id, run.group));
                    ISOLOSS_TRY_VOID(session.merge_run_config(id, run.config));
                }
                return {};
            });
            if (!written) qFatal("%s", written.error().text().c_str());
        }
        window->openProject(path);
    }

    RunsModel& model() const { return dynamic_cast<RunsModel&>(*runsView()->model()); }

    QStringList rows() const {
        QStringList rows;
        for (int row = 0; row < model().rowCount(); ++row)
            rows += model().index(row, RunsModel::nameColumn).data().toString();
        return rows;
    }

    QStringList headings() const {
        QStringList headings;
        for (int column = RunsModel::firstChosenColumn; column < model().columnCount(); ++column)
            headings += model().headerData(column, Qt::Horizontal, Qt::DisplayRole).toString();
        return headings;
    }

    void arrange(std::vector<std::string> columns, const std::string& group = {}) const {
        RunArrangement arrangement = window->runsDock().arrangement();
        arrangement.columns = std::move(columns);
        arrangement.groupKey = group;
        window->runsDock().setArrangement(arrangement);
    }
};

} // namespace

class RunsDockTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void sections_fold_and_hide_by_keyboard() {
        RunsWindow w;
        w.arrange({"lr"}, "group");
        const QStringList all{"a · 2 runs", "a1", "a2", "b · 2 runs", "b1", "b2"};
        QTRY_COMPARE(w.rows(), all);
        RunsView* view = w.runsView();
        view->setCurrentIndex(w.model().index(2, RunsModel::nameColumn));
        QTest::keyClick(view, Qt::Key_Left);
        QCOMPARE(view->currentIndex().row(), 0);
        QTest::keyClick(view, Qt::Key_Left);
        QCOMPARE(w.rows(), (QStringList{"a · 2 runs", "b · 2 runs", "b1", "b2"}));
        QTest::keyClick(view, Qt::Key_Right);
        QCOMPARE(w.rows(), all);
        const Selection& selection = w.services->selection();
        QCOMPARE(selection.groupKey(), std::string("group"));
        QCOMPARE(selection.groups().size(), std::size_t(2));
        QTest::keyClick(view, Qt::Key_Space);
        QCOMPARE(selection.shownRuns()->size(), std::size_t(2));
        QCOMPARE(selection.groups().size(), std::size_t(1));
        QCOMPARE(selection.groups().front().title, QStringLiteral("b"));
        // One step back for all runs of the section.
        QTRY_VERIFY(w.services->undo().canUndo());
        w.services->undo().undo();
        QTRY_COMPARE(selection.shownRuns()->size(), std::size_t(4));
    }

    void sections_fold_and_hide_by_mouse() {
        RunsWindow w;
        w.arrange({"lr"}, "group");
        QTRY_COMPARE(w.model().rowCount(), 6);
        RunsView* view = w.runsView();
        const auto click = [&](int row, int column) {
            QTest::mouseClick(view->viewport(), Qt::LeftButton, {},
                              view->visualRect(w.model().index(row, column)).center());
        };
        click(3, RunsModel::eyeColumn);
        QCOMPARE(w.services->selection().shownRuns()->size(), std::size_t(2));
        click(0, RunsModel::nameColumn);
        QCOMPARE(w.rows(), (QStringList{"a · 2 runs", "b · 2 runs", "b1", "b2"}));
    }

    void columns_are_moved_by_their_headings() {
        RunsWindow w;
        w.arrange({"lr", "layers", "width"});
        QTRY_COMPARE(w.headings(), (QStringList{"lr", "layers", "width"}));
        QHeaderView* header = w.runsView()->header();
        header->moveSection(header->visualIndex(RunsModel::firstChosenColumn + 2), RunsModel::firstChosenColumn);
        QTRY_COMPARE(w.headings(), (QStringList{"width", "lr", "layers"}));
        for (int column = 0; column < header->count(); ++column)
            QCOMPARE(header->visualIndex(column), column);
        // Eye, pin and name stay in front.
        header->moveSection(RunsModel::firstChosenColumn, RunsModel::eyeColumn);
        QCOMPARE(header->visualIndex(RunsModel::eyeColumn), int(RunsModel::eyeColumn));
        const auto stored = w.services->settings().value("runs/columns").toStringList();
        QCOMPARE(stored, (QStringList{"width", "lr", "layers"}));
    }

    void widths_are_kept() {
        RunsWindow w;
        w.arrange({"lr", "layers"});
        QTRY_COMPARE(w.headings(), (QStringList{"lr", "layers"}));
        QHeaderView* header = w.runsView()->header();
        header->resizeSection(RunsModel::firstChosenColumn, 77);
        w.arrange({"layers", "lr"});
        QTRY_COMPARE(w.headings(), (QStringList{"layers", "lr"}));
        QCOMPARE(header->sectionSize(RunsModel::firstChosenColumn + 1), 77);
        QCOMPARE(w.services->settings().value("runs/widths").toMap(), (QVariantMap{{"lr", 77}}));
    }

    void a_column_may_be_typed() {
        RunsWindow w;
        w.arrange({"layers"});
        QTRY_COMPARE(w.headings(), QStringList{"layers"});
        ColumnChooser chooser(w.window->runsDock().columnChoices(), {"layers"}, nullptr);
        QSignalSpy chosen(&chooser, &ColumnChooser::chosen);
        auto* search = chooser.findChild<QLineEdit*>();
        auto* list = chooser.findChild<QListWidget*>();
        QTest::keyClicks(search, "has( width )");
        QCOMPARE(list->count(), 1);
        QTest::keyClick(search, Qt::Key_Return);
        search->clear();
        QTest::keyClick(search, Qt::Key_Down);
        QTest::keyClick(search, Qt::Key_Up, Qt::AltModifier);
        QCOMPARE(chosen.count(), 2);
        using Keys = std::vector<std::string>;
        QCOMPARE(chosen[0][0].value<Keys>(), (Keys{"layers", "has(width)"}));
        QCOMPARE(chosen[1][0].value<Keys>(), (Keys{"has(width)", "layers"}));
        w.arrange({"has(width)"});
        QTRY_COMPARE(w.headings(), QStringList{"has width"});
        QCOMPARE(w.model().index(3, RunsModel::firstChosenColumn).data().toString(), QStringLiteral("1"));
        QCOMPARE(w.model().index(0, RunsModel::firstChosenColumn).data().toString(), QStringLiteral("0"));
    }

    void filter_words_data() {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QStringList>("among");
        QTest::addColumn<QStringList>("notAmong");
        QTest::newRow("names and functions")
            << "" << QStringList{"lr", "width", "config.model.width", "tag", "min(", "not"} << QStringList{"and", "<"};
        QTest::newRow("operators behind a name") << "lr " << QStringList{"<", "=", "~"} << QStringList{"lr"};
        QTest::newRow("a word that may look for runs") << "alpha " << QStringList{} << QStringList{"="};
        QTest::newRow("joints") << "lr < 1 " << QStringList{"and", "or"} << QStringList{"lr"};
        QTest::newRow("what is asked for") << "has(" << QStringList{"width"} << QStringList{"min("};
    }

    void filter_words() {
        QFETCH(QString, before);
        QFETCH(QStringList, among);
        QFETCH(QStringList, notAmong);
        RunsWindow w;
        const auto reader = test::value_of(w.services->session().project()->reader());
        const auto fields = test::value_of(RunFields::load(*reader, TrashRule::with_trash));
        const FilterWords words(test::value_of(fields->choices(*reader)));
        const QStringList offers = words.offers(filter_place(before.toStdString()));
        for (const QString& word : among)
            QVERIFY2(offers.contains(word), qPrintable(word));
        for (const QString& word : notAmong)
            QVERIFY2(!offers.contains(word), qPrintable(word));
    }

    void texts_of_a_field_are_offered_and_quoted() {
        RunsWindow w;
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 4"));
        w.window->runsDock().focusFilter();
        auto* line = w.window->runsDock().findChild<FilterLineEdit*>();
        auto* popup = line->findChild<QCompleter*>()->popup();
        QTest::keyClicks(line->lineEdit(), "group = ");
        const auto offered = [&] {
            QStringList texts;
            for (int row = 0; popup->isVisible() && row < popup->model()->rowCount(); ++row)
                texts += popup->model()->index(row, 0).data().toString();
            return texts;
        };
        QTRY_COMPARE(offered(), (QStringList{"\"a\"", "\"b\""}));
        QTest::keyClicks(line->lineEdit(), "b");
        QCOMPARE(offered(), QStringList{"\"b\""});
        QTest::keyClick(line->lineEdit(), Qt::Key_Tab);
        QCOMPARE(line->text(), QStringLiteral("group = \"b\""));
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 2 of 4"));
    }

    void names_that_no_run_has_are_doubted() {
        RunsWindow w;
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 4"));
        auto* line = w.window->runsDock().findChild<FilterLineEdit*>();
        line->lineEdit()->setText("lr < 1 and layer = 2");
        QTRY_VERIFY(line->hasError());
        QCOMPARE(line->lineEdit()->accessibleDescription(),
                 QStringLiteral("No run has “layer”. Near to it: layers, config.layers"));
        line->lineEdit()->setText("min(lr) < 1");
        QTRY_VERIFY(line->lineEdit()->accessibleDescription().startsWith("No run has a series or quantity “lr”"));
        line->lineEdit()->setText("lr < 1 and group = nothing");
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 0 of 4"));
        QVERIFY(!line->hasError());
        QTest::keyClick(line->lineEdit(), Qt::Key_F1);
        const auto labels = QApplication::activePopupWidget()->findChildren<QLabel*>();
        QCOMPARE(labels.size(), 1);
        QVERIFY(labels.front()->text().contains("min(val/loss)"));
        QApplication::activePopupWidget()->close();
    }

    void tags_of_several_runs() {
        RunsWindow w;
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 4"));
        w.window->runsDock().runActions().changeTags(w.window->runsDock().selectedRuns(), {}, {});
        QVERIFY(!w.services->undo().canUndo());
        const auto tags = [&] {
            QStringList texts;
            for (const RunRecord& run : w.model().runs().table.runs) {
                QStringList words;
                for (const std::string& tag : run.tags)
                    words += QString::fromStdString(tag);
                texts += words.join(',');
            }
            return texts;
        };
        auto* editor = w.child<InspectorPanel>()->findChild<QLineEdit*>();
        const auto edit = [&](const QStringList& runs, const QString& text) {
            std::vector<RunId> ids;
            for (const RunRecord& run : w.model().runs().table.runs)
                if (runs.contains(QString::fromStdString(run.name))) ids.push_back(run.id);
            w.services->selection().setHighlightedRuns(ids);
            QTRY_VERIFY(editor->isVisible());
            QTRY_COMPARE(w.child<InspectorPanel>()->findChild<QLabel*>("title")->text(),
                         runs.size() == 1 ? runs.front() : QStringLiteral("%1 runs").arg(runs.size()));
            editor->selectAll();
            QTest::keyClicks(editor, text);
            QTest::keyClick(editor, Qt::Key_Return);
        };
        edit({"a1", "b1"}, "good, wide");
        QTRY_COMPARE(tags(), (QStringList{"good,wide", "", "good,wide", ""}));
        edit({"a2"}, "odd");
        QTRY_COMPARE(tags(), (QStringList{"good,wide", "odd", "good,wide", ""}));
        // What all have is replaced, what some have stays unless it is taken away.
        edit({"a1", "a2", "b1"}, "new, -wide");
        QTRY_COMPARE(tags(), (QStringList{"good,new", "new,odd", "good,new", ""}));
        w.services->undo().undo();
        QTRY_COMPARE(tags(), (QStringList{"good,wide", "odd", "good,wide", ""}));
        w.services->undo().redo();
        QTRY_COMPARE(tags(), (QStringList{"good,new", "new,odd", "good,new", ""}));
    }

    void changes_of_several_runs_are_one_step_back_data() {
        QTest::addColumn<QString>("action");
        QTest::addColumn<QString>("title");
        QTest::newRow("archive") << "Archive, or take from the archive"
                                 << "Runs · 2";
        QTest::newRow("trash") << "Put in the trash, or take out again"
                               << "Runs · 2";
        QTest::newRow("pin") << "Pin or release the selected runs"
                             << "Runs · 4";
    }

    void changes_of_several_runs_are_one_step_back() {
        QFETCH(QString, action);
        QFETCH(QString, title);
        RunsWindow w;
        QTRY_COMPARE(w.rows(), (QStringList{"a1", "a2", "b1", "b2"}));
        w.runsView()->setCurrentIndex(w.model().index(2, RunsModel::nameColumn));
        QTest::keyClick(w.runsView(), Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(w.window->runsDock().selectedRuns().size(), std::size_t(2));
        for (QAction* candidate : w.window->runsDock().runActions().actions())
            if (candidate->text() == action) candidate->trigger();
        QTRY_VERIFY(w.rows() != (QStringList{"a1", "a2", "b1", "b2"}));
        QCOMPARE(w.runsTitle(), title);
        w.services->undo().undo();
        QTRY_COMPARE(w.rows(), (QStringList{"a1", "a2", "b1", "b2"}));
        QVERIFY(!w.services->undo().canUndo());
    }

    void colours_are_chosen_and_can_be_undone() {
        RunsWindow w;
        QTRY_COMPARE(w.rows(), (QStringList{"a1", "a2", "b1", "b2"}));
        const auto colors = [&] {
            QList<int> indices;
            for (const RunRecord& run : *w.services->selection().shownRuns())
                indices += run.color;
            return indices;
        };
        QCOMPARE(colors(), (QList<int>{0, 1, 2, 3}));
        w.runsView()->setCurrentIndex(w.model().index(1, RunsModel::nameColumn));
        Q_EMIT w.window->runsDock().runActions().styleRequested();
        auto* picker = w.window->runsDock().findChild<StylePicker*>();
        QVERIFY(picker);
        QTest::keyClick(picker, Qt::Key_Down); // the next dash pattern of the same colour
        QTest::keyClick(picker, Qt::Key_Return);
        QTRY_COMPARE(colors(), (QList<int>{0, 9, 2, 3}));
        const Theme& theme = w.services->theme().theme();
        const QModelIndex name = w.model().index(1, RunsModel::nameColumn);
        QCOMPARE(name.data(SwatchRole).value<QColor>(), theme.series(1).color);
        QVERIFY(!name.data(DashRole).value<QList<qreal>>().isEmpty());
        w.services->undo().undo();
        QTRY_COMPARE(colors(), (QList<int>{0, 1, 2, 3}));
    }

    void differences_are_nested_and_copied() {
        RunsWindow w;
        QTRY_COMPARE(w.runsTitle(), QStringLiteral("Runs · 4"));
        std::vector<RunId> ids;
        for (const RunRecord& run : w.model().runs().table.runs)
            if (run.name != "a2") ids.push_back(run.id);
        w.services->selection().setHighlightedRuns(ids);
        auto* tree = w.child<InspectorPanel>()->findChild<QTreeWidget*>();
        QTRY_COMPARE(tree->topLevelItemCount(), 1);
        QTRY_COMPARE(tree->topLevelItem(0)->text(0), QStringLiteral("Config differences"));
        tree->clearSelection();
        tree->actions().front()->trigger();
        QCOMPARE(QGuiApplication::clipboard()->text(),
                 QStringLiteral("Config differences\n"
                                "\tlayers\n\t\ta1\t2\n\t\tb1\t4\n\t\tb2\t4\n"
                                "\tlr\n\t\ta1\t0.1\n\t\tb1\t0.2\n\t\tb2\t0.2\n"
                                "\tmodel.width\n\t\ta1\t–\n\t\tb1\t–\n\t\tb2\t64"));
    }

    void differences_of_many_runs_count_values() {
        test::ProjectFixture fixture;
        std::vector<RunId> ids;
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            for (int i = 0; i < 12; ++i) {
                const std::string name = "run-" + std::to_string(i);
                ISOLOSS_TRY(const RunId run, session.ensure_run({"test", name}, name));
                ISOLOSS_TRY_VOID(session.merge_run_config(run, R"({"same": 1, "optimizer": {"name": "adamw", "lr": )" +
                                                                   std::to_string(i % 3) + "}}"));
                ids.push_back(run);
            }
            return {};
        }));
        const Details details = test::value_of(runDifferences(*fixture.reader(), ids));
        QCOMPARE(details.subtitle, QStringLiteral("1 config fields differ, 2 are equal"));
        QCOMPARE(details.nodes.front().children.size(), std::size_t(1));
        const DetailNode& lr = details.nodes.front().children.front();
        QCOMPARE(lr.name, QStringLiteral("optimizer.lr"));
        QStringList values;
        for (const DetailNode& node : lr.children)
            values += node.name + ": " + node.value;
        QCOMPARE(values, (QStringList{"0: 4 runs", "1: 4 runs", "2: 4 runs"}));
    }

    void views_keep_columns_sorting_and_groups() {
        RunsWindow w;
        RunArrangement arrangement;
        arrangement.columns = {"lr", "layers"};
        arrangement.sortKey = "lr";
        arrangement.descending = true;
        arrangement.groupKey = "group";
        w.window->runsDock().setArrangement(arrangement);
        w.window->showPage(PageKind::downstream);
        auto* views = w.child<DownstreamPage>()->findChild<ViewMenu*>();
        views->save("mine");
        QTRY_COMPARE(views->names(), QStringList{"mine"});
        w.window->runsDock().setArrangement({});
        views->restore("mine");
        QCOMPARE(w.window->runsDock().arrangement(), arrangement);
        QTRY_COMPARE(w.rows(), (QStringList{"a · 2 runs", "a2", "a1", "b · 2 runs", "b1", "b2"}));
    }
};

QTEST_MAIN(RunsDockTest)
#include "tst_runs_dock.moc"
