#include "tests/torch/oracle_models.h"

using namespace isoloss;
using namespace isoloss::test;

// Every family and variation of decoders, from config.json and model.safetensors on, against reference models in
// float64 that python makes and computes by definitions of its own (tests/torch/oracle/decoders.py).
class TorchFamiliesTest : public QObject {
    Q_OBJECT

    OracleModels models_;

    static std::vector<std::int64_t> all_layers(const Model& model, std::int64_t first) {
        std::vector<std::int64_t> layers;
        for (std::int64_t layer = first; layer <= model.architecture().layers; ++layer)
            layers.push_back(layer);
        return layers;
    }

private Q_SLOTS:

    void initTestCase() {
        if (!models_.make("decoders.py")) QSKIP(models_.reason);
    }

    void log_probs_data() { models_.add_rows(); }

    void log_probs() {
        QFETCH(QString, name);
        const auto model = models_.load(name);
        QVERIFY2(model, model ? "" : model.error().text().c_str());
        const QJsonObject expected = models_.expected(name);
        const auto tokens = ids(expected["tokens"]);
        const auto log_probs = sequence_log_probs(**model, tokens);
        QVERIFY2(log_probs, log_probs ? "" : log_probs.error().text().c_str());
        QVERIFY2(largest_difference(*log_probs, doubles(expected["log_probs"])) < 1e-5, QTest::toString(*log_probs));
    }

    // Rows together with shorter ones, as metrics of batches run.
    void rows_data() { models_.add_rows(); }

    void rows() {
        QFETCH(QString, name);
        const auto model = models_.load(name);
        QVERIFY(model);
        const QJsonObject expected = models_.expected(name);
        const auto tokens = ids(expected["tokens"]);
        const auto rows = causal_rows({{1, 4, 2}, tokens, {8, 3}});
        const auto log_probs = (*model)->score_rows(rows, {}, {});
        QVERIFY2(log_probs, log_probs ? "" : log_probs.error().text().c_str());
        QVERIFY(largest_difference(log_probs->at(1), doubles(expected["log_probs"])) < 1e-5);
    }

    // A context that is computed once, with continuations of several lengths behind it, whose windows reach back.
    void continuations_data() { models_.add_rows(); }

    void continuations() {
        QFETCH(QString, name);
        const auto model = models_.load(name);
        QVERIFY(model);
        const QJsonObject expected = models_.expected(name);
        const auto tokens = ids(expected["tokens"]);
        const auto log_probs = doubles(expected["log_probs"]);
        constexpr std::ptrdiff_t cut = 7;
        const std::vector<std::int32_t> rest(tokens.begin() + cut, tokens.end());
        const std::vector items{ScoringItem{{tokens.begin(), tokens.begin() + cut}, {{3, 3}, rest, {5}}},
                                ScoringItem{{1, 4}, {{2, 7}, {7, 7, 7}}}};
        const auto scores = (*model)->score(items, {}, {});
        QVERIFY2(scores, scores ? "" : scores.error().text().c_str());
        const std::vector<double> expected_rest(log_probs.begin() + cut - 1, log_probs.end());
        QVERIFY(largest_difference(scores->at(0).at(1).log_probs, expected_rest) < 1e-5);
        QVERIFY(largest_difference(scores->at(1).at(0).log_probs, {log_probs[1], log_probs[2]}) < 1e-5);
    }

    void hidden_states_data() { models_.add_rows(); }

    void hidden_states() {
        QFETCH(QString, name);
        const auto model = models_.load(name);
        QVERIFY(model);
        const QJsonObject expected = models_.expected(name);
        const QJsonArray layers = expected["hidden"].toArray();
        // The shorter sequence is padded and comes from the same tokens.
        const auto tokens = ids(expected["tokens"]);
        const std::vector<std::vector<std::int32_t>> sequences{{tokens.begin(), tokens.begin() + 4}, tokens};
        qsizetype seen = 0;
        const auto sink = [&](const LayerStates& states) -> Expected<void> {
            auto reference = doubles(layers[static_cast<qsizetype>(states.layer)]);
            reference.resize(sequences[states.input].size() * static_cast<std::size_t>(states.width));
            // States grow with the layers; their digits are those of the largest.
            double size = 1;
            for (const double value : reference)
                size = std::max(size, std::abs(value));
            if (largest_difference(as_doubles(states.values), reference) < 1e-5 * size) ++seen;
            return {};
        };
        const StateOptions options{.layers = all_layers(**model, 0)};
        const auto done = (*model)->hidden_states(sequences, options, sink, {}, {});
        QVERIFY2(done, done ? "" : done.error().text().c_str());
        QCOMPARE(seen, 2 * layers.size());
    }

    void pooled_states() {
        const auto model = models_.load("./qwen3");
        QVERIFY(model);
        const QJsonObject expected = models_.expected("./qwen3");
        const auto all = doubles(expected["hidden"].toArray()[2]);
        const std::vector<std::vector<std::int32_t>> sequences{ids(expected["tokens"])};
        const auto width = static_cast<std::size_t>((*model)->architecture().width);
        std::vector<double> mean(width, 0);
        for (std::size_t i = 0; i < all.size(); ++i)
            mean[i % width] += all[i] / static_cast<double>(sequences[0].size());
        std::vector<double> got;
        const auto sink = [&](const LayerStates& states) -> Expected<void> {
            got = as_doubles(states.values);
            return states.rows == 1 && states.layer == 2 ? Expected<void>() : fail(ErrorKind::internal, "not pooled");
        };
        using Pooling = StateOptions::Pooling;
        QVERIFY((*model)->hidden_states(sequences, {.layers = {2}, .pooling = Pooling::mean}, sink, {}, {}));
        QVERIFY(largest_difference(got, mean) < 1e-5);
        QVERIFY((*model)->hidden_states(sequences, {.layers = {2}, .pooling = Pooling::last_token}, sink, {}, {}));
        QVERIFY(largest_difference(got, {all.end() - static_cast<std::ptrdiff_t>(width), all.end()}) < 1e-5);
    }

    // The error of who takes the results ends the pass; layers that are not there, or in disorder, are refused.
    void sinks_and_layers() {
        const auto model = models_.load("./gpt_neox");
        const std::vector<std::vector<std::int32_t>> sequences{{1, 2}, {3}};
        const auto full = [](const LayerStates&) -> Expected<void> { return fail(ErrorKind::io, "the disk is full"); };
        QCOMPARE((*model)->hidden_states(sequences, {.layers = {0}}, full, {}, {}).error().kind, ErrorKind::io);
        for (const std::vector<std::int64_t>& layers : {std::vector<std::int64_t>{}, {4}, {-1}, {1, 1}, {2, 1}})
            QCOMPARE((*model)->hidden_states(sequences, {.layers = layers}, full, {}, {}).error().kind,
                     ErrorKind::usage);
        const auto maps = [](const AttentionMaps&) -> Expected<void> { return {}; };
        const std::vector<std::int64_t> embeddings{0};
        QCOMPARE((*model)->attention_maps(sequences, embeddings, maps, {}, {}).error().kind, ErrorKind::usage);
        CancellationSource source;
        source.cancel();
        QCOMPARE((*model)->hidden_states(sequences, {.layers = {0}}, full, source.token(), {}).error().kind,
                 ErrorKind::cancelled);
    }

    void attention_maps_data() { models_.add_rows(); }

    void attention_maps() {
        QFETCH(QString, name);
        const auto model = models_.load(name);
        QVERIFY(model);
        const QJsonObject expected = models_.expected(name);
        const QJsonArray layers = expected["attention"].toArray();
        const std::vector sequences{std::vector<std::int32_t>{1, 4}, ids(expected["tokens"])};
        qsizetype seen = 0;
        const auto sink = [&](const AttentionMaps& maps) -> Expected<void> {
            if (maps.input == 1 && largest_difference(as_doubles(maps.values),
                                                      doubles(layers[static_cast<qsizetype>(maps.layer) - 1])) < 1e-5)
                ++seen;
            return {};
        };
        const auto done = (*model)->attention_maps(sequences, all_layers(**model, 1), sink, {}, {});
        QVERIFY2(done, done ? "" : done.error().text().c_str());
        QCOMPARE(seen, layers.size());
    }

    // Attention and everything around it is differentiated twice where a metric needs it.
    void top_eigenvalues_data() {
        QTest::addColumn<QString>("name");
        for (const char* name : {"gpt_neox", "qwen2 window", "olmo2"})
            QTest::newRow(name) << QString(name);
    }

    void top_eigenvalues() {
        QFETCH(QString, name);
        const auto model = models_.load(name);
        QVERIFY(model);
        const QJsonObject expected = models_.expected(name);
        const CurvatureOptions options{.tolerance = 1e-5, .iterations = 200};
        const auto top = (*model)->hessian_top_eigenvalue(causal_rows({ids(expected["tokens"])}), options, {}, {});
        QVERIFY2(top, top ? "" : top.error().text().c_str());
        const double reference = expected["eigenvalue"].toDouble();
        QVERIFY2(std::abs(top->value - reference) < 1e-3 * std::abs(reference),
                 qPrintable(QString("%1, not %2").arg(top->value).arg(reference)));
    }

    // Files of base models have no prefix; older ones hold masks and frequencies that follow from the configuration.
    void other_names_data() { models_.add_rows(); }

    void other_names() {
        QFETCH(QString, name);
        const auto architecture = read_architecture(models_.folder(name) / "config.json");
        const auto source = SafetensorsSource::open_folder(models_.folder(name));
        QVERIFY(architecture && source);
        MemoryTensors tensors;
        for (const TensorInfo& info : source->tensors()) {
            std::vector<std::byte> bytes(info.bytes);
            QVERIFY(source->read(info.name, bytes));
            std::string short_name = info.name;
            for (const std::string_view prefix : {"transformer.", "gpt_neox.", "model.transformer.", "model."})
                if (short_name.starts_with(prefix)) short_name.erase(0, prefix.size());
            tensors.add_bytes(short_name, info.type, info.type_name, info.shape, bytes);
        }
        const bool neox = architecture->family == ModelFamily::gpt_neox,
                   gpt2 = architecture->family == ModelFamily::gpt2;
        if (neox) tensors.add("layers.0.attention.bias", {1, 1, 2, 2}, {1, 0, 1, 1});
        if (neox) tensors.add("layers.0.attention.masked_bias", {1}, {-1e9F});
        if (gpt2)
            tensors.add("h.0.attn.bias", {1, 1, 1, 1}, {1});
        else
            tensors.add("layers.0.attention.rotary_emb.inv_freq", {2}, {1, 1});
        const auto model = cpu_backend()->load(*architecture, tensors, on_cpu());
        QVERIFY2(model, model ? "" : model.error().text().c_str());
        const QJsonObject expected = models_.expected(name);
        const auto log_probs = sequence_log_probs(**model, ids(expected["tokens"]));
        QVERIFY(largest_difference(*log_probs, doubles(expected["log_probs"])) < 1e-5);
        tensors.add("layers.99.unknown.weight", {1}, {1});
        const auto refused = cpu_backend()->load(*architecture, tensors, on_cpu());
        QVERIFY(!refused && refused.error().text().find("layers.99.unknown.weight") != std::string::npos);
    }

    void gradients_data() { models_.add_rows(); }

    void gradients() {
        QFETCH(QString, name);
        const auto model = models_.load(name);
        QVERIFY(model);
        const QJsonObject expected = models_.expected(name);
        const QJsonObject reference = expected["gradient"].toObject();
        QStringList wrong;
        qsizetype seen = 0;
        const auto sink = [&](const ParameterGradient& gradient) -> Expected<void> {
            const QString parameter =
                QString::fromUtf8(gradient.name.data(), static_cast<qsizetype>(gradient.name.size()));
            auto values = as_doubles(gradient.values);
            auto known = doubles(reference[parameter]);
            // GPT-2 stores linear layers [in, out]; then the order differs, and the sorted values are compared.
            if (name.startsWith("./gpt2") && gradient.shape.size() == 2) {
                std::ranges::sort(values);
                std::ranges::sort(known);
            }
            if (largest_difference(values, known) > 2e-5) wrong << parameter;
            ++seen;
            return {};
        };
        const auto loss = (*model)->loss_gradient(causal_rows({ids(expected["tokens"])}), sink, {}, {});
        QVERIFY2(loss, loss ? "" : loss.error().text().c_str());
        QVERIFY(std::abs(*loss - expected["loss"].toDouble()) < 1e-5);
        QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join(' ')));
        QCOMPARE(seen, reference.size());
    }
};

QTEST_GUILESS_MAIN(TorchFamiliesTest)
#include "tst_torch_families.moc"
