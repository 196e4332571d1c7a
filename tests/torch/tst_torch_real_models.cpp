#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/checkpoints/safetensors.h"
#include "engine/inference/script_archive.h"
#include "engine/inference/text_metrics.h"
#include "engine/inference/windows.h"
#include "tests/torch/torch_fixture.h"

#include <QFile>
#include <numeric>

using namespace isoloss;
using namespace isoloss::test;

// Expected values: an independent numpy forward pass in float64, written from the definitions, on the same files.
class TorchRealModelsTest : public QObject {
    Q_OBJECT

private:
    std::filesystem::path data(const char* path) const { return root_ / path; }

    std::unique_ptr<Model> model(const char* folder) const {
        const auto architecture = read_architecture(data(folder) / "config.json");
        const auto tensors = SafetensorsSource::open_folder(data(folder));
        if (!architecture || !tensors) return nullptr;
        auto loaded = cpu_backend()->load(*architecture, *tensors, on_cpu());
        return loaded ? std::move(*loaded) : nullptr;
    }

    std::string shakespeare_text(qint64 bytes) const {
        QFile file(QString::fromStdString(data("text/tinyshakespeare/data/tinyshakespeare/input.txt").string()));
        return file.open(QIODevice::ReadOnly) ? file.read(bytes).toStdString() : std::string();
    }

    /// ln p of every token in disjoint windows of 512 that begin with BOS; empty when something fails.
    std::vector<double> windowed_log_probs(const char* folder, const std::vector<std::int32_t>& tokens) const {
        const auto plan = plan_windows(tokens, {.max_length = 512, .stride = 0, .bos = 1});
        const auto loaded = model(folder);
        if (!plan || !loaded) return {};
        const auto scores = loaded->score(plan->items, {}, {});
        if (!scores) return {};
        std::vector<double> log_probs;
        for (const ItemScores& window : *scores)
            log_probs.insert(log_probs.end(), window.at(0).log_probs.begin(), window.at(0).log_probs.end());
        return log_probs;
    }

    std::filesystem::path root_;

private Q_SLOTS:

    void initTestCase() {
        const QByteArray root = qgetenv("ISOLOSS_REAL_DATA");
        if (root.isEmpty()) QSKIP("ISOLOSS_REAL_DATA does not name the folder of real files");
        root_ = root.toStdString();
    }

    void story() {
        // "Once upon a time, there was a little girl named Lily. She loved to play outside in the park. One day, she
        // saw a big, red ball. She wanted to play with it, but it was too high." after BOS, by a BPE of tokenizer.json
        // in python.
        const std::vector<std::int32_t> tokens{
            1,   403, 407, 261, 378, 432, 383, 286, 261, 376, 298, 315, 421, 395, 317, 426, 338, 401, 396, 267, 337,
            410, 408, 419, 292, 411, 322, 265, 282, 295, 433, 426, 385, 328, 432, 358, 394, 261, 370, 432, 352, 266,
            268, 388, 426, 338, 391, 266, 267, 337, 335, 312, 432, 398, 312, 286, 267, 414, 270, 333, 415, 426};
        const std::vector<double> expected{
            -0.2437434,    -0.0175127,    -0.01211039,  -0.0007238589, -0.03170285,   -0.0684235,   -0.01595488,
            -0.0007841518, -0.4939787,    -0.4458666,   -0.004891009,  -0.0006584953, -0.01878889,  -0.07659969,
            -0.07032103,   -0.1034181,    -0.2327616,   -0.0004192724, -0.08269704,   -0.5321353,   -0.8919505,
            -0.001983422,  -0.0003183765, -4.41575e-05, -0.0001544479, -0.4068575,    -0.1775429,   -0.9882421,
            -0.03313528,   -0.001357344,  -0.6359428,   -0.06713699,   -0.01304283,   -0.004421135, -0.3691478,
            -1.120205,     -0.04936723,   -1.28451,     -1.514919,     -1.641519,     -0.5055326,   -0.5631154,
            -0.2295747,    -1.306873,     -0.8152946,   -1.019065,     -0.0003967541, -0.02542035,  -1.646101,
            -0.3519449,    -0.2461974,    -0.7604049,   -0.1549228,    -1.076118,     -0.2303777,   -0.3861115,
            -0.001056515,  -1.134362,     -0.5128366,   -0.0125938,    -0.8964883};
        const auto loaded = model("models/derived_stories260K_hf");
        QVERIFY(loaded);
        const auto log_probs = sequence_log_probs(*loaded, tokens);
        QVERIFY(log_probs);
        QVERIFY(largest_difference(*log_probs, expected) < 1e-5);
        DocumentScore document;
        document.add(*log_probs);
        const TextMetrics metrics = text_metrics(std::vector{document});
        QVERIFY(std::abs(*metrics.loss.value - .385738979) < 1e-5);
    }

    void shakespeare_bytes() {
        // The first 2,000 bytes as byte tokens (id = byte + 3), disjoint windows of 512 with BOS: the sum and every
        // 250th value.
        std::vector<std::int32_t> tokens;
        for (const char byte : shakespeare_text(2000))
            tokens.push_back(static_cast<unsigned char>(byte) + 3);
        const auto log_probs = windowed_log_probs("models/derived_stories260K_hf", tokens);
        QCOMPARE(log_probs.size(), 2000u);
        const std::vector<double> expected{-23.490013765, -4.66302564,   -25.073753912, -25.628347672,
                                           -21.388784189, -25.814721904, -25.498283018, -8.230356151};
        std::vector<double> sampled;
        for (std::size_t i = 0; i < log_probs.size(); i += 250)
            sampled.push_back(log_probs[i]);
        QVERIFY(largest_difference(sampled, expected) < 1e-4);
        const double sum = std::accumulate(log_probs.begin(), log_probs.end(), 0.0);
        QVERIFY(std::abs(sum + 49921.244477171254) / 2000 < 1e-5);
    }

    void gpt2_data() {
        QTest::addColumn<QByteArray>("folder");
        QTest::addColumn<int>("vocabulary");
        QTest::addColumn<double>("sum");
        QTest::addColumn<std::vector<double>>("sampled");
        // Token i of 300 is (7·i² + 3·i + 1) mod vocabulary; the sum, every 50th value and the last.
        QTest::newRow("tiny_gpt2") << QByteArray("models/hf_layout/tiny_gpt2") << 21 << -909.824551078086
                                   << std::vector{-3.054622669, -3.065243461, -2.995365878, -3.067126782,
                                                  -3.006921061, -3.05488757,  -2.996843495};
        QTest::newRow("fake_gpt2") << QByteArray("models/hf_layout/fake_gpt2") << 50257 << -3236.7457762230356
                                   << std::vector{-10.847699767, -10.827847769, -10.841832762, -10.776525685,
                                                  -10.849590309, -10.844276609, -10.854826381};
    }

    void gpt2() {
        QFETCH(QByteArray, folder);
        QFETCH(int, vocabulary);
        QFETCH(double, sum);
        QFETCH(std::vector<double>, sampled);
        std::vector<std::int32_t> tokens;
        for (int i = 0; i < 300; ++i)
            tokens.push_back((7 * i * i + 3 * i + 1) % vocabulary);
        const auto loaded = model(folder.constData());
        QVERIFY(loaded);
        const auto log_probs = sequence_log_probs(*loaded, tokens);
        QVERIFY(log_probs);
        QVERIFY(std::abs(std::accumulate(log_probs->begin(), log_probs->end(), 0.0) - sum) / 299 < 1e-5);
        std::vector<double> some;
        for (std::size_t i = 0; i < log_probs->size(); i += 50)
            some.push_back((*log_probs)[i]);
        some.push_back(log_probs->back());
        QVERIFY(largest_difference(some, sampled) < 1e-5);
    }

    // The two layouts of other programs' modules: none of these is a model, and each says why. Nothing of them runs
    // before it is trusted.
    void modules_data() {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("words");
        QTest::newRow("with tensors") << "foo.pt"
                                      << "takes 2 inputs";
        QTest::newRow("without tensors") << "foo1.pt"
                                         << "takes 2 inputs";
        QTest::newRow("returns another shape") << "foo3.pt"
                                               << "gives [1]";
        QTest::newRow("takes strings") << "foo5.pt"
                                       << "method forward";
    }

    void modules() {
        QFETCH(QString, file);
        QFETCH(QString, words);
        const std::filesystem::path path = data("models/torchscript_tch_rs") / file.toStdString();
        const auto archive = read_script_archive(path);
        QVERIFY2(archive, archive ? "" : archive.error().text().c_str());
        Architecture architecture;
        architecture.family = ModelFamily::script;
        architecture.vocabulary = 10;
        architecture.positions = 16;
        architecture.layers = architecture.heads = 1;
        LoadOptions options = on_cpu();
        QCOMPARE(cpu_backend()->load_script(architecture, path, options).error().kind, ErrorKind::untrusted);
        options.trusted = {archive->hash};
        const auto module = cpu_backend()->load_script(architecture, path, options);
        QVERIFY(!module);
        QCOMPARE(module.error().kind, ErrorKind::unsupported);
        QVERIFY2(module.error().text().find(words.toStdString()) != std::string::npos, module.error().text().c_str());
    }

    void pickles_are_never_opened() {
        for (const char* file : {"config.pt", "tests/test.pt"}) {
            const auto archive = read_script_archive(data("models/torch_pickle_fixtures/candle-core") / file);
            QVERIFY(!archive);
            QCOMPARE(archive.error().kind, ErrorKind::untrusted);
            QVERIFY(archive.error().remedy.find("safetensors") != std::string::npos);
        }
    }
};

QTEST_APPLESS_MAIN(TorchRealModelsTest)
#include "tst_torch_real_models.moc"
