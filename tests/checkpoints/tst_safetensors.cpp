#include "engine/checkpoints/safetensors.h"
#include "engine/checkpoints/safetensors_header.h"
#include "tests/support/safetensors_file.h"

#include <QDir>
#include <QTemporaryDir>
#include <cstring>
#include <random>

using namespace isoloss;
using test::safetensors_bytes;
using test::write_bytes;

namespace {

const QByteArray two_tensors = R"({"__metadata__":{"format":"pt"},)"
                               R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                               R"("b":{"dtype":"U8","shape":[2,2],"data_offsets":[8,12]}})";

QByteArray one(const char* dtype, const char* shape, const char* offsets) {
    return QByteArray("{\"a\":{\"dtype\":\"") + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
}

QString all_of(const Error& error) {
    return QString::fromStdString(error.place + " | " + error.reason);
}

} // namespace

class SafetensorsTest : public QObject {
    Q_OBJECT

    QTemporaryDir folder_;

    QString path(const char* name) const { return folder_.filePath(QString::fromUtf8(name)); }

    std::filesystem::path std_path(const char* name) const { return path(name).toStdString(); }

private Q_SLOTS:

    void reads_tensors_and_metadata() {
        const QByteArray data("\x00\x00\x80\x3f\x00\x00\x00\xc0\x01\x02\x03\x04", 12);
        write_bytes(path("good.safetensors"), safetensors_bytes(two_tensors + "   ", data));
        const auto source = SafetensorsSource::open_file(std_path("good.safetensors"));
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QCOMPARE(source->tensors().size(), std::size_t(2));
        QCOMPARE(source->tensors()[0].name, std::string("a"));
        QVERIFY(source->tensors()[1].type == TensorType::u8);
        QCOMPARE(source->tensors()[1].shape, (std::vector<std::int64_t>{2, 2}));
        QCOMPARE(source->metadata().at("format"), std::string("pt"));
        QCOMPARE(source->element_count(), std::int64_t(6));
        QCOMPARE(source->parameter_count(), std::int64_t(2));
        std::array<float, 2> values{};
        QVERIFY(source->read("a", std::as_writable_bytes(std::span(values))));
        QCOMPARE(values[0], 1.0f);
        QCOMPARE(values[1], -2.0f);
        const auto missing = source->read("c", {});
        QVERIFY(!missing);
        QVERIFY(missing.error().kind == ErrorKind::not_found);
        std::array<std::byte, 3> wrong{};
        QVERIFY(!source->read("a", wrong));
    }

    // BAD_INPUTS.md rows 52 to 68: file, place and reason of every fault.
    void hostile_files_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words"); // all of them, separated by |
        const auto row = [](const char* name, const QByteArray& bytes, const char* words) {
            QTest::newRow(name) << bytes << QString::fromUtf8(words);
        };
        const auto length = [](quint64 n) {
            QByteArray bytes(8, '\0');
            qToLittleEndian(n, bytes.data());
            return bytes;
        };
        const QByteArray four(4, 'x'), eight(8, 'x');
        row("52 empty", {}, "byte 0|at least 8 bytes");
        row("52 seven bytes", QByteArray(7, '\1'), "byte 7|at least 8 bytes");
        row("53 length 0", length(0) + "{}", "length 0");
        row("54 over 100 MB", length(100'000'001) + "{}", "100000001|at most 100000000");
        row("54 over the file", length(3) + "{}", "claims 3 bytes|only 2 follow");
        row("55 length 2^64-1", length(~0ull) + "{}", "18446744073709551615|at most 100000000");
        row("56 no brace", safetensors_bytes("[1]"), "byte 8|does not begin with \"{\"");
        row("56 not UTF-8", safetensors_bytes("{\"\xff\xfe\":{}}"), "not valid JSON|encoding");
        row("56 cut JSON", safetensors_bytes("{\"a\":{\"dtype\""), "not valid JSON");
        row("56 zero byte", safetensors_bytes(QByteArray("{}\0junk", 7)), "byte 10|zero byte");
        row("56 text after the header", safetensors_bytes("{} {}"), "not valid JSON");
        row("57 duplicate name",
            safetensors_bytes(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                              R"("a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                              eight),
            "tensor \"a\"|names it twice");
        row("57 duplicate name, escaped",
            safetensors_bytes(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                              R"("\u0061":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                              eight),
            "tensor \"a\"|names it twice");
        row("57 duplicate key",
            safetensors_bytes(R"({"a":{"dtype":"U8","dtype":"I8","shape":[0],"data_offsets":[0,0]}})"),
            "tensor \"a\"|dtype is given twice");
        row("58 begin after end", safetensors_bytes(one("U8", "[4]", "[8,4]"), eight), "tensor \"a\"|byte 8|at 4");
        row("58 end after data", safetensors_bytes(one("U8", "[9]", "[0,9]"), eight), "tensor \"a\"|only 8 bytes");
        row("58 one offset", safetensors_bytes(one("U8", "[4]", "[4]"), four), "tensor \"a\"|two numbers");
        row("58 three offsets", safetensors_bytes(one("U8", "[4]", "[0,4,4]"), four), "tensor \"a\"|two numbers");
        row("59 overlap",
            safetensors_bytes(R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},)"
                              R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                              eight),
            "tensor \"b\"|overlap|\"a\"");
        row("60 hole",
            safetensors_bytes(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                              R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})",
                              eight),
            "tensor \"b\"|1 bytes before");
        row("60 hole at the start", safetensors_bytes(one("U8", "[4]", "[4,8]"), eight), "tensor \"a\"|4 bytes before");
        row("61 tail", safetensors_bytes(one("U8", "[4]", "[0,4]"), eight), "byte 4 of the data|4 bytes after");
        row("61 data without tensors", safetensors_bytes("{}", eight), "8 bytes after");
        row("62 shape product", safetensors_bytes(one("F32", "[4294967296,4294967296]", "[0,8]"), eight),
            "tensor \"a\"|more elements than can be counted");
        row("62 shape product of an unknown type",
            safetensors_bytes(one("F4", "[4294967296,4294967296]", "[0,8]"), eight),
            "tensor \"a\"|more elements than can be counted");
        row("62 more elements than bits", safetensors_bytes(one("F4", "[65]", "[0,8]"), eight),
            "tensor \"a\"|8 bytes have bits");
        row("63 shape against range", safetensors_bytes(one("F32", "[3]", "[0,8]"), eight),
            "tensor \"a\"|needs 12 bytes|span 8");
        row("64 zero-size with data", safetensors_bytes(one("F32", "[0]", "[0,8]"), eight),
            "tensor \"a\"|needs 0 bytes|span 8");
        row("67 shape -1", safetensors_bytes(one("U8", "[-1]", "[0,4]"), four), "tensor \"a\"|\"-1\"|whole number");
        row("67 shape 1e3", safetensors_bytes(one("U8", "[1e3]", "[0,4]"), four), "tensor \"a\"|\"1e3\"|whole number");
        row("67 shape 2.0", safetensors_bytes(one("U8", "[2.0]", "[0,4]"), four), "tensor \"a\"|\"2.0\"|whole number");
        row("67 offset 2^64", safetensors_bytes(one("U8", "[4]", "[0,18446744073709551616]"), four), "too large");
        row("67 shape a string", safetensors_bytes(one("U8", "\"4\"", "[0,4]"), four), "tensor \"a\"|wrong type");
        row("67 nested shape", safetensors_bytes(one("U8", "[[4]]", "[0,4]"), four), "tensor \"a\"|wrong type");
        row("67 deep nesting", safetensors_bytes("{\"a\":" + QByteArray(1 << 20, '[')),
            "tensor \"a\"|must be an object");
        row("68 metadata number", safetensors_bytes(R"({"__metadata__":{"n":1}})"),
            "__metadata__|\"n\" must be a string");
        row("68 metadata object", safetensors_bytes(R"({"__metadata__":{"n":{}}})"), "__metadata__|must be a string");
        row("68 metadata no object", safetensors_bytes(R"({"__metadata__":"pt"})"), "__metadata__|must be an object");
        row("68 metadata twice", safetensors_bytes(R"({"__metadata__":{},"__metadata__":{}})"), "__metadata__|twice");
        row("68 metadata key twice", safetensors_bytes(R"({"__metadata__":{"a":"1","a":"2"}})"), "\"a\" occurs twice");
        row("68 metadata of 50 MB",
            safetensors_bytes("{\"__metadata__\":{\"a\":\"" + QByteArray(50'000'000, 'x') + "\"}}"),
            "__metadata__|more than 10000000 bytes");
        row("missing dtype", safetensors_bytes(R"({"a":{"shape":[4],"data_offsets":[0,4]}})", four),
            "dtype is missing");
        row("missing shape", safetensors_bytes(R"({"a":{"dtype":"U8","data_offsets":[0,4]}})", four),
            "shape is missing");
        row("missing offsets", safetensors_bytes(R"({"a":{"dtype":"U8","shape":[4]}})", four), "two numbers");
        row("unknown key", safetensors_bytes(R"({"a":{"type":"U8"}})"), "unknown key \"type\"");
        row("65 dimensions", safetensors_bytes(one("U8", "[" + QByteArray("1,").repeated(100) + "4]", "[0,4]"), four),
            "more than 64 dimensions");
    }

    void hostile_files() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        write_bytes(path("bad.safetensors"), bytes);
        const auto source = SafetensorsSource::open_file(std_path("bad.safetensors"));
        QVERIFY(!source);
        QCOMPARE(QString::fromStdString(source.error().file), path("bad.safetensors"));
        QVERIFY(!source.error().remedy.empty());
        for (const QString& word : words.split(QLatin1Char('|')))
            QVERIFY2(all_of(source.error()).contains(word), qPrintable(all_of(source.error())));
    }

    // Row 65: a million entries end at the cap.
    void too_many_entries() {
        QByteArray header = "{";
        header.reserve(70'000'000);
        for (int i = 0; i < 1'000'000; ++i)
            header += "\"" + QByteArray::number(i) + "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},";
        header.back() = '}';
        const auto parsed = parse_safetensors_header(header.toStdString(), 0, "x.safetensors");
        QVERIFY(!parsed);
        QVERIFY(parsed.error().kind == ErrorKind::limit);
        QVERIFY(parsed.error().reason.find("250000 tensors") != std::string::npos);
    }

    // Rows 64 and 66: what is odd but allowed.
    void accepted_oddities() {
        write_bytes(path("odd.safetensors"),
                    safetensors_bytes(R"({"b":{"dtype":"F8_E8M0","shape":[4],"data_offsets":[0,4]},)"
                                      R"("empty":{"dtype":"F32","shape":[3,0],"data_offsets":[4,4]},)"
                                      R"("scalar":{"data_offsets":[4,8],"shape":[],"dtype":"F32"}})",
                                      QByteArray(8, 'x')));
        const auto source = SafetensorsSource::open_file(std_path("odd.safetensors"));
        QVERIFY2(source, source ? "" : source.error().text().c_str());
        QCOMPARE(source->tensors().size(), std::size_t(3));
        QVERIFY(source->tensors()[0].type == TensorType::unknown);
        QCOMPARE(source->tensors()[0].type_name, std::string("F8_E8M0"));
        QCOMPARE(source->tensors()[1].bytes, quint64(0));
        QVERIFY(source->tensors()[2].shape.empty());
        write_bytes(path("none.safetensors"), safetensors_bytes("{}"));
        QVERIFY(SafetensorsSource::open_file(std_path("none.safetensors")));
    }

    void maps_tensors() {
        const QByteArray data("\x00\x00\x80\x3f\x00\x00\x00\xc0\x01\x02\x03\x04", 12);
        write_bytes(path("mapped.safetensors"), safetensors_bytes(two_tensors, data));
        const auto source = SafetensorsSource::open_file(std_path("mapped.safetensors"));
        QVERIFY(source);
        QVERIFY(!source->map("c"));
        const auto tensor = source->map("b");
        QVERIFY(tensor);
        QCOMPARE(tensor->bytes.size(), std::size_t(4));
        QCOMPARE(std::to_integer<int>(tensor->bytes[3]), 4);
        QVERIFY(tensor->memory->check());
        // What is written there stays there.
        tensor->bytes[3] = std::byte{9};
        std::array<std::byte, 4> stored{};
        QVERIFY(source->read("b", stored));
        QCOMPARE(std::to_integer<int>(stored[3]), 4);
        QVERIFY(tensor->memory->check());
    }

    // Row 69: the file changes while its tensors are mapped. Whole pages go: reading there would raise SIGBUS.
    void changed_while_mapped_data() {
        QTest::addColumn<int>("size"); ///< afterwards; −1: one byte is written over
        QTest::addColumn<QString>("words");
        QTest::newRow("cut to nothing") << 0 << "byte 0";
        QTest::newRow("cut inside") << 3 * 4096 + 5 << "byte 16384";
        QTest::newRow("written over") << -1 << "was written to";
    }

    void changed_while_mapped() {
        QFETCH(int, size);
        QFETCH(QString, words);
        constexpr int bytes = 64 * 4096;
        const QByteArray header = one("U8", "[262144]", "[0,262144]");
        write_bytes(path("changes.safetensors"), safetensors_bytes(header, QByteArray(bytes, 'x')));
        const auto source = SafetensorsSource::open_file(std_path("changes.safetensors"));
        QVERIFY(source);
        const auto tensor = source->map("a");
        QVERIFY(tensor && tensor->memory->check());
        QTest::qSleep(10); // for another time of modification
        QFile file(path("changes.safetensors"));
        QVERIFY(file.open(QIODevice::ReadWrite));
        QVERIFY(size < 0 ? file.write("y", 1) == 1 : file.resize(size));
        file.close();
        int zeros = 0;
        for (const std::byte byte : tensor->bytes)
            zeros += byte == std::byte{0} ? 1 : 0;
        QVERIFY(size < 0 ? zeros == 0 : zeros > bytes - size - 4096 && zeros >= bytes - 4 * 4096);
        const auto whole = tensor->memory->check();
        QVERIFY(!whole);
        QCOMPARE(whole.error().kind, ErrorKind::damaged);
        QVERIFY2(all_of(whole.error()).contains(words), qPrintable(all_of(whole.error())));
        QVERIFY(whole.error().file.find("changes.safetensors") != std::string::npos);
    }

    // Row 69: the file shrinks after it was opened.
    void truncated_while_in_use() {
        write_bytes(path("shrinks.safetensors"), safetensors_bytes(two_tensors, QByteArray(12, 'x')));
        const auto source = SafetensorsSource::open_file(std_path("shrinks.safetensors"));
        QVERIFY(source);
        QFile file(path("shrinks.safetensors"));
        QVERIFY(file.resize(file.size() - 6));
        std::array<std::byte, 4> buffer{};
        const auto read = source->read("b", buffer);
        QVERIFY(!read);
        QVERIFY(read.error().kind == ErrorKind::damaged);
        QVERIFY(read.error().reason.find("too early") != std::string::npos);
    }

    void shards_data() {
        QTest::addColumn<QByteArray>("index");
        QTest::addColumn<QString>("words"); // empty: accepted
        const auto map = [](const QByteArray& entries) {
            return "{\"metadata\":{\"total_size\":8},\"weight_map\":{" + entries + "}}";
        };
        const QByteArray good = R"("a":"1.safetensors","b":"2.safetensors")";
        QTest::newRow("good") << map(good) << "";
        QTest::newRow("70 traversal") << map(R"("a":"../../etc/passwd","b":"2.safetensors")")
                                      << "../../etc/passwd|not the name of a file in this folder";
        QTest::newRow("70 absolute") << map(R"("a":"/etc/passwd")")
                                     << "/etc/passwd|not the name of a file in this folder";
        QTest::newRow("70 two dots") << map(R"("a":"..")") << "not the name of a file in this folder";
        QTest::newRow("70 empty") << map(R"("a":"")") << "not the name of a file in this folder";
        QTest::newRow("70 link out") << map(R"("a":"link.safetensors","b":"2.safetensors")")
                                     << "link.safetensors|outside of the checkpoint";
        QTest::newRow("70 missing") << map(R"("a":"1.safetensors","b":"3.safetensors")") << "3.safetensors|is missing";
        QTest::newRow("70 duplicate tensor")
            << map(R"("a":"1.safetensors","b":"copy.safetensors")") << "tensor \"a\"|1.safetensors";
        QTest::newRow("tensor not in its shard") << map(R"("a":"2.safetensors","b":"1.safetensors")")
                                                 << "tensor \"a\"|places it in 2.safetensors, but 1.safetensors has it";
        QTest::newRow("tensor in no shard")
            << map(good + R"(,"c":"1.safetensors")") << "tensor \"c\"|1.safetensors, which does not have it";
        QTest::newRow("tensor not in the index")
            << map(R"("a":"1.safetensors","b":"two.safetensors")") << "tensor \"extra\"|not in the index";
        QTest::newRow("tensor twice in the index")
            << map(R"("a":"1.safetensors","a":"2.safetensors")") << "tensor \"a\"|names it twice";
        QTest::newRow("shard a number") << map(R"("a":1)") << "tensor \"a\"|must be a string";
        QTest::newRow("no map") << QByteArray("{}") << "weight_map|is missing";
        QTest::newRow("empty map") << map({}) << "weight_map|lists no tensor";
        QTest::newRow("an array") << QByteArray("[]") << "must be an object";
        QTest::newRow("cut") << map(good).chopped(2) << "not valid JSON";
        QTest::newRow("deep") << QByteArray(1 << 20, '[') << "must be an object";
    }

    void shards() {
        QFETCH(QByteArray, index);
        QFETCH(QString, words);
        QDir(folder_.path()).mkpath(QStringLiteral("shards"));
        const auto tensor = [](const char* names) {
            QByteArray header = "{";
            int offset = 0;
            for (const QByteArray& name : QByteArray(names).split(' ')) {
                header += "\"" + name + "\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[" +
                          QByteArray::number(offset) + "," + QByteArray::number(offset + 2) + "]},";
                offset += 2;
            }
            header.back() = '}';
            return safetensors_bytes(header, QByteArray(names).left(offset).leftJustified(offset, 'x'));
        };
        write_bytes(path("outside.safetensors"), tensor("a"));
        write_bytes(path("shards/1.safetensors"), tensor("a"));
        write_bytes(path("shards/2.safetensors"), tensor("b"));
        write_bytes(path("shards/two.safetensors"), tensor("b extra"));
        write_bytes(path("shards/copy.safetensors"), tensor("a b"));
        QFile::link(path("outside.safetensors"), path("shards/link.safetensors"));
        write_bytes(path("shards/model.safetensors.index.json"), index);
        const auto source = SafetensorsSource::open_folder(std_path("shards"));
        if (words.isEmpty()) {
            QVERIFY2(source, source ? "" : source.error().text().c_str());
            QCOMPARE(source->tensors().size(), std::size_t(2));
            QCOMPARE(source->files().size(), std::size_t(2));
            std::array<std::byte, 2> bytes{};
            QVERIFY(source->read("b", bytes));
            QVERIFY(bytes[0] == std::byte{'b'});
            return;
        }
        QVERIFY(!source);
        QVERIFY(!source.error().file.empty() && !source.error().remedy.empty());
        for (const QString& word : words.split(QLatin1Char('|')))
            QVERIFY2(all_of(source.error()).contains(word), qPrintable(all_of(source.error())));
    }

    // snapshots/REVISION holds links into ../../blobs: the layout of the Hugging Face cache.
    void links_of_the_cache_are_followed() {
        QDir(folder_.path()).mkpath(QStringLiteral("cache/snapshots/r1"));
        QDir(folder_.path()).mkpath(QStringLiteral("cache/blobs"));
        write_bytes(path("cache/blobs/0123"), safetensors_bytes(one("U8", "[4]", "[0,4]"), "abcd"));
        QVERIFY(QFile::link(path("cache/blobs/0123"), path("cache/snapshots/r1/1.safetensors")));
        write_bytes(path("cache/snapshots/r1/model.safetensors.index.json"), R"({"weight_map":{"a":"1.safetensors"}})");
        const auto source = SafetensorsSource::open_folder(std_path("cache/snapshots/r1"));
        QVERIFY2(source, source ? "" : source.error().text().c_str());
    }

    void pickled_weights_are_never_opened() {
        QDir(folder_.path()).mkpath(QStringLiteral("pickled"));
        write_bytes(path("pickled/pytorch_model.bin"), "not looked at");
        const auto source = SafetensorsSource::open_folder(std_path("pickled"));
        QVERIFY(!source);
        QVERIFY(source.error().kind == ErrorKind::untrusted);
        QVERIFY(source.error().remedy.find("safe_serialization=True") != std::string::npos);
    }

    void a_pipe_is_refused() {
        const auto source = SafetensorsSource::open_file("/dev/zero");
        QVERIFY(!source);
        QVERIFY(source.error().reason.find("not a regular file") != std::string::npos);
    }

    // Whatever bytes change, the answer is a checked source or an error.
    void mutated_files() {
        const QByteArray original = safetensors_bytes(two_tensors, QByteArray(12, 'x'));
        std::mt19937 random(20240607);
        int refused = 0;
        for (int round = 0; round < 200; ++round) {
            QByteArray bytes = original;
            const int changes = 1 + static_cast<int>(random() % 4);
            for (int i = 0; i < changes; ++i)
                bytes[static_cast<qsizetype>(random() % static_cast<unsigned>(bytes.size()))] =
                    static_cast<char>(random() & 0xff);
            write_bytes(path("mutated.safetensors"), bytes);
            const auto source = SafetensorsSource::open_file(std_path("mutated.safetensors"));
            if (!source) {
                ++refused;
                QVERIFY(!source.error().reason.empty());
                continue;
            }
            for (const TensorInfo& tensor : source->tensors()) {
                std::vector<std::byte> buffer(tensor.bytes);
                QVERIFY(source->read(tensor.name, buffer));
            }
        }
        QVERIFY(refused > 100);
    }
};

QTEST_APPLESS_MAIN(SafetensorsTest)
#include "tst_safetensors.moc"
