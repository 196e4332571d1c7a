#include "tests/torch/expected_images.h"

using namespace isoloss;
using namespace isoloss::test;

namespace {

std::vector<std::int64_t> layers_from(std::int64_t first, const Model& model) {
    std::vector<std::int64_t> layers;
    for (std::int64_t layer = first; layer <= model.architecture().layers; ++layer)
        layers.push_back(layer);
    return layers;
}

} // namespace

// Masked-token encoders and image classifiers, from config.json and model.safetensors on, against reference models in
// float64 that python makes and computes by definitions of its own (tests/torch/oracle/encoders.py).
class TorchEncodersTest : public QObject {
    Q_OBJECT

    OracleModels models_;

private Q_SLOTS:

    void initTestCase() {
        if (!models_.make("encoders.py")) QSKIP(models_.reason);
    }

    void masked_data() { models_.add_rows("masked"); }

    void masked() {
        QFETCH(QString, name);
        const auto model = models_.load(name);
        QVERIFY2(model, model ? "" : model.error().text().c_str());
        const QJsonObject expected = models_.expected(name);
        const auto tokens = ids(expected["tokens"]);
        const auto rows = masked_rows({tokens}, expected["mask"].toInt());
        const auto log_probs = (*model)->score_rows(rows, {}, {});
        QVERIFY2(log_probs, log_probs ? "" : log_probs.error().text().c_str());
        std::vector<double> flat;
        for (const auto& row : *log_probs)
            flat.push_back(row.at(0));
        QVERIFY2(largest_difference(flat, doubles(expected["log_probs"])) < 1e-5, QTest::toString(flat));

        // A shorter sequence beside it is padded, which nobody sees.
        const QJsonArray states = expected["hidden"].toArray(), maps = expected["attention"].toArray();
        const std::vector sequences{std::vector<std::int32_t>{3, 9}, tokens};
        qsizetype seen = 0;
        const auto each_state = [&](const LayerStates& layer) -> Expected<void> {
            seen += layer.input == 1 && largest_difference(as_doubles(layer.values),
                                                           doubles(states[static_cast<qsizetype>(layer.layer)])) < 1e-5;
            return {};
        };
        QVERIFY((*model)->hidden_states(sequences, {.layers = layers_from(0, **model)}, each_state, {}, {}));
        QCOMPARE(seen, states.size());
        const auto each_map = [&](const AttentionMaps& layer) -> Expected<void> {
            seen -=
                layer.input == 1 && largest_difference(as_doubles(layer.values),
                                                       doubles(maps[static_cast<qsizetype>(layer.layer) - 1])) < 1e-5;
            return {};
        };
        QVERIFY((*model)->attention_maps(sequences, layers_from(1, **model), each_map, {}, {}));
        QCOMPARE(seen, states.size() - maps.size());

        const QJsonObject gradients = expected["gradient"].toObject();
        QStringList wrong;
        const auto each_gradient = [&](const ParameterGradient& gradient) -> Expected<void> {
            const QString parameter = QString::fromStdString(std::string(gradient.name));
            if (largest_difference(as_doubles(gradient.values), doubles(gradients[parameter])) > 2e-5)
                wrong << parameter;
            ++seen;
            return {};
        };
        const auto loss = (*model)->loss_gradient(rows, each_gradient, {}, {});
        QVERIFY2(loss, loss ? "" : loss.error().text().c_str());
        QVERIFY(std::abs(*loss - expected["loss"].toDouble()) < 1e-5);
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(' ')));
        QCOMPARE(seen, states.size() - maps.size() + gradients.size());
    }

    void images_data() { models_.add_rows("images"); }

    void images() {
        QFETCH(QString, name);
        const auto model = models_.load(name);
        QVERIFY2(model, model ? "" : model.error().text().c_str());
        const QJsonObject expected = models_.expected(name);
        const ExpectedImages images(expected["images"].toArray());
        std::uint64_t told = 0;
        const auto logits = (*model)->class_logits(images, {}, [&](std::uint64_t done) { told = done; });
        QVERIFY2(logits, logits ? "" : logits.error().text().c_str());
        QVERIFY2(largest_difference(as_doubles(*logits), doubles(expected["logits"])) < 1e-5,
                 QTest::toString(as_doubles(*logits)));
        QCOMPARE(told, images.count());

        const QJsonArray states = expected["hidden"].toArray(), maps = expected["attention"].toArray();
        qsizetype seen = 0;
        const auto each_state = [&](const LayerStates& layer) -> Expected<void> {
            const QJsonArray of_image = states[static_cast<qsizetype>(layer.input)].toArray();
            seen += largest_difference(as_doubles(layer.values),
                                       doubles(of_image[static_cast<qsizetype>(layer.layer)])) < 1e-5;
            return {};
        };
        QVERIFY((*model)->hidden_states(std::cref(static_cast<const ImageSource&>(images)),
                                        {.layers = layers_from(0, **model)}, each_state, {}, {}));
        QCOMPARE(seen, 3 * states[0].toArray().size());
        const auto each_map = [&](const AttentionMaps& layer) -> Expected<void> {
            const QJsonArray of_image = maps[static_cast<qsizetype>(layer.input)].toArray();
            seen -= largest_difference(as_doubles(layer.values),
                                       doubles(of_image[static_cast<qsizetype>(layer.layer) - 1])) < 1e-5;
            return {};
        };
        QVERIFY((*model)->attention_maps(std::cref(static_cast<const ImageSource&>(images)), layers_from(1, **model),
                                         each_map, {}, {}));
        QCOMPARE(seen, 3); // layers are one less than states
    }

    // A model of one kind of input says so when it is given the other.
    void other_kinds_of_input() {
        const auto vit = models_.load("images/vit"), bert = models_.load("masked/bert");
        QVERIFY(vit && bert);
        const ExpectedImages images(models_.expected("images/vit")["images"].toArray());
        const std::vector<std::vector<std::int32_t>> sequences{{1, 2}};
        const auto nothing = [](const LayerStates&) -> Expected<void> { return {}; };
        for (const Error& error :
             {(*vit)->score_rows(masked_rows(sequences, 0), {}, {}).error(), (*vit)->score({}, {}, {}).error(),
              (*vit)->hidden_states(sequences, {.layers = {0}}, nothing, {}, {}).error(),
              (*bert)->class_logits(images, {}, {}).error(), (*bert)->score({}, {}, {}).error()}) {
            QCOMPARE(error.kind, ErrorKind::unsupported);
            QVERIFY(!error.remedy.empty());
        }
    }

    void a_picture_that_cannot_be_read_ends_the_pass() {
        const auto vit = models_.load("images/vit");
        const ExpectedImages others(models_.expected("images/vit without biases, other patches")["images"].toArray());
        QCOMPARE((*vit)->class_logits(others, {}, {}).error().reason, std::string("another size"));
    }
};

QTEST_GUILESS_MAIN(TorchEncodersTest)
#include "tst_torch_encoders.moc"
