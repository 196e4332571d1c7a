#include <QCryptographicHash>
#include <QDirIterator>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

// The quick demo suite through the program: made, measured, looked at; killed and gone on with.
class DemoTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    QJsonObject found_;

    static constexpr int longest_ms = 400'000;

    static QProcessEnvironment environment() {
        QProcessEnvironment variables = QProcessEnvironment::systemEnvironment();
        variables.insert("QT_QPA_PLATFORM", "offscreen");
        return variables;
    }

    static QByteArray isoloss(const QStringList& arguments, int code = 0) {
        QProcess process;
        process.setProcessEnvironment(environment());
        process.start(QStringLiteral(ISOLOSS_PROGRAM), arguments);
        if (!process.waitForFinished(longest_ms)) qFatal("the program did not end");
        if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != code) {
            qWarning("%s", process.readAllStandardError().constData());
            return {};
        }
        return process.readAllStandardOutput();
    }

    /// Relative names and hashes of the files that the suite made (the project holds times).
    static QMap<QString, QByteArray> made_files(const QString& folder) {
        QMap<QString, QByteArray> files;
        QDirIterator all(folder, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
        while (all.hasNext()) {
            const QString name = QDir(folder).relativeFilePath(all.next());
            if (name.startsWith(QStringLiteral("demo.isoloss"))) continue;
            QFile file(all.filePath());
            if (!file.open(QIODevice::ReadOnly)) qFatal("a file of the suite cannot be read");
            files[name] = QCryptographicHash::hash(file.readAll(), QCryptographicHash::Sha256);
        }
        return files;
    }

    /// What the language's knower loses on the very sentences that the losses are measured on.
    double held_out_floor() const { return found_["held_out_floor"].toObject()["value"].toDouble(); }

    /// More than the standard error of a loss difference on these sentences.
    static constexpr double paired_error = .003;

    QString suite() const { return folder_.filePath("suite"); }

    QString project() const { return suite() + "/demo.isoloss"; }

private Q_SLOTS:

    void initTestCase() {
        const QByteArray out = isoloss({"demo", suite(), "--quick", "--json"});
        QVERIFY(!out.isEmpty());
        // Four measurements of five checkpoints of six runs, none of them undefined.
        const QByteArray undefined = isoloss({"query", "-p", project(), "--sql",
                                              "SELECT count(*) FROM value WHERE status = 'ok' AND value IS NOT NULL"});
        QVERIFY2(undefined.contains("120"), undefined.constData());
        found_ = QJsonDocument::fromJson(out).object()["languages"].toArray().at(0).toObject();
    }

    // What holds whatever the training finds: no model below the floor, no probe above what can be known.
    void results_are_possible() {
        QCOMPARE(found_["language"].toString(), "grammar");
        const double floor = held_out_floor(), best = found_["best_probe"].toDouble();
        QVERIFY(floor > 1 && floor < std::log(8));
        const QJsonObject sampled = found_["held_out_floor"].toObject();
        QVERIFY(std::abs(floor - found_["floor"].toDouble()) < 4 * sampled["stderr"].toDouble());
        const QJsonArray arms = found_["arms"].toArray();
        QCOMPARE(arms.size(), 3);
        for (const auto& entry : arms) {
            const QJsonObject arm = entry.toObject();
            QCOMPARE(arm["runs"].toInt(), 2);
            const QJsonObject loss = arm["loss"].toObject();
            QVERIFY(loss["value"].toDouble() > floor - 3 * paired_error);
            QVERIFY2(loss["value"].toDouble() < floor + .2, qPrintable(arm["arm"].toString()));
            QVERIFY(arm["probe"].toObject()["value"].toDouble() < best + .03);
            QVERIFY(arm["probe"].toObject()["value"].toDouble() > .4);
            for (const char* trace : {"fisher", "hessian"})
                QVERIFY(arm[QLatin1String(trace)].toObject()["value"].toDouble() > 0);
        }
    }

    // Paired on the same masked tokens, no single checkpoint is better than the language allows.
    void no_checkpoint_is_below_the_floor() {
        const QByteArray csv = isoloss({"query", "-p", project(), "--of", "checkpoints", "--columns",
                                        "run,step,mlm_loss[grammar],linear_probe_accuracy[grammar_labels],fisher_trace["
                                        "grammar],hessian_trace[grammar],config.algorithm",
                                        "--json"});
        const QJsonArray rows = QJsonDocument::fromJson(csv).array();
        QCOMPARE(rows.size(), 30);
        QSet<QString> algorithms;
        for (const auto& entry : rows) {
            const QJsonObject row = entry.toObject();
            QVERIFY(row["mlm_loss[grammar]"].toDouble() > held_out_floor() - 3 * paired_error);
            for (const char* key : {"linear_probe_accuracy[grammar_labels]", "fisher_trace[grammar]"})
                QVERIFY(row[QLatin1String(key)].toDouble() > 0);
            QVERIFY(row["hessian_trace[grammar]"].isDouble());
            algorithms.insert(row["config.algorithm"].toString());
        }
        QCOMPARE(algorithms, (QSet<QString>{"AdamW", "AdamW against a probe", "SGD"}));
    }

    void pairs_have_equal_loss() {
        const QJsonArray pairs = found_["pairs"].toArray();
        QVERIFY(!pairs.isEmpty());
        for (const auto& entry : pairs) {
            const QJsonObject pair = entry.toObject();
            QVERIFY(std::abs(pair["loss"].toObject()["value"].toDouble()) <= .01);
            for (const char* difference : {"loss", "probe", "fisher"})
                QVERIFY2(pair[QLatin1String(difference)].toObject()["stderr"].toDouble() > 0, difference);
        }
    }

    void curves_come_from_the_event_files() {
        const QByteArray csv =
            isoloss({"query", "-p", project(), "--of", "runs", "--columns", "run,algorithm,width,seed", "--json"});
        QCOMPARE(QJsonDocument::fromJson(csv).array().size(), 6);
        const QString figure = folder_.filePath("curves.svg");
        QVERIFY(!isoloss({"export", "-p", project(), "--curves", "val/loss", "train/grad_norm", "train/learning_rate",
                          "-o", figure})
                     .isEmpty());
        QVERIFY(QFileInfo(figure).size() > 5000);
    }

    void the_view_draws_the_plane_with_the_floor() {
        const QString figure = folder_.filePath("plane.svg");
        QVERIFY(!isoloss({"export", "-p", project(), "Grammar: probe accuracy at equal loss", "-o", figure}).isEmpty());
        QFile file(figure);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray svg = file.readAll();
        for (const char* text : {"entropy floor", "AdamW against a probe", "SGD"})
            QVERIFY2(svg.contains(text), text);
        const QByteArray views =
            isoloss({"query", "-p", project(), "--sql", "SELECT value FROM property WHERE name = 'start_view'"});
        QVERIFY(views.contains("Grammar: probe accuracy at equal loss"));
    }

    // Nothing is left to do, so nothing is done and the same is found.
    void made_again_it_finds_the_same() {
        const auto before = made_files(suite());
        const QByteArray out = isoloss({"demo", suite(), "--quick", "--json"});
        QCOMPARE(QJsonDocument::fromJson(out).object()["languages"].toArray().at(0).toObject(), found_);
        QCOMPARE(made_files(suite()), before);
        isoloss({"demo", suite(), "--quick", "--seed", "1"}, 2);
        isoloss({"demo", suite()}, 2);
        QCOMPARE(made_files(suite()), before);
    }

    // Runs are known by their place: a moved suite is not imported a second time beside itself.
    void moved_it_is_refused() {
        const QString moved = folder_.filePath("moved");
        QVERIFY(QDir().rename(suite(), moved));
        isoloss({"demo", moved, "--quick"}, 2);
        QVERIFY(QDir().rename(moved, suite()));
        const QByteArray runs = isoloss({"query", "-p", project(), "--of", "runs", "--json"});
        QCOMPARE(QJsonDocument::fromJson(runs).array().size(), 6);
    }

    // kill −9 in the middle of the training: the next start goes on, and every file is as if nothing had happened.
    void killed_and_gone_on_with() {
        const QString folder = folder_.filePath("killed");
        QProcess process;
        process.setProcessEnvironment(environment());
        process.start(QStringLiteral(ISOLOSS_PROGRAM), {"demo", folder, "--quick", "--leave-queued", "--quiet"});
        QVERIFY(process.waitForStarted());
        QElapsedTimer timer;
        timer.start();
        const auto finished_runs = [&] {
            return QDir(folder + "/runs/grammar").entryList(QDir::Dirs | QDir::NoDotAndDotDot).size();
        };
        while (finished_runs() == 0 && timer.elapsed() < longest_ms)
            QTest::qWait(20);
        process.kill();
        process.waitForFinished();
        QCOMPARE(process.exitStatus(), QProcess::CrashExit);
        QVERIFY(finished_runs() < 6);
        const QByteArray out = isoloss({"demo", folder, "--quick", "--leave-queued", "--json"});
        QCOMPARE(QJsonDocument::fromJson(out).object()["queued"].toInt(), 6 * 5 * 4);
        QCOMPARE(made_files(folder), made_files(suite()));
        // Until losses are measured the band lies where the logged ones meet.
        const QByteArray view =
            isoloss({"query", "-p", folder + "/demo.isoloss", "--sql",
                     "SELECT body ->> '$.band.centre' FROM view WHERE name LIKE 'Grammar%'", "--json"});
        const QJsonValue centre = QJsonDocument::fromJson(view).array().at(0).toObject().begin().value();
        const double logged = centre.isString() ? centre.toString().toDouble() : centre.toDouble();
        const double measured = found_["equal_loss"].toArray().at(0).toObject()["loss"].toDouble();
        QVERIFY2(std::abs(logged - measured) < .05, view.constData());
    }
};

QTEST_GUILESS_MAIN(DemoTest)
#include "tst_demo.moc"
