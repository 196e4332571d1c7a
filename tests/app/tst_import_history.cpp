#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

/// import --list and --undo as scripts see them.
class ImportHistoryTest : public QObject {
    Q_OBJECT

    struct Result {
        int code = -1;
        QString out;
        QString err;

        const QJsonObject json() const { return QJsonDocument::fromJson(out.toUtf8()).object(); }
    };

    std::unique_ptr<QTemporaryDir> folder_;

    QString path(const QString& name) const { return folder_->filePath(name); }

    Result import(QStringList arguments) const {
        arguments = QStringList{"import", "-p", path("study.isoloss")} + arguments;
        QProcess process;
        process.start(QStringLiteral(ISOLOSS_PROGRAM), arguments);
        if (!process.waitForFinished(60000)) qFatal("the program did not end");
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
    }

    void write_results(int step, double accuracy) const {
        QFile file(path("small_step%1.json").arg(step));
        const QByteArray content =
            QStringLiteral("{'results': {'arc_easy': {'acc': %1, 'acc_stderr': 0.01}}, 'versions': {'arc_easy': 0}, "
                           "'config': {'model': 'hf-causal', 'model_args': 'pretrained=lab/small,revision=step%2', "
                           "'num_fewshot': 0}}")
                .replace('\'', '"')
                .arg(accuracy)
                .arg(step)
                .toUtf8();
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) qFatal("cannot write a fixture");
    }

    const QJsonArray imports() const { return import({"--list", "--json"}).json()["imports"].toArray(); }

private Q_SLOTS:

    void init() {
        folder_ = std::make_unique<QTemporaryDir>();
        write_results(100, 0.25);
        QCOMPARE(import({path("small_step100.json")}).code, 0);
        write_results(200, 0.5);
        QCOMPARE(import({path("small_step200.json")}).code, 0);
    }

    void the_list_names_imports_and_what_they_hold() {
        const QJsonArray list = imports();
        QCOMPARE(list.size(), 2);
        QCOMPARE(list[0]["import"].toInt(), 1);
        QCOMPARE(list[0]["paths"].toArray(), QJsonArray{path("small_step100.json")});
        QVERIFY(list[0]["started_at"].toDouble() > 1.7e9);
        QVERIFY(list[0]["finished_at"].toDouble() >= list[0]["started_at"].toDouble());
        QVERIFY(list[0]["undone_at"].isNull() && list[0]["undoable"].toBool());
        QCOMPARE(list[0]["holds"]["runs"].toInt(), 1);
        QCOMPARE(list[1]["holds"]["runs"].toInt(), 0);
        QCOMPARE(list[1]["holds"]["values"].toInt(), 1);
        QCOMPARE(list[1]["report"]["checkpoints"].toInt(), 1);
        const Result text = import({"--list"});
        QCOMPARE(text.code, 0);
        QCOMPARE(text.out.count('\n'), 3);
        QVERIFY(text.out.contains("small_step200.json"));
    }

    void the_last_import_is_undone_first() {
        const Result undone = import({"--undo", "--json"});
        QVERIFY2(undone.code == 0, qPrintable(undone.err));
        QCOMPARE(undone.json()["undone"].toArray(), QJsonArray{2});
        QCOMPARE(undone.json()["removed"]["values"].toInt(), 1);
        QVERIFY(!imports()[1]["undone_at"].isNull());
        QVERIFY(import({"--list"}).out.contains("undone"));
        const Result again = import({"--undo"});
        QCOMPARE(again.code, 0);
        QVERIFY2(again.out.startsWith("Import 1 is undone.\n"), qPrintable(again.out));
        QCOMPARE(import({"--undo"}).code, 1); // there is none left
        QCOMPARE(import({path("small_step200.json"), "--json"}).json()["values"].toInt(), 1);
    }

    void an_import_that_others_build_on_is_refused() {
        const Result refused = import({"--undo", "1", "--json"});
        QCOMPARE(refused.code, 3);
        QVERIFY2(refused.err.contains("import 2 builds on it"), qPrintable(refused.err));
        QVERIFY(refused.json()["error"]["reason"].toString().contains("import 2 builds on it"));
        QVERIFY(imports()[0]["undone_at"].isNull());
        const Result forced = import({"--undo", "1", "--force", "--json"});
        QCOMPARE(forced.code, 0);
        QCOMPARE(forced.json()["undone"].toArray(), (QJsonArray{2, 1}));
        QCOMPARE(forced.json()["removed"]["values"].toInt(), 2);
    }

    void lost_files_are_named_before_anything_is_undone() {
        QVERIFY(QFile::remove(path("small_step200.json")));
        const Result refused = import({"--undo", "2"});
        QCOMPARE(refused.code, 3);
        QVERIFY2(refused.err.contains("small_step200.json is gone"), qPrintable(refused.err));
        const Result forced = import({"--undo", "2", "--force", "--json"});
        QCOMPARE(forced.code, 0);
        QCOMPARE(forced.json()["lost_sources"].toArray(), QJsonArray{path("small_step200.json")});
    }

    void wrong_usage_is_told_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        QTest::newRow("nothing to import") << QStringList{} << 2;
        QTest::newRow("list and undo") << QStringList{"--list", "--undo"} << 2;
        QTest::newRow("force alone") << QStringList{"--force", "file"} << 2;
        QTest::newRow("no number") << QStringList{"--undo", "last"} << 2;
        QTest::newRow("no such import") << QStringList{"--undo", "9"} << 1;
    }

    void wrong_usage_is_told() {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        const Result result = import(arguments);
        QCOMPARE(result.code, code);
        QVERIFY(!result.err.isEmpty());
    }
};

QTEST_GUILESS_MAIN(ImportHistoryTest)
#include "tst_import_history.moc"
