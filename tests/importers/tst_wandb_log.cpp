#include "engine/importers/wandb/wandb_log.h"
#include "engine/importers/wandb/wandb_numbers.h"
#include "tests/support/wandb_log_writer.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>

using namespace isoloss;
using namespace isoloss::support;

namespace {

struct Reading {
    std::vector<std::string> records;
    WandbLogEnd end = WandbLogEnd::reading;
    std::uint64_t offset = 0;
    WandbLogCounts counts;
    Error fault;
};

Reading read_log(const std::string& bytes, std::uint64_t offset = 0) {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("run-1.wandb").toStdString();
    put_file(path, bytes);
    Reading reading;
    const auto file = InputFile::open(path);
    WandbLogReader reader(*file, offset);
    for (;;) {
        const auto record = reader.next();
        if (!record || !*record) break;
        reading.records.emplace_back(reinterpret_cast<const char*>((*record)->data()), (*record)->size());
    }
    reading.end = reader.end();
    reading.offset = reader.offset();
    reading.counts = reader.counts();
    reading.fault = reader.fault();
    return reading;
}

std::string log_of(const std::vector<std::string>& records) {
    WandbLogWriter log;
    for (const std::string& record : records)
        log.add_bytes(record);
    return log.text();
}

std::string flipped(std::string bytes, std::size_t at) {
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    return bytes;
}

/// "name=value" of all numbers, with "name:text" for texts.
class Collector final : public WandbValueSink {
public:
    void number(std::string_view name, double value) override {
        seen << QString::fromUtf8(name.data(), static_cast<int>(name.size())) + "=" + QString::number(value, 'g', 17);
    }

    void text(std::string_view name, std::string_view json) override {
        seen << QString::fromUtf8(name.data(), static_cast<int>(name.size())) + ":" +
                    QString::fromUtf8(json.data(), static_cast<int>(json.size()));
    }

    QStringList seen;
};

const std::string short_record = "short";

} // namespace

// The framing of transaction logs and the values in them.
class WandbLogTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void checksum_is_the_plain_one() {
        // The check value of CRC-32/ISO-HDLC, from its catalogue.
        QCOMPARE(plain_crc32("123456789"), 0xcbf43926u);
    }

    void records_of_any_length_come_back_data() {
        QTest::addColumn<int>("length");
        // A chunk of N bytes at byte 7 ends at 14 + N; the block ends at 32768.
        QTest::newRow("empty") << 0;
        QTest::newRow("one byte") << 1;
        QTest::newRow("fills the block") << 32754;
        QTest::newRow("leaves six bytes of padding") << 32748;
        QTest::newRow("leaves room for a header alone") << 32747;
        QTest::newRow("one byte into the next block") << 32755;
        QTest::newRow("three blocks") << 90000;
        QTest::newRow("longer than what is read at once") << 3'000'000;
    }

    void records_of_any_length_come_back() {
        QFETCH(int, length);
        std::string record(static_cast<std::size_t>(length), 'x');
        for (std::size_t i = 0; i < record.size(); ++i)
            record[i] = static_cast<char>(i * 7 + i / 251);
        const std::string bytes = log_of({record, short_record, record});
        const Reading reading = read_log(bytes);
        QCOMPARE(reading.records.size(), std::size_t(3));
        QVERIFY(reading.records[0] == record && reading.records[2] == record);
        QCOMPARE(reading.records[1], short_record);
        QCOMPARE(reading.end, WandbLogEnd::whole);
        QCOMPARE(reading.offset, std::uint64_t(bytes.size()));
        QCOMPARE(reading.counts.damaged + reading.counts.cut, std::int64_t(0));
    }

    // Cut anywhere, the records before the cut come back, and reading goes on from the offset with the rest.
    void a_cut_log_waits_for_its_rest() {
        const std::vector<std::string> records{short_record, std::string(40000, 'b'), "", "last"};
        const std::string whole = log_of(records);
        for (std::size_t size = 0; size <= whole.size(); size += size > 100 && size < 40000 ? 997 : 1) {
            const Reading before = read_log(whole.substr(0, size));
            QVERIFY(before.end == WandbLogEnd::waiting || before.end == WandbLogEnd::whole);
            QCOMPARE(before.counts.damaged + before.counts.cut, std::int64_t(0));
            QVERIFY(before.offset <= size);
            std::vector<std::string> all = before.records;
            const Reading after = read_log(whole, before.offset);
            all.insert(all.end(), after.records.begin(), after.records.end());
            QVERIFY(all == records);
            QCOMPARE(after.end, WandbLogEnd::whole);
        }
    }

    void damage_costs_the_rest_of_its_block_data() {
        QTest::addColumn<int>("at");
        QTest::addColumn<QString>("left"); ///< first letters of the records
        QTest::addColumn<int>("first_damage");
        // a: byte 7, 10000 long. b: 10014, 40000 long, so it begins in block 0 and ends in block 1 at 50028. c: 50028,
        // 10000 long. d: 60035, 10000 long, so it begins in block 1 and ends in block 2 at 70049. e: 70049.
        QTest::newRow("payload of the first record") << 500 << "cde" << 7;
        QTest::newRow("checksum of the first record") << 7 << "cde" << 7;
        QTest::newRow("length of the first record") << 12 << "cde" << 7;
        QTest::newRow("type of the first record") << 13 << "cde" << 7;
        QTest::newRow("beginning of a record of two blocks") << 10020 << "acde" << 10014;
        QTest::newRow("end of a record of two blocks") << 32780 << "ae" << 32768;
        QTest::newRow("record within block 1") << 50100 << "abe" << 50028;
        QTest::newRow("in the last block, which is not full") << 65600 << "abc" << 65536;
        QTest::newRow("the last record") << 70060 << "abcd" << 70049;
    }

    void damage_costs_the_rest_of_its_block() {
        QFETCH(int, at);
        QFETCH(QString, left);
        QFETCH(int, first_damage);
        const std::string bytes = log_of({std::string(10000, 'a'), std::string(40000, 'b'), std::string(10000, 'c'),
                                          std::string(10000, 'd'), std::string(10, 'e')});
        QCOMPARE(bytes.size(), std::size_t(70049 + 7 + 10));
        const Reading reading = read_log(flipped(bytes, static_cast<std::size_t>(at)));
        QString letters;
        for (const std::string& record : reading.records)
            letters += QChar(record.front());
        QCOMPARE(letters, left);
        QCOMPARE(reading.counts.damaged, std::int64_t(1));
        QCOMPARE(*reading.counts.first_damage, std::uint64_t(first_damage));
        QCOMPARE(reading.counts.cut, std::int64_t(0));
        // In a block that is not full yet it is looked at again when the file has grown.
        const bool in_last_block = first_damage >= 65536;
        QCOMPARE(reading.end, in_last_block ? WandbLogEnd::damaged : WandbLogEnd::whole);
        QVERIFY(in_last_block ? reading.offset <= std::uint64_t(first_damage) : reading.offset == bytes.size());
    }

    void other_contradictions_data() {
        QTest::addColumn<QByteArray>("chunks");
        QTest::addColumn<QString>("left");
        QTest::addColumn<int>("damaged");
        QTest::addColumn<int>("cut");
        const auto row = [](const char* name, const std::string& chunks, const char* left, int damaged, int cut) {
            QTest::newRow(name) << QByteArray::fromStdString(chunks) << QString(left) << damaged << cut;
        };
        const std::string a = wandb_chunk(1, "a");
        row("unknown type", a + wandb_chunk(5, "x") + a, "a", 1, 0);
        row("type 0 with a checksum", a + wandb_chunk(0, "x") + a, "a", 1, 0);
        row("an end without a beginning", a + wandb_chunk(4, "x") + a, "aa", 0, 1);
        row("a beginning without an end", wandb_chunk(2, "x") + a, "a", 0, 1);
        row("two beginnings", wandb_chunk(2, "x") + wandb_chunk(2, "b") + wandb_chunk(4, "c"), "b", 0, 1);
        row("a length past the block", a + std::string("\1\2\3\4\xff\xff\1", 7) + std::string(30, 'x'), "a", 1, 0);
        row("room that was never written to", a + std::string(32768 - 7 - 8, '\0') + a, "aa", 0, 0);
    }

    void other_contradictions() {
        QFETCH(QByteArray, chunks);
        QFETCH(QString, left);
        QFETCH(int, damaged);
        QFETCH(int, cut);
        const Reading reading = read_log(log_of({}) + chunks.toStdString());
        QString letters;
        for (const std::string& record : reading.records)
            letters += QChar(record.front());
        QCOMPARE(letters, left);
        QCOMPARE(reading.counts.damaged, std::int64_t(damaged));
        QCOMPARE(reading.counts.cut, std::int64_t(cut));
    }

    void a_record_above_the_cap_is_stepped_over() {
        const std::string huge(WandbLogReader::largest_record + 1, 'h');
        const Reading reading = read_log(log_of({"a", huge, "b"}));
        QCOMPARE(reading.records.size(), std::size_t(2));
        QCOMPARE(reading.records[1], std::string("b"));
        QCOMPARE(reading.counts.oversized, std::int64_t(1));
    }

    void foreign_files_are_refused_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("reason");
        QTest::newRow("text") << QByteArray("{\"loss\": 1}") << "not a W&B transaction log";
        QTest::newRow("gzip") << QByteArray("\x1f\x8b\x08\x00\x00\x00\x00\x00") << "gzip";
        QTest::newRow("another magic") << QByteArray(":W&B\x00\x00\x00", 7) << "not a W&B transaction log";
        QTest::newRow("a later version") << QByteArray(":W&B\xe1\xbe\x07", 7) << "version 7";
    }

    void foreign_files_are_refused() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, reason);
        const Reading reading = read_log(bytes.toStdString());
        QCOMPARE(reading.end, WandbLogEnd::foreign);
        QVERIFY2(QString::fromStdString(reading.fault.reason).contains(reason), reading.fault.reason.c_str());
        QVERIFY(!reading.fault.remedy.empty());
    }

    void values_data() {
        QTest::addColumn<QString>("key"); ///< parts with a bar between
        QTest::addColumn<QString>("json");
        QTest::addColumn<QString>("seen");
        const auto row = [](const char* name, const char* key, const char* json, const char* seen) {
            QTest::newRow(name) << QString(key) << QString(json) << QString(seen);
        };
        row("integer", "x", "3", "x=3");
        row("negative", "x", "-0.25", "x=-0.25");
        row("exponent", "x", "1e+06", "x=1000000");
        row("spaces", "x", " 2 ", "x=2");
        row("shortest double", "x", "0.1", "x=0.10000000000000001");
        row("NaN", "x", "NaN", "x=nan");
        row("quoted NaN", "x", "\"NaN\"", "x=nan");
        row("quoted infinity", "x", "\"Infinity\"", "x=inf");
        row("bare infinity", "x", "-Infinity", "x=-inf");
        row("quoted infinity, negative", "x", "\"-Infinity\"", "x=-inf");
        row("beyond a double", "x", "1e400", "x=inf");
        row("true", "x", "true", "x=1");
        row("false", "x", "false", "x=0");
        row("null", "x", "null", "");
        row("text", "x", "\"nan\"", "x:\"nan\"");
        row("list", "x", "[1, 2]", "");
        row("nested key", "a|b/c", "1", "a.b/c=1");
        row("object", "a", "{\"b\": {\"c\": 1, \"d\": \"NaN\"}, \"e\": 2.5}", "a.e=2.5 a.b.c=1 a.b.d=nan");
        row("histogram", "h", "{\"_type\": \"histogram\", \"values\": [1], \"bins\": [0, 1]}", "");
        row("medium within an object", "a", "{\"m\": {\"path\": \"p\", \"_type\": \"image-file\", \"width\": 3}}", "");
        row("W&B's own", "_runtime", "3", "");
        row("W&B's own, nested", "_wandb|runtime", "3", "");
        row("no JSON", "x", "1.2.3", "");
        row("no JSON, an object", "x", "{\"a\": 1", "");
        row("nothing", "x", "", "");
    }

    void values() {
        QFETCH(QString, key);
        QFETCH(QString, json);
        QFETCH(QString, seen);
        WandbLogged logged{{}, json.toStdString()};
        for (const QString& part : key.split('|'))
            logged.path.push_back(part.toStdString());
        const std::string bytes = wandb_logged(logged).text();
        WandbItems items;
        QVERIFY(items.add(std::as_bytes(std::span(bytes))));
        Collector collector;
        WandbNumbers numbers;
        numbers.read(items, collector);
        QCOMPARE(collector.seen.join(' '), seen);
    }

    void what_is_no_number_is_counted() {
        const std::vector<WandbLogged> logged{{{"a"}, "\"text\""},
                                              {{"b"}, "[1]"},
                                              {{"c"}, "{\"_type\": \"histogram\"}"},
                                              {{"d"}, "{\"_type\": \"table-file\"}"},
                                              {{"e", "_type"}, "\"image-file\""},
                                              {{"e", "width"}, "32"},
                                              {{"f"}, "9007199254740993"},
                                              {{"g"}, "18446744073709551616"},
                                              {{"h"}, "1e999"},
                                              {{"i"}, "true"},
                                              {{"j"}, std::string(100'000, '[')},
                                              {{"k"}, "{\"a\":" + std::string(100'000, '[')},
                                              {std::vector<std::string>(100, "p"), "1"}};
        WandbItems items;
        std::vector<std::string> texts;
        for (const WandbLogged& item : logged)
            texts.push_back(wandb_logged(item).text());
        for (const std::string& text : texts)
            QVERIFY(items.add(std::as_bytes(std::span(text))));
        Collector collector;
        WandbNumbers numbers;
        numbers.read(items, collector);
        const WandbValueCounts& counts = numbers.counts;
        QCOMPARE(counts.texts, std::int64_t(1));
        QCOMPARE(counts.lists, std::int64_t(2));
        QCOMPARE(counts.histograms, std::int64_t(1));
        QCOMPARE(counts.media, std::int64_t(2));
        QCOMPARE(counts.inexact, std::int64_t(1)); // 2^64 is a double
        QCOMPARE(counts.overflowed, std::int64_t(1));
        QCOMPARE(counts.flags, std::int64_t(1));
        QCOMPARE(counts.broken, std::int64_t(2));
        QVERIFY(!collector.seen.join(' ').contains("e.width"));
        QVERIFY(collector.seen.contains("g=1.8446744073709552e+19"));
    }
};

QTEST_APPLESS_MAIN(WandbLogTest)
#include "tst_wandb_log.moc"
