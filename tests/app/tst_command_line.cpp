#include "tests/support/event_file_writer.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

// The command line as scripts see it: the real program in a process of its own.
class CommandLineTest : public QObject {
    Q_OBJECT

    struct Result {
        int code = -1;
        QString out;
        QString err;
    };

    static Result isoloss(const QStringList& arguments) {
        QProcess process;
        process.start(QStringLiteral(ISOLOSS_PROGRAM), arguments);
        if (!process.waitForFinished(60000)) qFatal("the program did not end");
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
    }

    static void write(const QString& path, const QByteArray& content) {
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) qFatal("cannot write a fixture");
    }

    // A results file as the evaluation harness 0.3 writes it.
    static QByteArray harness_results(const char* model, int step, double accuracy, double bits_per_byte) {
        return QStringLiteral("{'results': {'arc_easy': {'acc': %1, 'acc_stderr': 0.01}, "
                              "'wikitext': {'bits_per_byte': %2}}, 'versions': {'arc_easy': 0, 'wikitext': 1}, "
                              "'config': {'model': 'hf-causal', 'model_args': 'pretrained=lab/%3,revision=step%4', "
                              "'num_fewshot': 0}}")
            .replace('\'', '"')
            .arg(accuracy)
            .arg(bits_per_byte)
            .arg(QLatin1String(model))
            .arg(step)
            .toUtf8();
    }

    QTemporaryDir folder_;

    QString path(const QString& name) const { return folder_.filePath(name); }

    QString project() const { return path("study.isoloss"); }

private Q_SLOTS:

    void initTestCase() {
        QVERIFY(QDir(folder_.path()).mkdir("results"));
        write(path("results/a_step100.json"), harness_results("small", 100, 0.25, 1.5));
        write(path("results/a_step200.json"), harness_results("small", 200, 0.5, 1.25));
        write(path("results/b_step100.json"), harness_results("large", 100, 0.75, 1.0));
        const Result import = isoloss({"import", "-p", project(), path("results"), "--json"});
        QVERIFY2(import.code == 0, qPrintable(import.err));
        const QJsonObject report = QJsonDocument::fromJson(import.out.toUtf8()).object();
        QCOMPARE(report["runs"].toInt(), 2);
        QCOMPARE(report["checkpoints"].toInt(), 3);
        QCOMPARE(report["values"].toInt(), 6);
        for (const char* key : {"series", "points", "items"})
            QCOMPARE(report[QLatin1String(key)].toInt(-1), 0);
        QVERIFY(report["skipped"].isArray());
    }

    // A record as a logger writes it, appended while the program follows the folder.
    void follow_tells_of_each_change_until_it_is_interrupted() {
        const std::filesystem::path log =
            std::filesystem::path(path("live").toStdString()) / "run" / "events.out.tfevents.1";
        using namespace isoloss::support;
        put_file(log, version_frame() + scalar_frame("loss", 1, 4));
        QProcess process;
        process.start(QStringLiteral(ISOLOSS_PROGRAM),
                      {"import", "-p", path("live.isoloss"), path("live"), "--follow", "--json"});
        const auto next = [&process] {
            while (!process.canReadLine())
                if (!process.waitForReadyRead(60000)) qFatal("the program said nothing");
            return QJsonDocument::fromJson(process.readLine()).object();
        };
        QCOMPARE(next()["points"].toInt(), 1);
        int points = 1;
        for (int step = 2; step < 5; ++step) {
            put_file(log, scalar_frame("loss", step, 3), true);
            const QJsonObject change = next();
            QVERIFY(change["skipped"].toArray().isEmpty());
            QCOMPARE(change["changed"].toArray().at(0)["run"].toString(), QString("run"));
            QCOMPARE(change["changed"].toArray().at(0)["step"].toInt(), step);
            points += change["points"].toInt();
        }
        QCOMPARE(points, 4);
        process.terminate();
        QVERIFY(process.waitForFinished(60000));
        QCOMPARE(process.exitCode(), 0);
        const Result stored =
            isoloss({"query", "-p", path("live.isoloss"), "--sql", "SELECT status FROM run", "--csv"});
        QVERIFY2(stored.out.contains("unknown"), qPrintable(stored.out + stored.err)); // its points are from 2023
    }

    void a_mapping_is_given_and_kept() {
        QVERIFY(QDir(folder_.path()).mkdir("tables"));
        const QString own = path("tables.isoloss");
        write(path("tables/a.csv"), "n,ce\n1,2.5\n");
        write(path("wrong.json"), "{\"columns\":{\"n\":\"stp\"}}");
        const Result wrong = isoloss({"import", "-p", own, "--map", path("wrong.json"), path("tables")});
        QCOMPARE(wrong.code, 2);
        QVERIFY2(wrong.err.contains("columns.n") && wrong.err.contains("\"stp\" is no role"), qPrintable(wrong.err));
        QVERIFY(!QFile::exists(own));
        write(path("map.json"), "{\"columns\":{\"n\":\"step\",\"ce\":\"metric\"}}");
        const auto points = [&](const QStringList& more) {
            const Result import = isoloss(QStringList{"import", "-p", own, "--json", path("tables")} + more);
            return QJsonDocument::fromJson(import.out.toUtf8()).object()["points"].toInt(-1);
        };
        QCOMPARE(points({"--map", path("map.json")}), 1);
        write(path("tables/b.csv"), "n,ce\n1,3.5\n2,4.5\n");
        QCOMPARE(points({"--join", "names"}), 2);
    }

    void data_sets() {
        const QString project = path("data.isoloss");
        write(path("mia.jsonl"), "{\"text\":\"one two\",\"label\":1}\nnonsense\n{\"text\":\"three\",\"label\":0}\n");
        const Result wrong = isoloss({"data", "-p", project, "add", path("mia.jsonl"), "--as", "sonnets"});
        QCOMPARE(wrong.code, 2);
        const Result added = isoloss({"data", "-p", project, "add", path("mia.jsonl"), path("nowhere.txt"), "--as",
                                      "membership", "--name", "mia"});
        QCOMPARE(added.code, 1); // one of them is not there
        QVERIFY2(added.out.contains("member and non-member text, 2 texts, 1 member, 1 non-member"),
                 qPrintable(added.out));
        QVERIFY(added.out.contains("1 broken row is left out") && added.err.contains("nowhere.txt"));
        const Result list = isoloss({"data", "list", "-p", project, "--json"});
        const QJsonObject listed = QJsonDocument::fromJson(list.out.toUtf8()).object();
        QCOMPARE(listed["kind"].toString(), QStringLiteral("membership"));
        QCOMPARE(listed["state"].toString(), QStringLiteral("ok"));
        const Result shown = isoloss({"data", "show", "-p", project, "mia"});
        QVERIFY2(shown.out.contains("text 1, member") && shown.out.contains("\"one two\""), qPrintable(shown.out));
        QCOMPARE(isoloss({"data", "rename", "-p", project, "mia", "seen"}).code, 0);
        QCOMPARE(isoloss({"data", "show", "-p", project, "mia"}).code, 1);
        QCOMPARE(isoloss({"data", "remove", "-p", project, "seen"}).code, 0);
        QCOMPARE(isoloss({"data", "list", "-p", project, "--json"}).out, QString());
    }

    void help_names_the_contract_data() {
        QTest::addColumn<QString>("command");
        QTest::addColumn<QStringList>("words");
        QTest::newRow("import") << "import" << QStringList{"--project", "--json", "--quiet", "paths",   "--map",
                                                           "--join",    "--list", "--undo",  "--force", "--follow"};
        QTest::newRow("measure") << "measure"
                                 << QStringList{"--checkpoints", "--data",       "--device",   "--dtype",
                                                "--json",        "loss",         "perplexity", "bits_per_byte",
                                                "bits_per_char", "fisher_trace", "acc_norm",   "metrics",
                                                "--probes",      "--ascent",     "mlm_loss",   "linear_probe_accuracy",
                                                "labelled text", "--trust"};
        QTest::newRow("query") << "query"
                               << QStringList{"--of", "--columns", "--sort",        "--csv",  "--json", "--sql",
                                              "runs", "metrics",   "item_outcomes", "points", "sql.md"};
#ifdef ISOLOSS_GUI
        QTest::newRow("export") << "export"
                                << QStringList{"--scatter",  "--colour",   "--lines",        "--curves", "--filter",
                                               "--output",   "--size",     "--mark-x",       "--mark-y", "--group",
                                               "--spread",   "--gaussian", "--running-mean", "tokens",   "flops",
                                               "--attempts", "percentile"};
#endif
        QTest::newRow("data") << "data"
                              << QStringList{"--project", "--json", "list", "add", "show", "rename", "remove"};
        QTest::newRow("doctor") << "doctor" << QStringList{"project", "--json", "ISOLOSS_TORCH_MODULE"};
    }

    void help_names_the_contract() {
        QFETCH(QString, command);
        QFETCH(QStringList, words);
        const Result help = isoloss({command, "--help"});
        QCOMPARE(help.code, 0);
        for (const QString& word : words)
            QVERIFY2(help.out.contains(word), qPrintable(word + " is missing in:\n" + help.out));
    }

    // Every option that README.md shows on a line "isoloss COMMAND …" exists.
    void readme_is_true() {
        QFile readme(QStringLiteral(ISOLOSS_SOURCE_DIR "/README.md"));
        QVERIFY(readme.open(QIODevice::ReadOnly));
        static const QRegularExpression line(QStringLiteral("^    isoloss (\\w+)(.*)$"),
                                             QRegularExpression::MultilineOption);
        static const QRegularExpression option(QStringLiteral(" (--?[a-z][a-z-]*)"));
        int checked = 0;
        for (auto lines = line.globalMatch(QString::fromUtf8(readme.readAll())); lines.hasNext();) {
            const auto match = lines.next();
#ifndef ISOLOSS_GUI
            if (match.captured(1) == QLatin1String("export")) continue;
#endif
            const Result help = isoloss({match.captured(1), "--help"});
            QCOMPARE(help.code, 0);
            for (auto options = option.globalMatch(match.captured(2)); options.hasNext();) {
                const QString name = options.next().captured(1);
                QVERIFY2(help.out.contains(name), qPrintable(match.captured(1) + " has no " + name));
                ++checked;
            }
        }
        QVERIFY(checked >= 7);
    }

    void wrong_usage_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<int>("code");
        const QString not_sqlite = path("notes.isoloss");
        write(not_sqlite, "this is no project, only a text of some length that was given this name");
        QTest::newRow("no path") << QStringList{"import", "-p", project()} << 2;
        QTest::newRow("join by something")
            << QStringList{"import", "-p", project(), "--join", "x", path("results")} << 2;
        QTest::newRow("no such mapping") << QStringList{"import",        "-p",           project(), "--map",
                                                        path("no.json"), path("results")}
                                         << 1;
        QTest::newRow("unknown option") << QStringList{"query", "-p", project(), "--nope"} << 2;
        QTest::newRow("filter error") << QStringList{"query", "-p", project(), "lr <", "--of", "runs"} << 2;
        QTest::newRow("unknown column") << QStringList{"query", "-p", project(), "--of", "runs", "--columns", "nope"}
                                        << 2;
        QTest::newRow("missing project") << QStringList{"query", "-p", path("missing.isoloss"), "--of", "runs"} << 1;
        QTest::newRow("no project at all") << QStringList{"query", "-p", not_sqlite, "--of", "runs"} << 3;
        QTest::newRow("import into a text file") << QStringList{"import", "-p", not_sqlite, path("results")} << 3;
        QTest::newRow("missing source") << QStringList{"import", "-p", project(), path("nowhere")} << 1;
        QTest::newRow("unknown metric") << QStringList{"measure", "-p",     project(),
                                                       "lose",    "--data", path("results/a_step100.json")}
                                        << 2;
    }

    void wrong_usage() {
        QFETCH(QStringList, arguments);
        QFETCH(int, code);
        const Result result = isoloss(arguments);
        QCOMPARE(result.code, code);
        QVERIFY2(!result.err.isEmpty(), "a failure must say why");
    }

    void import_again_adds_nothing() {
        const Result import = isoloss({"import", "-p", project(), path("results"), "--json"});
        QCOMPARE(import.code, 0);
        const QJsonObject report = QJsonDocument::fromJson(import.out.toUtf8()).object();
        for (const char* key : {"runs", "series", "points", "checkpoints", "values", "items"})
            QCOMPARE(report[QLatin1String(key)].toInt(-1), 0);
    }

    void query_as_csv() {
        const Result query = isoloss({"query", "-p", project(), "step = 100", "--of", "checkpoints", "--columns",
                                      "step,arc_easy/acc,wikitext/bits_per_byte", "--sort", "arc_easy/acc", "--csv"});
        QVERIFY2(query.code == 0, qPrintable(query.err));
        QCOMPARE(query.out, QStringLiteral("step,arc_easy/acc,wikitext/bits_per_byte\n100,0.25,1.5\n100,0.75,1\n"));
    }

    void query_as_json() {
        const Result query = isoloss({"query", "-p", project(), "--of", "runs", "--columns", "run", "--json"});
        QVERIFY2(query.code == 0, qPrintable(query.err));
        const QJsonArray rows = QJsonDocument::fromJson(query.out.toUtf8()).array();
        QCOMPARE(rows.size(), 2);
        QVERIFY(rows[0].toObject().contains("run"));
    }

    void query_by_sql() {
        const Result query = isoloss({"query", "-p", project(), "--sql", "SELECT count(*) AS n FROM value", "--csv"});
        QVERIFY2(query.code == 0, qPrintable(query.err));
        QCOMPARE(query.out, QStringLiteral("n\n6\n"));
        const Result view =
            isoloss({"query", "-p", project(), "--sql",
                     "SELECT count(DISTINCT run) AS runs, count(*) AS n FROM checkpoint_values", "--csv"});
        QVERIFY2(view.code == 0, qPrintable(view.err));
        QCOMPARE(view.out, QStringLiteral("runs,n\n2,6\n"));
        QVERIFY(isoloss({"query", "-p", project(), "--sql", "DELETE FROM value"}).code != 0);
        QCOMPARE(isoloss({"query", "-p", project(), "--sql", "SELECT count(*) AS n FROM value", "--csv"}).out,
                 QStringLiteral("n\n6\n"));
    }

#ifdef ISOLOSS_GUI
    void export_a_plane_data() {
        QTest::addColumn<QString>("ending");
        QTest::addColumn<QByteArray>("begins");
        QTest::newRow("svg") << "svg" << QByteArray("<?xml");
        QTest::newRow("pdf") << "pdf" << QByteArray("%PDF-");
        QTest::newRow("png") << "png" << QByteArray("\x89PNG");
        QTest::newRow("csv") << "csv" << QByteArray("#");
    }

    void export_a_plane() {
        QFETCH(QString, ending);
        QFETCH(QByteArray, begins);
        const QString output = path("plane." + ending);
        const Result done = isoloss({"export", "-p", project(), "--scatter", "wikitext/bits_per_byte", "mean(*/acc)",
                                     "--lines", "run", "--band", "1.2", "0.1", "-o", output});
        QVERIFY2(done.code == 0, qPrintable(done.err));
        QFile file(output);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray content = file.readAll();
        QVERIFY2(content.startsWith(begins), content.left(40).constData());
        QVERIFY(content.size() > 100);
    }

    void export_from_an_exported_figure() {
        const QString first = path("first.svg"), second = path("second.svg");
        QCOMPARE(isoloss({"export", "-p", project(), "--scatter", "step", "arc_easy/acc", "-o", first}).code, 0);
        QCOMPARE(isoloss({"export", "-p", project(), first, "-o", second}).code, 0);
        QFile a(first), b(second);
        QVERIFY(a.open(QIODevice::ReadOnly) && b.open(QIODevice::ReadOnly));
        QCOMPARE(a.readAll(), b.readAll());
    }

    void export_of_sizes_and_lines() {
        const QString output = path("sizes.csv");
        const Result done = isoloss({"export", "-p", project(), "--scatter", "wikitext/bits_per_byte", "arc_easy/acc",
                                     "--size", "step", "--mark-x", "the floor = bits=0.9", "--mark-x", "end=1e-1",
                                     "--mark-y", "chance=0.25", "-o", output});
        QVERIFY2(done.code == 0, qPrintable(done.err));
        QFile file(output);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QString csv = QString::fromUtf8(file.readAll());
        for (const char* words : {"\n# line at x = 0.9: the floor = bits\n", "\n# line at x = 0.1: end\n",
                                  "\n# line at y = 0.25: chance\n", "arc_easy/acc stderr,step\n"})
            QVERIFY2(csv.contains(QLatin1String(words)), words);
    }

    void export_faults() {
        for (const char* line : {"floor", "floor=", "floor=high", "floor=inf"})
            QCOMPARE(isoloss({"export", "-p", project(), "--scatter", "step", "arc_easy/acc", "--mark-x", line, "-o",
                              path("x.svg")})
                         .code,
                     2);
        QVERIFY(isoloss({"export", "-p", project(), "--scatter", "step", "nope/acc", "-o", path("x.svg")}).code != 0);
        QCOMPARE(isoloss({"export", "-p", project(), "-o", path("x.svg")}).code, 2);
        QVERIFY(!QFile::exists(path("x.svg")));
    }
#endif
};

QTEST_GUILESS_MAIN(CommandLineTest)
#include "tst_command_line.moc"
