#include "engine/checkpoints/safetensors.h"
#include "tests/support/safetensors_file.h"
#include "tests/torch/torch_fixture.h"

#include <QTemporaryDir>
#include <filesystem>
#include <functional>
#include <limits>

using namespace isoloss;
using namespace isoloss::test;

namespace {

using Change = std::function<void(MemoryTensors&)>;

/// The tensors, all of float32, as a file.
QByteArray as_safetensors(const MemoryTensors& tensors) {
    QByteArray header = "{", data;
    for (const TensorInfo& info : tensors.tensors()) {
        QByteArray shape;
        for (const std::int64_t size : info.shape)
            shape += (shape.isEmpty() ? "" : ",") + QByteArray::number(qlonglong{size});
        const auto begin = data.size();
        const auto values = tensors.values(info.name);
        data.append(reinterpret_cast<const char*>(values.data()), static_cast<qsizetype>(info.bytes));
        header += (header.size() > 1 ? ",\"" : "\"") + QByteArray::fromStdString(info.name) +
                  "\":{\"dtype\":\"F32\",\"shape\":[" + shape + "],\"data_offsets\":[" + QByteArray::number(begin) +
                  "," + QByteArray::number(data.size()) + "]}";
    }
    header += "}";
    while (header.size() % 8 != 0)
        header += ' ';
    return safetensors_bytes(header, data);
}

const std::vector<std::int32_t> tokens{1, 4, 2, 7, 7, 3};

Expected<std::vector<double>> scores_of(const Architecture& architecture, const TensorSource& tensors) {
    ISOLOSS_TRY(const auto model, cpu_backend()->load(architecture, tensors, on_cpu()));
    return sequence_log_probs(*model, tokens);
}

void add_floats(MemoryTensors& tensors, const std::string& name, std::vector<std::int64_t> shape) {
    std::int64_t count = 1;
    for (const std::int64_t size : shape)
        count *= size;
    tensors.add(name, std::move(shape), std::vector<float>(static_cast<std::size_t>(count), 1));
}

/// The tensor's values in another type; they are multiples of 1/64 below 2, which every type holds exactly.
void convert(MemoryTensors& tensors, const std::string& name, TensorType type) {
    const auto shape = tensors.info(name).shape;
    const auto values = tensors.values(name);
    std::vector<std::byte> bytes;
    const auto append = [&](const auto& value) {
        const auto view = std::as_bytes(std::span(&value, 1));
        bytes.insert(bytes.end(), view.begin(), view.end());
    };
    for (const float value : values) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        if (type == TensorType::f64) append(static_cast<double>(value));
        if (type == TensorType::bf16) append(static_cast<std::uint16_t>(bits >> 16));
        if (type == TensorType::f16) {
            const std::uint32_t exponent = (bits >> 23) & 255;
            const std::uint32_t half = exponent == 0 ? 0 : ((exponent - 112) << 10) | (bits >> 13 & 1023);
            append(static_cast<std::uint16_t>((bits >> 16 & 0x8000u) | half));
        }
    }
    tensors.remove(name);
    tensors.add_bytes(name, type, "converted", shape, bytes);
}

} // namespace

Q_DECLARE_METATYPE(isoloss::Architecture)
Q_DECLARE_METATYPE(Change)

class TorchWeightsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void same_model_data() {
        QTest::addColumn<Architecture>("architecture");
        QTest::addColumn<Change>("change");
        const auto without_prefix = [](const std::string& prefix) {
            return Change([prefix](MemoryTensors& tensors) {
                std::vector<std::string> names;
                for (const TensorInfo& info : tensors.tensors())
                    names.push_back(info.name);
                for (const std::string& name : names)
                    tensors.rename(name, name.substr(prefix.size()));
            });
        };
        const auto all_as = [](TensorType type) {
            return Change([type](MemoryTensors& tensors) {
                std::vector<std::string> names;
                for (const TensorInfo& info : tensors.tensors())
                    names.push_back(info.name);
                for (const std::string& name : names)
                    convert(tensors, name, type);
            });
        };
        const Architecture gpt2 = tiny_gpt2_architecture(), llama = tiny_llama_architecture();
        QTest::newRow("gpt2 without prefix") << gpt2 << without_prefix("transformer.");
        QTest::newRow("llama without prefix") << llama << without_prefix("model.");
        QTest::newRow("gpt2 mask buffers") << gpt2 << Change([](MemoryTensors& tensors) {
            add_floats(tensors, "transformer.h.0.attn.bias", {1, 1, 12, 12});
            add_floats(tensors, "transformer.h.1.attn.masked_bias", {});
        });
        QTest::newRow("llama rotary buffer") << llama << Change([](MemoryTensors& tensors) {
            add_floats(tensors, "model.layers.0.self_attn.rotary_emb.inv_freq", {2});
        });
        QTest::newRow("tied output layer stored as well") << gpt2 << Change([](MemoryTensors& tensors) {
            tensors.add("lm_head.weight", {10, 8}, tensors.values("transformer.wte.weight"));
        });
        QTest::newRow("float64") << llama << all_as(TensorType::f64);
        QTest::newRow("bfloat16") << llama << all_as(TensorType::bf16);
        QTest::newRow("float16") << gpt2 << all_as(TensorType::f16);
    }

    void same_model() {
        QFETCH(Architecture, architecture);
        QFETCH(Change, change);
        MemoryTensors tensors = tiny_tensors(architecture);
        const auto before = scores_of(architecture, tensors);
        change(tensors);
        const auto after = scores_of(architecture, tensors);
        QVERIFY2(after, after ? "" : after.error().text().c_str());
        QCOMPARE(*after, *before);
    }

    void refused_data() {
        QTest::addColumn<Architecture>("architecture");
        QTest::addColumn<Change>("change");
        QTest::addColumn<int>("kind");
        QTest::addColumn<QStringList>("words");
        const auto kind = [](ErrorKind error) { return static_cast<int>(error); };
        const Architecture gpt2 = tiny_gpt2_architecture(), llama = tiny_llama_architecture();
        Architecture untied = llama;
        untied.tied_embeddings = false;

        QTest::newRow("missing") << gpt2
                                 << Change([](MemoryTensors& t) { t.remove("transformer.h.1.mlp.c_fc.weight"); })
                                 << kind(ErrorKind::damaged)
                                 << QStringList{"transformer.h.1.mlp.c_fc.weight", "missing", "[8, 20]"};
        QTest::newRow("missing output layer")
            << untied << Change([](MemoryTensors& t) { t.remove("lm_head.weight"); }) << kind(ErrorKind::damaged)
            << QStringList{"lm_head.weight", "missing", "[10, 8]"};
        QTest::newRow("another shape") << llama << Change([](MemoryTensors& t) {
            t.remove("model.layers.0.self_attn.k_proj.weight");
            add_floats(t, "model.layers.0.self_attn.k_proj.weight", {16, 8});
        }) << kind(ErrorKind::damaged) << QStringList{"model.layers.0.self_attn.k_proj.weight", "[16, 8]", "[8, 8]"};
        QTest::newRow("not the transposed layout") << gpt2 << Change([](MemoryTensors& t) {
            t.remove("transformer.h.0.attn.c_attn.weight");
            add_floats(t, "transformer.h.0.attn.c_attn.weight", {24, 8});
        }) << kind(ErrorKind::damaged) << QStringList{"c_attn.weight", "[24, 8]", "[8, 24]"};
        QTest::newRow("extra") << llama << Change([](MemoryTensors& t) {
            add_floats(t, "model.layers.2.mlp.up_proj.weight", {12, 8});
        }) << kind(ErrorKind::damaged)
                               << QStringList{"model.layers.2.mlp.up_proj.weight", "[12, 8]"};
        QTest::newRow("bias that the config denies")
            << llama << Change([](MemoryTensors& t) { add_floats(t, "model.layers.0.self_attn.q_proj.bias", {16}); })
            << kind(ErrorKind::damaged) << QStringList{"model.layers.0.self_attn.q_proj.bias"};
        QTest::newRow("tied, but the file differs") << llama << Change([](MemoryTensors& t) {
            add_floats(t, "lm_head.weight", {10, 8});
        }) << kind(ErrorKind::damaged) << QStringList{"lm_head.weight", "tie_word_embeddings"};
        QTest::newRow("integers") << llama << Change([](MemoryTensors& t) {
            t.remove("model.norm.weight");
            t.add_bytes("model.norm.weight", TensorType::i8, "I8", {8}, std::vector<std::byte>(8));
        }) << kind(ErrorKind::unsupported)
                                  << QStringList{"model.norm.weight", "I8"};
        QTest::newRow("bytes that contradict the shape")
            << llama << Change([](MemoryTensors& t) { t.info("model.norm.weight").bytes = 28; })
            << kind(ErrorKind::damaged) << QStringList{"model.norm.weight", "28 bytes", "[8]"};
        QTest::newRow("a read that fails")
            << llama << Change([](MemoryTensors& t) { t.info("model.norm.weight").name = "norm.weight"; })
            << kind(ErrorKind::internal) << QStringList{"no such tensor"};
    }

    void refused() {
        QFETCH(Architecture, architecture);
        QFETCH(Change, change);
        QFETCH(int, kind);
        QFETCH(QStringList, words);
        MemoryTensors tensors = tiny_tensors(architecture);
        change(tensors);
        const auto model = cpu_backend()->load(architecture, tensors, on_cpu());
        QVERIFY(!model);
        QCOMPARE(static_cast<int>(model.error().kind), kind);
        const QString text = QString::fromStdString(model.error().text());
        for (const QString& word : words)
            QVERIFY2(text.contains(word), qPrintable(text));
    }

    // Row 69: a model whose weights lie in a file, which is cut short while it is used.
    void a_file_cut_in_use_is_an_error() {
        const Architecture gpt2 = tiny_gpt2_architecture();
        QTemporaryDir folder;
        const std::filesystem::path file = folder.filePath("model.safetensors").toStdString();
        write_bytes(QString::fromStdString(file.string()), as_safetensors(tiny_tensors(gpt2)));
        std::unique_ptr<Model> model;
        {
            const auto source = SafetensorsSource::open_file(file);
            QVERIFY(source);
            model = cpu_backend()->load(gpt2, *source, on_cpu()).value();
        }
        const auto exact = cpu_backend()->load(gpt2, tiny_tensors(gpt2), on_cpu());
        const auto expected = sequence_log_probs(**exact, tokens), mapped = sequence_log_probs(*model, tokens);
        QVERIFY(expected && mapped);
        QCOMPARE(*mapped, *expected);
        std::filesystem::resize_file(file, 0);
        const auto broken = sequence_log_probs(*model, tokens);
        QVERIFY(!broken);
        QCOMPARE(broken.error().kind, ErrorKind::damaged);
        QVERIFY(broken.error().file.find("model.safetensors") != std::string::npos);
    }

    void nonfinite_weights_are_flagged_and_run() {
        const Architecture gpt2 = tiny_gpt2_architecture();
        for (const float broken : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
            MemoryTensors tensors = tiny_tensors(gpt2);
            auto values = tensors.values("transformer.h.0.mlp.c_fc.weight");
            values[3] = broken;
            tensors.remove("transformer.h.0.mlp.c_fc.weight");
            tensors.add("transformer.h.0.mlp.c_fc.weight", {8, 20}, values);
            const auto model = cpu_backend()->load(gpt2, tensors, on_cpu());
            QVERIFY(model);
            QVERIFY((*model)->has_nonfinite_weights());
            const auto log_probs = sequence_log_probs(**model, tokens);
            QVERIFY(log_probs);
            QVERIFY(std::ranges::any_of(*log_probs, [](double value) { return !std::isfinite(value); }));
        }
    }
};

QTEST_APPLESS_MAIN(TorchWeightsTest)
#include "tst_torch_weights.moc"
