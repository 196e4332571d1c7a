#include "engine/datasets/idx.h"
#include "engine/datasets/npy.h"
#include "engine/datasets/npz.h"
#include "engine/datasets/png_image.h"
#include "tests/support/data_files.h"
#include "tests/support/safetensors_file.h"

#include <QTemporaryDir>
#include <cmath>

using namespace isoloss;
using namespace isoloss::test;

/// Readers of arrays and pictures, each also with what is broken or hostile.
class ArrayFilesTest : public QObject {
    Q_OBJECT

    QTemporaryDir root_;

    std::filesystem::path write(const char* name, const QByteArray& bytes) const {
        const QString path = root_.filePath(QString::fromUtf8(name));
        write_bytes(path, bytes);
        return path.toStdString();
    }

    Expected<NumberArray> npy(const QByteArray& bytes) const {
        auto source = ByteSource::open(write("a.npy", bytes));
        if (!source) return fail(source.error());
        return open_npy(std::move(*source));
    }

    static void check_refusal(const Error& error, const QString& words) {
        const QString text = QString::fromStdString(error.text());
        QVERIFY(!error.file.empty() && !error.remedy.empty());
        for (const QString& word : words.split(QLatin1Char('|')))
            QVERIFY2(text.contains(word), qPrintable(text.left(500)));
    }

private Q_SLOTS:

    void elements_data() {
        QTest::addColumn<QByteArray>("type");
        QTest::addColumn<QByteArray>("data");
        QTest::addColumn<QList<double>>("expected");
        const auto row = [](const char* type, const QByteArray& data, const QList<double>& expected) {
            QTest::newRow(type) << QByteArray(type) << data << expected;
        };
        row("|b1", QByteArray("\x01\x00", 2), {1, 0});
        row("|u1", QByteArray("\xff\x02", 2), {255, 2});
        row("|i1", QByteArray("\xff\x02", 2), {-1, 2});
        row("<u2", QByteArray("\x01\x02\xff\xff", 4), {513, 65535});
        row(">u2", QByteArray("\x01\x02\xff\xff", 4), {258, 65535});
        row("<i4", QByteArray("\xfe\xff\xff\xff", 4), {-2});
        row(">i4", QByteArray("\xff\xff\xff\xfe", 4), {-2});
        row("<u4", QByteArray("\xfe\xff\xff\xff", 4), {4294967294.0});
        row("<i8", raw_bytes<qint64>({-5, 1ll << 40}), {-5, 1099511627776.0});
        row("<f2", QByteArray("\x00\x3c\x00\xc0\x01\x00\x00\x7c", 8), {1, -2, std::ldexp(1, -24), INFINITY});
        row("<f4", raw_bytes<float>({1.5f, -0.25f}), {1.5, -0.25});
        row("<f8", raw_bytes<double>({0.1}), {0.1});
        row(">f8", QByteArray("\x3f\xf8\0\0\0\0\0\0", 8), {1.5});
    }

    void elements() {
        QFETCH(QByteArray, type);
        QFETCH(QByteArray, data);
        QFETCH(QList<double>, expected);
        const QByteArray shape = "(" + QByteArray::number(expected.size()) + ",)";
        const auto array = npy(npy_bytes(type, shape, data));
        QVERIFY2(array, array ? "" : array.error().text().c_str());
        QCOMPARE(array->size(), std::int64_t(expected.size()));
        std::vector<double> values(static_cast<std::size_t>(array->size()));
        QVERIFY(array->read(0, std::span(values)));
        QCOMPARE(QList<double>(values.begin(), values.end()), expected);
        std::vector<std::int64_t> last(1);
        const auto whole = array->read(array->size() - 1, std::span(last));
        QCOMPARE(whole.has_value(), type[1] != 'f');
        if (whole) QCOMPARE(static_cast<double>(last[0]), expected.back());
    }

    void shapes() {
        const auto array = npy(npy_bytes("<u2", "(2, 3)", QByteArray(12, '\1')));
        QVERIFY(array);
        QCOMPARE(array->shape(), (std::vector<std::int64_t>{2, 3}));
        QCOMPARE(array->shape_text(), std::string("(2, 3)"));
        QCOMPARE(npy(npy_bytes("<f8", "()", QByteArray(8, '\0')))->size(), std::int64_t(1));
        QCOMPARE(npy(npy_bytes("<f8", "(0, 5)", {}))->size(), std::int64_t(0));
        QVERIFY(npy(npy_bytes("<f8", "(1,)", QByteArray(8, '\0'), "True"))); // one dimension has no order
    }

    void npy_refusals_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const QByteArray& bytes, const char* words) {
            QTest::newRow(name) << bytes << QString::fromUtf8(words);
        };
        const QByteArray good = npy_bytes("<u2", "(2,)", QByteArray(4, '\0'));
        row("empty", {}, "does not begin as");
        row("only the magic", good.left(6), "does not begin as");
        row("version 9", QByteArray(good).replace(6, 1, "\x09"), "version 9");
        row("header longer than the file", QByteArray(good).replace(8, 2, "\xff\xff"), "said to have 65535 bytes");
        row("header of 4 GB", QByteArray("\x93NUMPY\x02\x00\xff\xff\xff\xff{}", 14), "said to have 4294967295 bytes");
        row("objects", npy_bytes("|O", "(2,)", "cos\nsystem\n"), "Python objects|run code");
        row("records", npy_bytes("<u2", "(2,)", {}).replace("'<u2'", "[('a', '<i4')]"), "records");
        row("texts", npy_bytes("<U5", "(1,)", QByteArray(20, 'x')), "texts");
        row("complex", npy_bytes("<c8", "(1,)", QByteArray(8, '\0')), "complex");
        row("long double", npy_bytes("<f16", "(1,)", QByteArray(16, '\0')), "type that is not read|<f16");
        row("Fortran order", npy_bytes("<f8", "(1, 1)", QByteArray(8, '\0'), "True"),
            "Fortran order|ascontiguousarray");
        row("cut", good.chopped(1), "does not have the 3 bytes");
        row("longer", good + "x", "does not have the 5 bytes");
        row("negative size", npy_bytes("<u2", "(-2,)", QByteArray(4, '\0')), "not the description");
        row("shape beyond 64 bits", npy_bytes("<u2", "(4294967296, 4294967296)", QByteArray(4, '\0')), "more elements");
        row("size beyond 64 bits", npy_bytes("<f8", "(4611686018427387904,)", QByteArray(4, '\0')), "does not have");
        row("20 dimensions", npy_bytes("<u2", "(" + QByteArray("1,").repeated(20) + ")", QByteArray(2, '\0')),
            "not the description");
        row("code in the header", npy_bytes("<u2", "__import__('os').system('x')", {}), "not the description");
        row("unknown key", npy_bytes("<u2", "(2,), 'x': 1", QByteArray(4, '\0')), "not the description");
        row("key twice", npy_bytes("<u2", "(2,), 'descr': '<u2'", QByteArray(4, '\0')), "not the description");
    }

    void npy_refusals() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        const auto array = npy(bytes);
        QVERIFY(!array);
        check_refusal(array.error(), words);
    }

    void archives() {
        const QByteArray x = npy_bytes("<f4", "(2, 2)", raw_bytes<float>({1, 2, 3, 4}));
        const QByteArray y = npy_bytes("<i8", "(2,)", raw_bytes<qint64>({7, 8}));
        const auto arrays = open_npz(write(
            "a.npz", zip_bytes({{"x.npy", x, true, 0}, {"y.npy", y, false, 0}, {"notes.txt", "hello", true, 0}})));
        QVERIFY2(arrays, arrays ? "" : arrays.error().text().c_str());
        QCOMPARE(arrays->size(), std::size_t(2));
        std::vector<double> values(4);
        QVERIFY(arrays->at("x").read(0, std::span(values)));
        QCOMPARE(values, (std::vector<double>{1, 2, 3, 4}));
        std::vector<std::int64_t> labels(2);
        QVERIFY(arrays->at("y").read(0, std::span(labels)));
        QCOMPARE(labels, (std::vector<std::int64_t>{7, 8}));
    }

    void npz_refusals_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        const auto row = [](const char* name, const QByteArray& bytes, const char* words) {
            QTest::newRow(name) << bytes << QString::fromUtf8(words);
        };
        const QByteArray x = npy_bytes("<u2", "(2,)", QByteArray(4, '\0'));
        const QByteArray good = zip_bytes({{"x.npy", x, true, 0}});
        row("no directory", good.left(40), "no directory");
        row("empty archive", zip_bytes({}), "without arrays");
        row("twice", zip_bytes({{"x.npy", x, true, 0}, {"x.npy", x, true, 0}}), "x.npy|occurs twice");
        row("bomb", zip_bytes({{"x.npy", QByteArray(1 << 20, '\0'), true, 100}}), "x.npy|compressed data are damaged");
        row("states 4 GB", zip_bytes({{"x.npy", x, true, 0xfffffffeu}}), "4294967294 bytes|at most");
        row("stored, wrong size", zip_bytes({{"x.npy", x, false, 5}}), "size that is stated");
        row("objects", zip_bytes({{"x.npy", npy_bytes("|O", "(1,)", "c"), true, 0}}), "array x.npy|Python objects");
        QByteArray encrypted = good;
        encrypted[encrypted.indexOf("PK\x01\x02") + 8] = '\1';
        row("encrypted", encrypted, "encrypted");
        QByteArray method = good;
        method[method.indexOf("PK\x01\x02") + 10] = '\x0c';
        row("another method", method, "method 12");
        QByteArray checksum = good;
        checksum[checksum.indexOf("PK\x01\x02") + 16] =
            static_cast<char>(checksum[checksum.indexOf("PK\x01\x02") + 16] ^ 1);
        row("checksum", checksum, "checksum");
        QByteArray outside = good;
        outside.replace(outside.indexOf("PK\x05\x06") + 16, 4, "\xff\xff\xff\x7f");
        row("directory outside", outside, "ends too early");
    }

    void npz_refusals() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        const auto arrays = open_npz(write("bad.npz", bytes));
        QVERIFY(!arrays);
        check_refusal(arrays.error(), words);
    }

    void idx() {
        auto source = ByteSource::open(write("a.gz", deflated(idx_bytes(8, {2, 1, 2}, "\x01\x02\x03\x04"), 31)));
        QVERIFY(source);
        const auto array = open_idx(*source);
        QVERIFY2(array, array ? "" : array.error().text().c_str());
        QCOMPARE(array->shape(), (std::vector<std::int64_t>{2, 1, 2}));
        std::vector<std::uint8_t> pixels(4);
        QVERIFY(array->read(0, std::span(pixels)));
        QCOMPARE(pixels, (std::vector<std::uint8_t>{1, 2, 3, 4}));
        const auto numbers = open_idx(
            ByteSource::in_memory(idx_bytes(0x0c, {1}, QByteArray("\xff\xff\xff\xfe", 4)).toStdString(), "b", {}));
        std::vector<std::int64_t> number(1);
        QVERIFY(numbers && numbers->read(0, std::span(number)));
        QCOMPARE(number[0], std::int64_t(-2));
    }

    void idx_refusals_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        QTest::newRow("short") << QByteArray(3, '\0') << "does not begin as";
        QTest::newRow("unknown type") << idx_bytes(7, {2}, "ab") << "does not begin as";
        QTest::newRow("cut header") << idx_bytes(8, {2, 2, 2}, {}).left(9) << "header ends too early";
        QTest::newRow("cut") << idx_bytes(8, {2, 2}, "abc") << "does not have the 3 bytes";
        QTest::newRow("too large") << idx_bytes(8, {0xffffffffu, 0xffffffffu, 0xffffffffu}, "abc") << "more elements";
    }

    void idx_refusals() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        const auto array = open_idx(ByteSource::in_memory(bytes.toStdString(), "file", {}));
        QVERIFY(!array);
        check_refusal(array.error(), words);
    }

    void pictures_data() {
        QTest::addColumn<char>("color_type");
        QTest::addColumn<QByteArray>("rows");
        QTest::addColumn<int>("channels");
        QTest::addColumn<QByteArray>("pixels");
        QTest::newRow("grey") << char(0) << QByteArray("\x01\x80\xff\x00", 4) << 1 << QByteArray("\x01\x80\xff\x00", 4);
        const QByteArray colors("\x01\x02\x03\xff\x80\x40\x07\x08\x09\x0a\x0b\x0c", 12);
        QTest::newRow("colours") << char(2) << colors << 3 << colors;
        QTest::newRow("transparency is dropped")
            << char(6) << QByteArray("\x01\x02\x03\x7f\xff\x80\x40\xff\x07\x08\x09\x01\x0a\x0b\x0c\x80", 16) << 3
            << colors;
    }

    void pictures() {
        QFETCH(char, color_type);
        QFETCH(QByteArray, rows);
        QFETCH(int, channels);
        QFETCH(QByteArray, pixels);
        const auto picture = read_png(write("a.png", png_bytes(2, 2, color_type, rows)));
        QVERIFY2(picture, picture ? "" : picture.error().text().c_str());
        QCOMPARE(picture->width, std::int64_t(2));
        QCOMPARE(picture->height, std::int64_t(2));
        QCOMPARE(picture->channels, channels);
        QCOMPARE(QByteArray(reinterpret_cast<const char*>(picture->pixels.data()),
                            static_cast<qsizetype>(picture->pixels.size())),
                 pixels);
    }

    void picture_refusals_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("words");
        const QByteArray good = png_bytes(2, 2, 0, "abcd");
        QTest::newRow("empty") << QByteArray() << "cannot be read";
        QTest::newRow("text") << QByteArray("hello") << "cannot be read";
        QTest::newRow("cut") << good.left(50) << "cannot be read";
        QTest::newRow("checksum") << QByteArray(good).replace(29, 1, "x") << "cannot be read";
        QTest::newRow("too wide") << png_bytes(20000, 1, 0, QByteArray(20000, 'x')) << "20000 × 1 pixels";
        QTest::newRow("too many") << png_bytes(16000, 16000, 0, {}) << "16000 × 16000 pixels";
    }

    void picture_refusals() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, words);
        const auto picture = read_png(write("bad.png", bytes));
        QVERIFY(!picture);
        check_refusal(picture.error(), words);
    }
};

QTEST_APPLESS_MAIN(ArrayFilesTest)
#include "tst_array_files.moc"
