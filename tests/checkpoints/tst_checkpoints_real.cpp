#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/checkpoints/safetensors.h"

#include <QTest>

using namespace isoloss;

class CheckpointsRealTest : public QObject {
    Q_OBJECT

    std::filesystem::path data_;

private Q_SLOTS:

    void initTestCase() {
        const QByteArray folder = qgetenv("ISOLOSS_REAL_DATA");
        if (folder.isEmpty()) QSKIP("ISOLOSS_REAL_DATA does not name the folder with real files");
        data_ = folder.toStdString();
    }

    // Counts: sums over the JSON headers, computed with python's json module.
    void folders_data() {
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("model_type");
        QTest::addColumn<qint64>("parameters");
        QTest::newRow("stories") << "models/derived_stories260K_hf"
                                 << "llama" << qint64(260032);
        QTest::newRow("fake") << "models/hf_layout/fake_gpt2"
                              << "gpt2" << qint64(102640);
        QTest::newRow("tiny") << "models/hf_layout/tiny_gpt2"
                              << "gpt2" << qint64(2168);
    }

    void folders() {
        QFETCH(QString, folder);
        QFETCH(QString, model_type);
        QFETCH(qint64, parameters);
        const auto found = read_checkpoint_folder(data_ / folder.toStdString());
        QVERIFY2(found, found ? "" : found.error().text().c_str());
        QCOMPARE(QString::fromStdString(found->model_type), model_type);
        QCOMPARE(*found->parameter_count, parameters);
        QVERIFY(!found->step);
        const auto architecture = read_architecture(data_ / folder.toStdString() / "config.json");
        QVERIFY2(architecture, architecture ? "" : architecture.error().text().c_str());
        QVERIFY(checkpoint_content_hash(data_ / folder.toStdString()));
    }

    void samples() {
        int files = 0;
        for (const auto& entry : std::filesystem::directory_iterator(data_ / "models/safetensors_samples/samples")) {
            if (entry.path().extension() != ".safetensors") continue;
            ++files;
            const auto source = SafetensorsSource::open_file(entry.path());
            QVERIFY2(source, source ? "" : source.error().text().c_str());
            QVERIFY(!source->tensors().empty());
        }
        QVERIFY(files >= 6);
        QVERIFY(SafetensorsSource::open_file(
            data_ / "models/torch_pickle_fixtures/candle-examples/examples/whisper/mel_filters.safetensors"));
    }

    void pickles_are_refused() {
        for (const char* name : {"config.pt", "tests/test.pt", "tests/test.npz", "tests/test.npy"}) {
            const auto source = SafetensorsSource::open_file(data_ / "models/torch_pickle_fixtures/candle-core" / name);
            QVERIFY(!source);
            QVERIFY(!source.error().reason.empty() && !source.error().remedy.empty());
        }
    }
};

QTEST_APPLESS_MAIN(CheckpointsRealTest)
#include "tst_checkpoints_real.moc"
