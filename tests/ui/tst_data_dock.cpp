#include "tests/support/measured_project.h"
#include "ui/docks/data_dock.h"
#include "ui/docks/dock_title.h"
#include "ui/models/datasets_model.h"
#include "ui/ui_services.h"
#include "widgets/token_text.h"

#include <QAbstractItemModelTester>
#include <QAction>
#include <QComboBox>
#include <QDropEvent>
#include <QLabel>
#include <QMimeData>
#include <QSignalSpy>
#include <QTreeView>

using namespace isoloss;
using namespace isoloss::test;

/// A project with one checkpoint, whose tokenizer knows a, b, c, d and the space, opened as the window opens it.
class Fixture {
public:
    Fixture() {
        UiOptions options;
        options.settingsFile = settings_.filePath(QStringLiteral("settings.ini"));
        services = std::make_unique<UiServices>(std::move(options));
        project.fixture().close();
        const Expected<void> opened = services->session().open(project.fixture().path());
        if (!opened) throw std::runtime_error(opened.error().text());
        dock = std::make_unique<DataDock>(*services);
        model = dock->findChild<DatasetsModel*>();
        view = dock->findChild<QTreeView*>();
        dock->resize(1000, 300);
        dock->show();
    }

    QString title() const { return dock->findChild<DockTitle*>()->text(); }

    QString cell(int row, int column) const { return model->index(row, column).data().toString(); }

    QAction* command(const QString& text) const {
        for (QAction* action : dock->commands())
            if (action->text() == text) return action;
        return nullptr;
    }

    TokenText* preview() const { return dock->findChild<TokenText*>(); }

    MeasuredProject project;
    std::unique_ptr<UiServices> services;
    std::unique_ptr<DataDock> dock;
    DatasetsModel* model = nullptr;
    QTreeView* view = nullptr;

private:
    QTemporaryDir settings_;
};

class DataDockTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void files_are_added_and_listed() {
        Fixture f;
        QAbstractItemModelTester tester(f.model);
        QCOMPARE(f.title(), QStringLiteral("Data"));
        write_bytes(f.project.path("pairs.jsonl"), "{\"sentence_good\": \"a b\", \"sentence_bad\": \"b b\"}\nodd\n");
        QMimeData data;
        data.setUrls(
            {QUrl::fromLocalFile(f.project.path("five.txt")), QUrl::fromLocalFile(f.project.path("pairs.jsonl"))});
        QDragEnterEvent enter(QPoint(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(f.dock.get(), &enter);
        QDropEvent drop(QPointF(10, 10), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(f.dock.get(), &drop);
        QTRY_COMPARE(f.model->rowCount(), 2);
        QTRY_COMPARE(f.title(), QStringLiteral("Data · 2"));
        QCOMPARE(f.cell(0, DatasetsModel::nameColumn), QStringLiteral("five"));
        QCOMPARE(f.cell(0, DatasetsModel::kindColumn), QStringLiteral("text"));
        QCOMPARE(f.cell(0, DatasetsModel::holdsColumn), QStringLiteral("1 document"));
        QCOMPARE(f.cell(0, DatasetsModel::stateColumn), QStringLiteral("ok"));
        QCOMPARE(f.cell(1, DatasetsModel::kindColumn), QStringLiteral("minimal pairs"));
        QCOMPARE(f.cell(1, DatasetsModel::holdsColumn), QStringLiteral("1 item, 2 choices, 1 broken"));
        QVERIFY(f.model->index(1, 0).data(Qt::ToolTipRole).toString().contains(QStringLiteral("line 2")));
    }

    void a_file_that_cannot_be_read_is_told() {
        Fixture f;
        QSignalSpy errors(f.services.get(), &UiServices::errorShown);
        f.dock->addFiles({f.project.path("nowhere.txt")});
        QTRY_COMPARE(errors.count(), 1);
        QCOMPARE(f.model->rowCount(), 0);
        QCOMPARE(f.title(), QStringLiteral("Data"));
    }

    // "aabcd" is a token a letter, and its ids are in the tool tips.
    void the_preview_shows_tokens() {
        Fixture f;
        f.dock->addFiles({f.project.path("five.txt")});
        QTRY_VERIFY(f.preview()->selectedText().contains(QStringLiteral("aabcd")));
        QTRY_VERIFY(f.dock->findChild<QComboBox*>()->count() == 2);
        QTRY_COMPARE(f.preview()->tokens().size(), std::size_t(6)); // a heading and a token for each letter
        QVERIFY(f.preview()->tokens()[0].heading);
        for (std::size_t letter = 1; letter < 6; ++letter)
            QVERIFY(!f.preview()->tokens()[letter].level); // told apart from its neighbours
        QCOMPARE(f.preview()->tokens()[3].text, QStringLiteral("b"));
        QCOMPARE(f.preview()->tokens()[3].tip, QStringLiteral("1"));
        const auto counted = [&] {
            for (const QLabel* label : f.dock->findChildren<QLabel*>())
                if (label->text() == QStringLiteral("5 tokens")) return true;
            return false;
        };
        QTRY_VERIFY(counted());
    }

    void renaming_and_removing_can_be_undone() {
        Fixture f;
        f.dock->addFiles({f.project.path("five.txt")});
        QTRY_COMPARE(f.model->rowCount(), 1);
        QVERIFY(f.model->setData(f.model->index(0, 0), QStringLiteral("letters"), Qt::EditRole));
        QTRY_COMPARE(f.cell(0, 0), QStringLiteral("letters"));
        QTRY_COMPARE(f.services->undo().count(), 1);
        f.services->undo().undo();
        QTRY_COMPARE(f.cell(0, 0), QStringLiteral("five"));
        f.services->undo().redo();
        QTRY_COMPARE(f.cell(0, 0), QStringLiteral("letters"));
        QSignalSpy errors(f.services.get(), &UiServices::errorShown);
        QVERIFY(f.model->setData(f.model->index(0, 0), QStringLiteral("a[b]"), Qt::EditRole));
        QTRY_COMPARE(errors.count(), 1);
        QCOMPARE(f.cell(0, 0), QStringLiteral("letters"));

        f.view->setCurrentIndex(f.model->index(0, 0));
        f.command(QStringLiteral("Remove the data set"))->trigger();
        QTRY_COMPARE(f.model->rowCount(), 0);
        f.services->undo().undo();
        QTRY_COMPARE(f.model->rowCount(), 1);
    }

    void changed_and_missing_files_are_shown() {
        Fixture f;
        f.dock->addFiles({f.project.path("five.txt")});
        QTRY_COMPARE(f.model->rowCount(), 1);
        write_bytes(f.project.path("five.txt"), "aabbccdd");
        const auto look_again = [&] {
            f.services->bridge().write([](WriteSession& session) -> Expected<void> {
                DatasetRecord other;
                other.name = "other";
                other.hash = "h";
                ISOLOSS_TRY_VOID(session.ensure_dataset(other));
                return {};
            });
        };
        look_again();
        QTRY_COMPARE(f.cell(0, DatasetsModel::stateColumn), QStringLiteral("changed"));
        f.view->setCurrentIndex(f.model->index(0, 0));
        QAction* again = f.command(QStringLiteral("Take the files as they are now"));
        QTRY_VERIFY(again->isEnabled());
        again->trigger();
        QTRY_COMPARE(f.cell(0, DatasetsModel::stateColumn), QStringLiteral("ok"));
        QCOMPARE(f.cell(0, DatasetsModel::nameColumn), QStringLiteral("five"));
        QFile::remove(f.project.path("five.txt"));
        look_again();
        QTRY_COMPARE(f.cell(0, DatasetsModel::stateColumn), QStringLiteral("missing"));
        QTRY_VERIFY(!f.command(QStringLiteral("Measure on this data…"))->isEnabled());
    }

    void measuring_names_the_file() {
        Fixture f;
        f.dock->addFiles({f.project.path("five.txt")});
        QSignalSpy wanted(f.dock.get(), &DataDock::measureWanted);
        QAction* measure = f.command(QStringLiteral("Measure on this data…"));
        QTRY_VERIFY(measure->isEnabled());
        measure->trigger();
        QCOMPARE(wanted.count(), 1);
        QCOMPARE(wanted[0][0].toString(), f.project.path("five.txt"));
    }
};

QTEST_MAIN(DataDockTest)
#include "tst_data_dock.moc"
