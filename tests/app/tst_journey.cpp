#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>

// Journeys of a researcher on real files, through the program itself: import, measure, read. The expected losses were
// computed from the same weights with an independent python3-torch forward pass (plain matrix products in float32,
// log-softmax in double) and an independent byte-pair encoder.
class JourneyTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;
    QString data_;

    struct Result {
        int code = -1;
        QByteArray out;
        QByteArray err;
    };

    static Result isoloss(const QStringList& arguments) {
        QProcess process;
        process.start(QStringLiteral(ISOLOSS_PROGRAM), arguments);
        if (!process.waitForFinished(110000)) qFatal("the program did not end");
        return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, process.readAllStandardOutput(),
                process.readAllStandardError()};
    }

    QString text_file(const QString& name, const QByteArray& content) const {
        QFile file(folder_.filePath(name));
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) qFatal("cannot write a fixture");
        return file.fileName();
    }

private Q_SLOTS:

    void initTestCase() {
        data_ = qEnvironmentVariable("ISOLOSS_REAL_DATA");
        if (data_.isEmpty()) QSKIP("ISOLOSS_REAL_DATA does not name the folder of real files");
    }

    void loss_equals_an_independent_computation_data() {
        QTest::addColumn<QString>("model");
        QTest::addColumn<int>("characters"); ///< of Tiny Shakespeare; 0: the story
        QTest::addColumn<double>("loss");
        QTest::addColumn<int>("tokens");
        QTest::newRow("Llama, story") << "models/derived_stories260K_hf" << 0 << 0.32409966781324945 << 44;
        QTest::newRow("GPT-2 with 21 tokens, story") << "models/hf_layout/tiny_gpt2" << 0 << 3.039185759372922 << 121;
        QTest::newRow("GPT-2, story") << "models/hf_layout/fake_gpt2" << 0 << 10.820261847360829 << 32;
        QTest::newRow("GPT-2, several windows") << "models/hf_layout/fake_gpt2" << 20000 << 10.825345290305307 << 6046;
    }

    void loss_equals_an_independent_computation() {
        QFETCH(QString, model);
        QFETCH(int, characters);
        QFETCH(double, loss);
        QFETCH(int, tokens);
        QByteArray text =
            "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. "
            "One day, she saw a big, red ball.";
        if (characters > 0) {
            QFile shakespeare(data_ + "/text/tinyshakespeare/data/tinyshakespeare/input.txt");
            QVERIFY(shakespeare.open(QIODevice::ReadOnly));
            text = shakespeare.read(characters);
        }
        const QString file = text_file(characters > 0 ? "shakespeare.txt" : "story.txt", text);
        const Result measured =
            isoloss({"measure", "-p", folder_.filePath("journey.isoloss"), "loss", "perplexity", "bits_per_byte",
                     "--checkpoints", data_ + '/' + model, "--data", file, "--device", "cpu", "--json"});
        QVERIFY2(measured.code == 0, measured.err.constData());
        QHash<QString, QJsonObject> values;
        for (const QByteArray& line : measured.out.trimmed().split('\n')) {
            const QJsonObject value = QJsonDocument::fromJson(line).object();
            values.insert(value["quantity"].toString().section('[', 0, 0), value);
        }
        QCOMPARE(values.size(), 3);
        QCOMPARE(values["loss"]["n"].toInt(), tokens);
        const double measured_loss = values["loss"]["value"].toDouble();
        QVERIFY2(std::abs(measured_loss - loss) < 1e-4, qPrintable(QString::number(measured_loss, 'g', 10)));
        QVERIFY(std::abs(values["perplexity"]["value"].toDouble() - std::exp(loss)) < 1e-4 * std::exp(loss));
        QVERIFY(values["loss"]["stderr"].toDouble() > 0);
        const QJsonObject provenance = values["loss"]["provenance"].toObject();
        for (const char* key : {"data_hash", "device", "dtype", "tokenizer"})
            QVERIFY2(provenance.contains(QLatin1String(key)), key);

        // Asked again, nothing is computed twice and the same numbers come out.
        const Result again = isoloss({"measure", "-p", folder_.filePath("journey.isoloss"), "loss", "--checkpoints",
                                      data_ + '/' + model, "--data", file, "--device", "cpu", "--json"});
        QCOMPARE(again.code, 0);
        QCOMPARE(QJsonDocument::fromJson(again.out.trimmed()).object()["value"].toDouble(), measured_loss);
    }

    // 570 four-way questions: a 260-thousand-parameter story model is near chance, and never outside what chance allows
    // by much (0.25 ± 0.08 is more than four standard errors).
    void a_task_is_scored_near_chance() {
        const Result measured = isoloss({"measure", "-p", folder_.filePath("journey.isoloss"), "acc", "acc_norm",
                                         "--checkpoints", data_ + "/models/derived_stories260K_hf", "--data",
                                         data_ + "/tasks/olmo_oe_eval_requests/arc_easy/rc_0shot/requests.jsonl.gz",
                                         "--device", "cpu", "--json"});
        QVERIFY2(measured.code == 0, measured.err.constData());
        const auto lines = measured.out.trimmed().split('\n');
        QCOMPARE(lines.size(), 2);
        for (const QByteArray& line : lines) {
            const QJsonObject value = QJsonDocument::fromJson(line).object();
            QCOMPARE(value["n"].toInt(), 570);
            QVERIFY2(std::abs(value["value"].toDouble() - 0.25) < 0.08, line.constData());
        }
        const Result items = isoloss({"query", "-p", folder_.filePath("journey.isoloss"), "--of", "items", "--csv"});
        QCOMPARE(items.code, 0);
        QVERIFY(items.out.count('\n') > 570);
    }
};

QTEST_GUILESS_MAIN(JourneyTest)
#include "tst_journey.moc"
