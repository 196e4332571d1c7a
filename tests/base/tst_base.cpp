#include "engine/base/date_text.h"
#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/random.h"
#include "engine/base/sha256.h"
#include "engine/base/utf8.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <cstring>
#include <random>
#include <sys/stat.h>

using namespace isoloss;

class BaseTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    // FIPS 180-4, the examples of NIST.
    void sha256_examples() {
        const auto hash = [](std::string_view text) { return sha256(std::as_bytes(std::span(text))); };
        QCOMPARE(hash(""), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        QCOMPARE(hash("abc"), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
        QCOMPARE(hash("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                 std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
    }

    void crc32c_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<quint32>("expected");
        // RFC 3720 B.4 and the usual check value.
        QTest::newRow("empty") << QByteArray() << quint32(0);
        QTest::newRow("check") << QByteArray("123456789") << quint32(0xe3069283);
        QTest::newRow("32 zeros") << QByteArray(32, '\0') << quint32(0x8a9136aa);
        QTest::newRow("32 ones") << QByteArray(32, '\xff') << quint32(0x62a8ab43);
    }

    void crc32c() {
        QFETCH(QByteArray, text);
        QFETCH(quint32, expected);
        const auto bytes = std::as_bytes(std::span(text.constData(), static_cast<std::size_t>(text.size())));
        QCOMPARE(isoloss::crc32c(bytes), expected);
        const auto half = bytes.size() / 2;
        QCOMPARE(isoloss::crc32c(bytes.subspan(half), isoloss::crc32c(bytes.first(half))), expected);
    }

    void numbers_as_text_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("value");
        QTest::addColumn<bool>("is_number");
        const auto row = [](const char* text, double value, bool is_number) {
            QTest::newRow(text) << QString::fromUtf8(text) << value << is_number;
        };
        row("0.1", 0.1, true);
        row("-1e-3", -0.001, true);
        row("+2.5", 2.5, true);
        row("nan", std::nan(""), true);
        row("inf", HUGE_VAL, true);
        row("-Infinity", -HUGE_VAL, true);
        row("1e999", HUGE_VAL, true);
        row("1e-999", 0.0, true);
        row("1,5", 0, false);
        row("", 0, false);
        row("3 nats", 0, false);
        row("0x10", 0, false);
    }

    void numbers_as_text() {
        QFETCH(QString, text);
        QFETCH(double, value);
        QFETCH(bool, is_number);
        const auto parsed = parse_double(text.toStdString());
        QCOMPARE(parsed.has_value(), is_number);
        if (!is_number) return;
        QVERIFY(std::isnan(value) ? std::isnan(*parsed) : *parsed == value);
    }

    void dates_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<double>("seconds"); ///< of `date -u +%s`; NaN for no date
        const auto row = [](const char* text, double seconds) {
            QTest::newRow(text) << QString::fromUtf8(text) << seconds;
        };
        row("1970-01-01 00:00:00", 0);
        row("2022-10-15 15:10:02", 1665846602);
        row("2024-02-29T23:59:59.25Z", 1709251199.25);
        row("2025-07-29T12:00:00+02:00", 1753783200);
        row("2025-07-29T12:00:00.5-0530", 1753810200.5);
        row("1969-12-31 23:59:59", -1);
        for (const char* none : {"", "2022-10-15", "2022-13-15 15:10:02", "2023-02-29 00:00:00", "2022-10-15 25:00:00",
                                 "2022-10-15 15:10:02 ", "2022-10-15 15:10:02+2", "15:10:02", "2022-10-15x15:10:02"})
            row(none, std::nan(""));
    }

    void dates() {
        QFETCH(QString, text);
        QFETCH(double, seconds);
        const auto parsed = parse_date(text.toStdString());
        QCOMPARE(parsed.has_value(), !std::isnan(seconds));
        if (parsed) QCOMPARE(*parsed, seconds);
    }

    void shortest_text() {
        QCOMPARE(number_text(0.1f), std::string("0.1"));
        QCOMPARE(number_text(0.1), std::string("0.1"));
        QCOMPARE(number_text(static_cast<double>(0.1f)), std::string("0.10000000149011612"));
        QCOMPARE(number_text(std::nan("")), std::string("NaN"));
        QCOMPARE(number_text(-HUGE_VAL), std::string("-Infinity"));
    }

    void json_accepts_what_trainers_write() {
        auto document = parse_json(R"({"a": NaN, "b": -Infinity, "c": "NaN", "d": 1e-3})", "x.json");
        QVERIFY(document.has_value());
        QVERIFY(std::isnan(*json_number(*document, "a")));
        QCOMPARE(*json_number(*document, "b"), -HUGE_VAL);
        QVERIFY(std::isnan(*json_number(*document, "c")));
        QCOMPARE(*json_number(*document, "d"), 1e-3);
        QVERIFY(!json_number(*document, "e"));
    }

    void json_mends_what_can_be_read() {
        // The last of members of one name, as Python's json has it.
        JsonMends repeats;
        const auto twice =
            parse_json(R"({"a": 1, "b": {"c": 2, "c": [{"d": 5, "d": 6}]}, "a": 3})", "x.json", {}, &repeats);
        QCOMPARE(json_text(*twice), std::string(R"({"b":{"c":[{"d":6}]},"a":3})"));
        QCOMPARE(repeats.repeated_keys, std::int64_t(3));
        QCOMPARE(repeats.characters, std::int64_t(0));
        std::string many = "{";
        for (int i = 0; i < 200; ++i)
            many += "\"" + std::to_string(i % 150) + "\":" + std::to_string(i) + ",";
        const auto unique = parse_json(many + "\"x\":0}", "x.json", {}, &repeats);
        QCOMPARE(unique->MemberCount(), 151u);
        QCOMPARE(*json_number(*unique, "49"), 199.0);
        QCOMPARE(*json_number(*unique, "50"), 50.0);
        QCOMPARE(repeats.repeated_keys, std::int64_t(53));
        // Who refuses such a text sees all of them.
        QCOMPARE(json_text(*parse_json(R"({"a": 1, "a": 2})", "x.json")), std::string(R"({"a":1,"a":2})"));
        JsonMends mends;
        const auto halves = parse_json(R"({"a": "x\ud83dy", "b": "\ud83d\ude00", "c": "\\\\ud83d", "d": "\udc00"})",
                                       "x.json", {}, &mends);
        QCOMPARE(mends.characters, std::int64_t(2));
        QVERIFY2(halves, halves ? "" : halves.error().text().c_str());
        QCOMPARE(*json_string(*halves, "a"), std::string_view("x\uFFFDy"));
        QCOMPARE(*json_string(*halves, "b"), std::string_view("\U0001F600"));
        QCOMPARE(*json_string(*halves, "c"), std::string_view(R"(\\ud83d)"));
        QCOMPARE(*json_string(*halves, "d"), std::string_view("\uFFFD"));
        const auto bytes = parse_json("{\"a\": \"x\xff\"}", "x.json", {}, &mends);
        QCOMPARE(mends.characters, std::int64_t(3));
        QCOMPARE(*json_string(*bytes, "a"), std::string_view("x\uFFFD"));
        const auto large = parse_json(R"({"a": 18446744073709551616})", "x.json");
        QCOMPARE(*json_number(*large, "a"), 18446744073709551616.0); // 2^64, not wrapped
        QVERIFY(!json_int(*large, "a"));
    }

    void json_faults_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QString>("place");
        QTest::newRow("cut") << QByteArray("{\"a\":\n [1, 2") << "line 2, column 7";
        QTest::newRow("deep") << QByteArray(100000, '[') << "line 1, column 201";
        QTest::newRow("empty") << QByteArray() << "line 1, column 1";
        QByteArray wide("{\n");
        for (int i = 0; i < 1'000'000; ++i)
            wide += "\"k" + QByteArray::number(i) + "\":1,";
        QTest::newRow("a million members") << wide + "\"z\":1}"
                                           << "line 2, column 5888900";
        QTest::newRow("a number beyond every double") << QByteArray("{\"a\": 1e400}") << "line 1, column 7";
    }

    void json_faults() {
        QFETCH(QByteArray, text);
        QFETCH(QString, place);
        const auto document = parse_json(text.toStdString(), "x.json");
        QVERIFY(!document.has_value());
        QCOMPARE(document.error().file, std::string("x.json"));
        QCOMPARE(QString::fromStdString(document.error().place), place);
    }

    void utf8_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<int>("count");
        QTest::addColumn<bool>("valid");
        QTest::newRow("ascii") << QByteArray("abc") << 3 << true;
        QTest::newRow("accents") << QByteArray("na\xc3\xafve") << 5 << true;
        QTest::newRow("emoji") << QByteArray("\xf0\x9f\x98\x80") << 1 << true;
        QTest::newRow("overlong") << QByteArray("\xc0\xaf") << 2 << false;
        QTest::newRow("surrogate") << QByteArray("\xed\xa0\x80") << 3 << false;
        QTest::newRow("cut") << QByteArray("\xe2\x82") << 2 << false;
    }

    void utf8() {
        QFETCH(QByteArray, text);
        QFETCH(int, count);
        QFETCH(bool, valid);
        QCOMPARE(int(code_point_count(text.toStdString())), count);
        QCOMPARE(is_valid_utf8(text.toStdString()), valid);
        QVERIFY(is_valid_utf8(valid_utf8(text.toStdString())));
    }

    void files_that_are_none() {
        QTemporaryDir folder;
        const std::filesystem::path base = folder.path().toStdString();
        QCOMPARE(InputFile::open(base / "missing").error().kind, ErrorKind::not_found);
        QCOMPARE(::mkfifo((base / "pipe").c_str(), 0600), 0);
        QCOMPARE(InputFile::open(base / "pipe").error().kind, ErrorKind::unsupported);
        QCOMPARE(InputFile::open("/dev/zero").error().kind, ErrorKind::unsupported);
        QVERIFY(write_file_atomically(base / "text", "hello").has_value());
        QCOMPARE(*read_text_file(base / "text", 100), std::string("hello"));
        QCOMPARE(read_text_file(base / "text", 4).error().kind, ErrorKind::limit);
        auto file = InputFile::open(base / "text");
        std::array<std::byte, 8> buffer{};
        QCOMPARE(file->read_exact(0, buffer).error().place, std::string("byte 5"));
    }

    void random_numbers_of_a_seed() {
        RandomSource random(7), same(7);
        std::mt19937_64 engine(7); // its numbers are fixed by the C++ standard
        QCOMPARE(random.uniform(), std::ldexp(static_cast<double>(engine() >> 11), -53));
        QCOMPARE(random.below(1000), std::size_t(static_cast<double>(engine()) / 0x1p64 * 1000));
        same.uniform();
        same.below(1000);
        QCOMPARE(random.normal(), same.normal());
        const double probabilities[] = {0, .25, .75, 0};
        QCOMPARE(random.choose(probabilities), same.choose(probabilities));
    }

    void random_numbers_have_their_distribution() {
        constexpr int count = 100000;
        RandomSource random(1);
        double sum = 0, square = 0, fourth = 0;
        int chosen[4] = {};
        const double probabilities[] = {0, .25, .7, .05};
        for (int i = 0; i < count; ++i) {
            const double x = random.normal();
            sum += x;
            square += x * x;
            fourth += x * x * x * x;
            ++chosen[random.choose(probabilities)];
        }
        // Four standard errors; x, x² and x⁴ of a standard normal have the variances 1, 2 and 96.
        const double root = std::sqrt(double(count));
        QVERIFY(std::abs(sum / count) < 4 / root);
        QVERIFY(std::abs(square / count - 1) < 4 * std::sqrt(2.0) / root);
        QVERIFY(std::abs(fourth / count - 3) < 4 * std::sqrt(96.0) / root);
        QCOMPARE(chosen[0], 0);
        for (int i = 1; i < 4; ++i) {
            const double p = probabilities[i];
            QVERIFY(std::abs(chosen[i] / double(count) - p) < 4 * std::sqrt(p * (1 - p)) / root);
        }
    }

    void error_text() {
        const Error error{ErrorKind::damaged, "a.bin", "byte 7", "the checksum is wrong", "Copy it again"};
        QCOMPARE(error.text(), std::string("a.bin (byte 7): the checksum is wrong. Copy it again"));
        QCOMPARE(exit_code(error.kind), 3);
    }
};

QTEST_APPLESS_MAIN(BaseTest)
#include "tst_base.moc"
