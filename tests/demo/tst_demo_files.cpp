#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/checkpoints/safetensors.h"
#include "engine/datasets/tokenizers/tokenizer.h"
#include "engine/demo/character_tokenizer.h"
#include "engine/demo/event_log_writer.h"
#include "engine/demo/safetensors_writer.h"
#include "engine/importers/events/event_file.h"
#include "tests/support/event_file_writer.h"
#include "tests/support/memory_tensors.h"

#include <QTemporaryDir>
#include <QTest>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

using namespace isoloss;

namespace {

struct Scalar {
    std::string tag;
    std::int64_t step;
    double wall_time;
    std::uint32_t bits;

    bool operator==(const Scalar&) const = default;
};

class Collector final : public EventSink {
public:
    void scalar(const EventScalar& s) override {
        scalars.push_back({std::string(s.tag), s.step, s.wall_time, static_cast<std::uint32_t>(s.bits)});
    }

    void session_start() override { ++starts; }

    void facts(const EventRunFacts& f) override { all_facts.push_back(f); }

    std::vector<Scalar> scalars;
    std::vector<EventRunFacts> all_facts;
    int starts = 0;
};

constexpr std::uint64_t text_cap = 1 << 20;

std::string content_of(const std::filesystem::path& file) {
    const auto text = read_text_file(file, text_cap);
    return text ? *text : text.error().text();
}

} // namespace

class DemoFilesTest : public QObject {
    Q_OBJECT

    QTemporaryDir root_;

    std::filesystem::path fresh_folder() const {
        const std::filesystem::path folder =
            root_.filePath(QString::fromLatin1(QTest::currentTestFunction())).toStdString();
        std::filesystem::create_directories(folder);
        return folder;
    }

    static Hyperparameters hyperparameters() {
        return {{{"lr", .002}, {"optimizer", std::string("adamw")}, {"probe", true}, {"tied", false}},
                {"loss", "eval/loss"},
                "arm \"a\"",
                1.7e9};
    }

private Q_SLOTS:

    // Byte for byte what the tests' own writer makes of the format's description.
    void event_log_bytes() {
        const auto file = fresh_folder() / "events.out.tfevents.1";
        EventLogWriter log(file, 1.7e9);
        log.add_scalar("loss", 0, 1.7e9, 2.5F);
        log.add_scalar("loss", 300, 1.7e9, -0.0F);
        QVERIFY(log.write());
        using namespace support;
        const std::string expected = version_frame() + scalar_frame("loss", 0, 2.5F) + scalar_frame("loss", 300, -0.0F);
        QCOMPARE(content_of(file), expected);
    }

    void hyperparameter_bytes() {
        const auto file = fresh_folder() / "events.out.tfevents.1";
        EventLogWriter log(file, 1.7e9);
        log.add_hyperparameters(hyperparameters());
        log.add_session_end(1.7e9);
        QVERIFY(log.write());
        using namespace support;
        // Experiment: hparam_infos = 4 {name = 1, type = 4}, metric_infos = 5 {name = 1 {tag = 2}}; string 1, bool 2,
        // number 3.
        ProtoWriter experiment, start;
        for (const auto& [name, type] :
             std::vector<std::pair<std::string, std::uint64_t>>{{"lr", 3}, {"optimizer", 1}, {"probe", 2}, {"tied", 2}})
            experiment.message(4, ProtoWriter().bytes(1, name).varint(4, type));
        for (const char* metric : {"loss", "eval/loss"})
            experiment.message(5, ProtoWriter().message(1, ProtoWriter().bytes(2, metric)));
        const auto entry = [&](std::string_view name, const ProtoWriter& value) {
            start.message(1, ProtoWriter().bytes(1, name).message(2, value));
        };
        entry("lr", ProtoWriter().number(2, .002));
        entry("optimizer", ProtoWriter().bytes(3, "adamw"));
        entry("probe", ProtoWriter().varint(4, 1));
        entry("tied", ProtoWriter().varint(4, 0));
        start.bytes(4, "arm \"a\"").number(5, 1.7e9);
        const std::string expected =
            version_frame() + hparams_frame("_hparams_/experiment", ProtoWriter().message(2, experiment)) +
            hparams_frame("_hparams_/session_start_info", ProtoWriter().message(3, start)) + hparams_end_frame(1);
        QCOMPARE(content_of(file), expected);
    }

    void event_log_is_read_back() {
        const auto path = fresh_folder() / "events.out.tfevents.1";
        constexpr float nan = std::numeric_limits<float>::quiet_NaN();
        EventLogWriter log(path, 1.7e9);
        log.add_hyperparameters(hyperparameters());
        std::vector<Scalar> expected;
        for (const std::int64_t step : {std::int64_t(0), std::int64_t(1), std::int64_t(127), std::int64_t(128),
                                        std::int64_t(1) << 40, std::int64_t(-1)})
            for (const float value : {1.25F, 0.F, nan, std::numeric_limits<float>::infinity(), 1e-42F}) {
                const double time = 1.7e9 + .5 * static_cast<double>(expected.size());
                log.add_scalar("grad norm/∥g∥", step, time, value);
                expected.push_back({"grad norm/∥g∥", step, time, std::bit_cast<std::uint32_t>(value)});
            }
        log.add_session_end(1.7e9 + 60);
        QVERIFY(log.write());
        const auto file = InputFile::open(path);
        QVERIFY(file);
        Collector seen;
        EventDecoder decoder;
        EventFileReader reader(*file, 0);
        for (bool more = true; more;) {
            const auto block = reader.read_block(decoder, seen);
            QVERIFY(block);
            more = *block;
        }
        QCOMPARE(reader.end(), EventFileEnd::whole);
        QCOMPARE(decoder.counts.bad_checksums + decoder.counts.malformed + decoder.counts.unsupported, std::int64_t(0));
        QVERIFY(seen.scalars == expected);
        QCOMPARE(seen.all_facts.size(), std::size_t(2));
        QCOMPARE(seen.all_facts[0].config,
                 std::string("{\"lr\":0.002,\"optimizer\":\"adamw\",\"probe\":true,\"tied\":false}"));
        QCOMPARE(seen.all_facts[0].started_at, std::optional(1.7e9));
        QCOMPARE(seen.all_facts[1].ending, EventRunFacts::Ending::finished);
    }

    void event_log_faults() {
        const auto folder = fresh_folder();
        EventLogWriter log(folder / "missing" / "events.out.tfevents.1", 1.7e9);
        QCOMPARE(log.write().error().kind, ErrorKind::not_found);
        std::filesystem::create_directories(folder / "missing");
        QVERIFY(log.write()); // nothing was lost
        QCOMPARE(content_of(folder / "missing" / "events.out.tfevents.1"), support::version_frame());
    }

    void safetensors_are_read_back() {
        const auto file = fresh_folder() / "model.safetensors";
        test::MemoryTensors tensors;
        std::vector<float> values(15);
        std::iota(values.begin(), values.end(), -7.5F);
        values[3] = std::numeric_limits<float>::quiet_NaN();
        const std::array<std::uint16_t, 3> halves{0x3c00, 0x7e01, 0x8000};
        const std::array<double, 2> doubles{1e-300, -0.0};
        tensors.add("z.weight", {3, 5}, values);
        tensors.add_bytes("b \"half\"", TensorType::bf16, "BF16", {3}, std::as_bytes(std::span(halves)));
        tensors.add_bytes("a.double", TensorType::f64, "F64", {1, 2, 1}, std::as_bytes(std::span(doubles)));
        tensors.add_bytes("half", TensorType::f16, "F16", {3}, std::as_bytes(std::span(halves)));
        tensors.add("scalar", {}, {4});
        tensors.add("empty", {0, 4}, {});
        QVERIFY(write_safetensors(file, tensors));
        const auto source = SafetensorsSource::open_file(file);
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QCOMPARE(source->metadata(), (std::map<std::string, std::string>{{"format", "pt"}}));
        QStringList names;
        for (const TensorInfo& info : source->tensors()) {
            names << QString::fromStdString(info.name);
            const TensorInfo& original = tensors.info(info.name);
            QCOMPARE(info.type, original.type);
            QCOMPARE(info.shape, original.shape);
            std::vector<std::byte> read(info.bytes), written(original.bytes);
            QVERIFY(source->read(info.name, read));
            QVERIFY(tensors.read(info.name, written));
            QVERIFY(read == written);
        }
        names.sort();
        QCOMPARE(names, (QStringList{"a.double", "b \"half\"", "empty", "half", "scalar", "z.weight"}));
    }

    void safetensors_bytes() {
        const auto file = fresh_folder() / "model.safetensors";
        test::MemoryTensors tensors;
        tensors.add("b", {2}, {1, -2});
        tensors.add("a", {1, 1}, {.5F});
        QVERIFY(write_safetensors(file, tensors));
        std::string header = "{\"__metadata__\":{\"format\":\"pt\"},"
                             "\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
                             "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}";
        while (header.size() % 8 != 0)
            header += ' ';
        const unsigned char data[] = {0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0};
        QCOMPARE(content_of(file), support::little_endian(header.size(), 8) + header +
                                       std::string(reinterpret_cast<const char*>(data), sizeof data));
    }

    void refused_tensors_data() {
        QTest::addColumn<QString>("name");
        QTest::addColumn<int>("type");
        QTest::addColumn<qint64>("size");
        QTest::newRow("the same name") << "a" << int(TensorType::f32) << qint64(1);
        QTest::newRow("the format's name") << "__metadata__" << int(TensorType::f32) << qint64(1);
        QTest::newRow("an unknown type") << "b" << int(TensorType::unknown) << qint64(1);
        QTest::newRow("another size") << "b" << int(TensorType::f32) << qint64(2);
        QTest::newRow("a negative size") << "b" << int(TensorType::f32) << qint64(-1);
    }

    void refused_tensors() {
        QFETCH(QString, name);
        QFETCH(int, type);
        QFETCH(qint64, size);
        const auto file = fresh_folder() / "model.safetensors";
        test::MemoryTensors tensors;
        tensors.add("a", {1}, {1});
        tensors.add_bytes(name.toStdString(), static_cast<TensorType>(type), "F32", {size},
                          std::as_bytes(std::span("123")));
        const auto result = write_safetensors(file, tensors);
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::usage);
        QVERIFY(result.error().place.find(name.toStdString()) != std::string::npos);
        QVERIFY(!std::filesystem::exists(file));
    }

    void character_tokenizer() {
        const auto folder = fresh_folder();
        QVERIFY(write_character_tokenizer(folder, "abcdefgh", 8));
        const auto tokenizer = load_tokenizer(folder);
        QVERIFY2(tokenizer, tokenizer ? "" : tokenizer.error().text().c_str());
        QCOMPARE((*tokenizer)->vocabulary(), std::int64_t(10));
        const auto text = (*tokenizer)->encode("abcah");
        QVERIFY(text);
        QCOMPARE(text->ids, (std::vector<std::int32_t>{0, 1, 2, 0, 7}));
        QCOMPARE(text->bytes, (std::vector<std::uint32_t>{1, 1, 1, 1, 1}));
        QCOMPARE((*tokenizer)->decode(text->ids), std::string("abcah"));
        const auto masked = (*tokenizer)->encode("a[MASK]c[PAD]");
        QVERIFY(masked);
        QCOMPARE(masked->ids, (std::vector<std::int32_t>{0, 9, 2, 8}));
        QVERIFY(!(*tokenizer)->bos());
        QVERIFY(!(*tokenizer)->eos());
        QVERIFY(!(*tokenizer)->adds_bos());
    }

    void tokenizer_settings() {
        const auto folder = fresh_folder();
        QVERIFY(write_character_tokenizer(folder, "a\"\\", 16));
        const auto config = read_json_file(folder / "tokenizer_config.json");
        QVERIFY(config);
        QCOMPARE(json_string(*config, "tokenizer_class"), std::optional<std::string_view>("PreTrainedTokenizerFast"));
        QCOMPARE(json_int(*config, "model_max_length"), std::optional<std::int64_t>(16));
        const auto map = read_json_file(folder / "special_tokens_map.json");
        QVERIFY(map);
        for (const auto* document : {&*config, &*map}) {
            QCOMPARE(json_string(*document, "mask_token"), std::optional<std::string_view>("[MASK]"));
            QCOMPARE(json_string(*document, "pad_token"), std::optional<std::string_view>("[PAD]"));
        }
        const auto tokenizer = load_tokenizer(folder);
        QVERIFY(tokenizer);
        QCOMPARE((*tokenizer)->encode("\\a\"")->ids, (std::vector<std::int32_t>{2, 0, 1}));
    }

    void refused_letters_data() {
        QTest::addColumn<QByteArray>("letters");
        QTest::newRow("none") << QByteArray("");
        QTest::newRow("twice") << QByteArray("abca");
        QTest::newRow("a space") << QByteArray("a b");
        QTest::newRow("not ASCII") << QByteArray("aé");
    }

    void refused_letters() {
        QFETCH(QByteArray, letters);
        const auto folder = fresh_folder();
        const auto result = write_character_tokenizer(folder, letters.toStdString(), 8);
        QCOMPARE(result.error().kind, ErrorKind::usage);
        QVERIFY(!std::filesystem::exists(folder / "tokenizer.json"));
    }
};

QTEST_APPLESS_MAIN(DemoFilesTest)
#include "tst_demo_files.moc"
