#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <signal.h>

// isoloss-worker in a process of its own: what it prints, how it ends, and that it goes on after a kill.
class WorkerTest : public QObject {
    Q_OBJECT

    struct Result {
        int code = -1;
        QString out, err;
    };

    static Result run(const char* program, const QStringList& arguments) {
        QProcess process;
        process.start(QString::fromLocal8Bit(program), arguments);
        if (!process.waitForFinished(120000)) qFatal("the program did not end");
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
                QString::fromUtf8(process.readAllStandardOutput()), QString::fromUtf8(process.readAllStandardError())};
    }

    static Result isoloss(const QStringList& arguments) { return run(ISOLOSS_PROGRAM, arguments); }

    static Result worker(const QStringList& arguments) { return run(ISOLOSS_WORKER, arguments); }

    static void write(const QString& path, const QByteArray& content) {
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) qFatal("cannot write a fixture");
    }

    static QString real_model() {
        const QString data = qEnvironmentVariable("ISOLOSS_REAL_DATA");
        const QString folder = data + "/models/derived_stories260K_hf";
        return !data.isEmpty() && QDir(folder).exists() ? folder : QString();
    }

    /// The numbers of the values of a project.
    static QString values(const QString& project) {
        const Result result = isoloss({"query", "-p", project, "--sql",
                                       "SELECT quantity, printf('%!.17g', value), printf('%!.17g', standard_error), n "
                                       "FROM checkpoint_values ORDER BY quantity",
                                       "--csv"});
        return result.code == 0 ? result.out : result.err;
    }

private Q_SLOTS:

    void wrong_use_is_code_2_data() {
        QTest::addColumn<QStringList>("arguments");
        QTest::newRow("nothing") << QStringList{};
        QTest::newRow("both kinds of jobs") << QStringList{"-p", "a.isoloss", "jobs.json"};
        QTest::newRow("trust in nothing") << QStringList{"jobs.json", "--trust"};
        QTest::newRow("no threads") << QStringList{"jobs.json", "--threads", "0"};
    }

    void wrong_use_is_code_2() {
        QFETCH(QStringList, arguments);
        QCOMPARE(worker(arguments).code, 2);
    }

    void help_and_version() {
        QCOMPARE(worker({"--version"}).code, 0);
        const QString help = worker({"--help"}).out;
        QVERIFY(help.contains("--shard"));
        QVERIFY(help.contains("--trust"));
    }

    void no_qt_is_linked() {
        const Result libraries = run("/usr/bin/ldd", {ISOLOSS_WORKER});
        QCOMPARE(libraries.code, 0);
        QVERIFY2(!libraries.out.contains("libQt"), qPrintable(libraries.out));
    }

    void refused_files_are_code_3() {
        QTemporaryDir folder;
        write(folder.filePath("odd.json"), "{\"a\":1}");
        const Result result = worker({folder.filePath("odd.json"), "--json"});
        QCOMPARE(result.code, 3);
        QVERIFY2(result.err.contains("no job file"), qPrintable(result.err));
        QVERIFY(QJsonDocument::fromJson(result.out.toUtf8()).object().contains("error"));
    }

    void a_shard_of_other_jobs_is_not_written_over() {
        QTemporaryDir folder;
        write(folder.filePath("jobs.json"),
              "{\"isoloss_jobs\":1,\"jobs\":[{\"run\":{\"name\":\"r\",\"identities\":[[\"a\",\"b\"]]},"
              "\"checkpoint\":{\"attempt\":1},\"data\":{\"name\":\"d\",\"kind\":\"text\",\"hash\":\"h\"},\"metric\":"
              "\"loss\","
              "\"parameters\":{}}]}");
        write(folder.filePath("out.jsonl"), "mine\n");
        const Result result = worker({folder.filePath("jobs.json"), "--shard", folder.filePath("out.jsonl")});
        QCOMPARE(result.code, 3);
        QFile file(folder.filePath("out.jsonl"));
        QVERIFY(file.open(QIODevice::ReadOnly));
        QCOMPARE(file.readAll(), QByteArray("mine\n"));
    }

    void failing_jobs_are_code_1() {
        QTemporaryDir folder;
        write(folder.filePath("jobs.json"),
              "{\"isoloss_jobs\":1,\"jobs\":[{\"run\":{\"name\":\"r\",\"identities\":[[\"a\",\"b\"]]},"
              "\"checkpoint\":{\"attempt\":1},\"data\":{\"name\":\"d\",\"kind\":\"text\",\"path\":\"/nowhere/"
              "d.txt\",\"hash\":\"h\"},"
              "\"metric\":\"loss\",\"parameters\":{}}]}");
        const Result result = worker({folder.filePath("jobs.json")});
        QCOMPARE(result.code, 1);
        QVERIFY2(result.err.contains("/nowhere/d.txt"), qPrintable(result.err));
        QVERIFY(QFile::exists(folder.filePath("jobs.results.jsonl")));
    }

    // A TorchScript module is a program: its job waits for a word of trust, and the same command with it goes on.
    void nothing_runs_without_trust() {
        QTemporaryDir folder;
        QProcess oracle;
        oracle.start("/usr/bin/python3", {QStringLiteral(ISOLOSS_ORACLE_DIR "/scripts.py"), folder.path()});
        if (!oracle.waitForFinished(120000) || oracle.exitCode() != 0) QSKIP("there is no /usr/bin/python3 with torch");
        const QString model = folder.filePath("language"), jobs = folder.filePath("jobs.json");
        write(model + "/tokenizer.json", R"({"version": "1.0", "pre_tokenizer": {"type": "Whitespace"}, "model":
            {"type": "WordLevel", "vocab": {"u": 0, "a": 1, "b": 2}, "unk_token": "u"}})");
        write(folder.filePath("text.txt"), "a b a a b u b a b b a a");
        const Result planned = isoloss({"measure", "-p", folder.filePath("p.isoloss"), "loss", "--checkpoints", model,
                                        "--data", folder.filePath("text.txt"), "--bos", "no", "--write-jobs", jobs});
        QVERIFY2(planned.code == 0, qPrintable(planned.err));

        QFile module(model + "/model.pt");
        QVERIFY(module.open(QIODevice::ReadOnly));
        const QString hash = QCryptographicHash::hash(module.readAll(), QCryptographicHash::Sha256).toHex();
        for (const QStringList& trust : {QStringList{}, QStringList{"--trust", QString(64, '0')}}) {
            const Result refused = worker(trust + QStringList{jobs});
            QCOMPARE(refused.code, 1);
            QVERIFY2(refused.err.contains("--trust " + hash), qPrintable(refused.err));
        }
        const Result trusted = worker({"--trust", QString(64, '0'), "--trust", hash, jobs});
        QVERIFY2(trusted.code == 0, qPrintable(trusted.err));
        QVERIFY(trusted.out.contains("1 of 1"));
    }

    void a_real_model_is_measured_elsewhere_to_the_same_bits() {
        if (real_model().isEmpty()) QSKIP("ISOLOSS_REAL_DATA is not set");
        QTemporaryDir folder;
        QByteArray text;
        for (int i = 0; i < 400; ++i)
            text += "Once upon a time, there was a little girl number " + QByteArray::number(i) + ".\n";
        write(folder.filePath("story.txt"), text);
        const QString here = folder.filePath("here.isoloss"), there = folder.filePath("there.isoloss");
        const QStringList what{"loss",
                               "bits_per_byte",
                               "fisher_trace",
                               "--checkpoints",
                               real_model(),
                               "--data",
                               folder.filePath("story.txt"),
                               "--limit",
                               "3000"};
        const Result direct = isoloss(QStringList{"measure", "-p", here} + what);
        QVERIFY2(direct.code == 0, qPrintable(direct.err));

        const QString jobs = folder.filePath("jobs.json"), shard = folder.filePath("shard.jsonl");
        const Result planned = isoloss(QStringList{"measure", "-p", there, "--write-jobs", jobs} + what);
        QVERIFY2(planned.code == 0, qPrintable(planned.err));
        // Killed again and again, each time a little later.
        for (int milliseconds = 200; milliseconds < 1000 && !QFile::exists(shard); milliseconds += 200) {
            QProcess process;
            process.start(QStringLiteral(ISOLOSS_WORKER), {jobs, "--shard", shard});
            QVERIFY(process.waitForStarted());
            QTest::qWait(milliseconds);
            process.kill();
            QVERIFY(process.waitForFinished(60000));
        }
        const Result worked = worker({jobs, "--shard", shard});
        QVERIFY2(worked.code == 0, qPrintable(worked.err));
        QVERIFY(!QFile::exists(shard + ".work.isoloss"));
        QCOMPARE(worker({jobs, "--shard", shard}).code, 0); // complete already
        const Result imported = isoloss({"import", "-p", there, shard, "--json"});
        QVERIFY2(imported.code == 0, qPrintable(imported.err));
        QCOMPARE(QJsonDocument::fromJson(imported.out.toUtf8()).object()["values"].toInt(), 3);
        QCOMPARE(values(there), values(here));
        const Result again = isoloss({"import", "-p", there, shard, "--json"});
        QCOMPARE(QJsonDocument::fromJson(again.out.toUtf8()).object()["values"].toInt(), 0);
    }
};

QTEST_GUILESS_MAIN(WorkerTest)
#include "tst_worker.moc"
