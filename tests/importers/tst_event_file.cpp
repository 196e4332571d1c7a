#include "engine/importers/event_columns.h"
#include "engine/importers/event_points.h"
#include "engine/importers/events/event_file.h"
#include "tests/support/event_file_writer.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>
#include <limits>

using namespace isoloss;
using namespace isoloss::support;

namespace {

struct Seen {
    std::string tag;
    std::int64_t step;
    double wall_time;
    std::uint64_t bits;
    bool wide;
};

class Collector final : public EventSink {
public:
    void scalar(const EventScalar& s) override {
        scalars.push_back({std::string(s.tag), s.step, s.wall_time, s.bits, s.wide});
    }

    void session_start() override { ++starts; }

    void facts(const EventRunFacts& f) override { all_facts.push_back(f); }

    std::vector<Seen> scalars;
    std::vector<EventRunFacts> all_facts;
    int starts = 0;
};

struct Reading {
    Collector collector;
    EventDecoder decoder;
    EventFileEnd end = EventFileEnd::reading;
    std::uint64_t offset = 0;
    Error fault;
};

Reading read_bytes(const std::string& bytes) {
    QTemporaryDir folder;
    const std::filesystem::path path = folder.filePath("events.out.tfevents.1").toStdString();
    put_file(path, bytes);
    Reading reading;
    const auto file = InputFile::open(path);
    EventFileReader reader(*file, 0);
    while (true) {
        const auto more = reader.read_block(reading.decoder, reading.collector);
        if (!more || !*more) break;
    }
    reading.end = reader.end();
    reading.offset = reader.offset();
    reading.fault = reader.fault();
    return reading;
}

std::string bare_frame_header(std::uint64_t length, bool good_checksum) {
    const std::string text = little_endian(length, 8);
    return text + little_endian(masked_crc(text) ^ (good_checksum ? 0u : 1u), 4);
}

const std::string good = version_frame() + scalar_frame("loss", 1, 0.5f);

ProtoWriter tensor(std::uint64_t type) {
    return ProtoWriter().varint(1, type);
}

std::string tensor_frame(const ProtoWriter& value, const std::string& tag = "t") {
    return summary_frame(3, 5.0, {tensor_value(tag, value)});
}

} // namespace

class EventFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    // FORMATS.md, TensorBoard event files: the frame's checksum.
    void masked_checksum_vector() {
        const std::string_view text = "\x1a\x11"
                                      "CRC test, one two";
        QCOMPARE(masked_crc32c(std::as_bytes(std::span(text))), 0x5794d08au);
    }

    // BAD_INPUTS.md, rows 1 to 10, 16 and 25: how many points are kept, where reading stops, what is counted.
    void damages_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<int>("points");
        QTest::addColumn<int>("end");
        QTest::addColumn<qint64>("offset");
        QTest::addColumn<QString>("counts"); // records, bad checksums, malformed, unsupported
        QTest::addColumn<QString>("reason");
        const auto row = [](const char* name, const std::string& bytes, int points, EventFileEnd end,
                            std::size_t offset, const char* counts, const char* reason = "") {
            QTest::newRow(name) << QByteArray(bytes.data(), static_cast<qsizetype>(bytes.size())) << points
                                << static_cast<int>(end) << static_cast<qint64>(offset) << QString(counts)
                                << QString(reason);
        };
        const std::string next = scalar_frame("loss", 2, 0.25f);
        row("1 empty", "", 0, EventFileEnd::whole, 0, "0 0 0 0");
        row("2 seven bytes", good.substr(0, 7), 0, EventFileEnd::waiting, 0, "0 0 0 0");
        row("2 eleven bytes after a record", good + next.substr(0, 11), 1, EventFileEnd::waiting, good.size(),
            "2 0 0 0");
        row("3 cut in the payload", good + next.substr(0, 20), 1, EventFileEnd::waiting, good.size(), "2 0 0 0");
        row("3 cut in the last checksum", good + next.substr(0, next.size() - 1), 1, EventFileEnd::waiting, good.size(),
            "2 0 0 0");
        row("4 bad length checksum", good + bare_frame_header(20, false) + next, 1, EventFileEnd::damaged, good.size(),
            "2 0 0 0", "damaged at byte");
        std::string bad_data = next;
        bad_data[20] ^= 1;
        row("5 bad data checksum", good + bad_data + next, 2, EventFileEnd::whole, good.size() + 2 * next.size(),
            "3 1 0 0");
        row("6 length 2^40", good + bare_frame_header(1ull << 40, true) + next, 1, EventFileEnd::damaged, good.size(),
            "2 0 0 0", "1099511627776");
        row("7 length 2^64-1", good + bare_frame_header(~0ull, true) + next, 1, EventFileEnd::damaged, good.size(),
            "2 0 0 0", "18446744073709551615");
        const auto with = [&](const std::string& message) { return good + event_frame(message) + next; };
        const auto whole_row = [&](const char* name, const std::string& message, const char* counts, int points = 2) {
            row(name, with(message), points, EventFileEnd::whole, with(message).size(), counts);
        };
        whole_row("8 eleven-byte varint", "\x10" + std::string(10, '\xff') + "\x01", "4 0 1 0");
        whole_row("8 unterminated varint", "\x10\xff\xff", "4 0 1 0");
        whole_row("9 submessage past its parent", std::string("\x2a\x7f\x0a", 3), "4 0 1 0");
        whole_row("9 value past the summary", std::string("\x2a\x03\x0a\x7f\x00", 5), "4 0 1 0");
        whole_row("10 groups 10 000 deep", std::string(10000, '\x5b'), "4 0 1 0");
        whole_row("10 groups closed", std::string(10000, '\x5b') + std::string(10000, '\x5c'), "4 0 1 0");
        whole_row("10 one shallow group", std::string("\x5b\x08\x01\x5c"), "4 0 0 0");
        whole_row("11 unknown fields", event_message(1, 2).varint(99, 5).bytes(98, "x").fixed32(97, 1).text(),
                  "4 0 0 0");
        row("16 string tensor", good + tensor_frame(tensor(7).bytes(8, "abc")), 1, EventFileEnd::whole,
            (good + tensor_frame(tensor(7).bytes(8, "abc"))).size(), "3 0 0 1");
        const ProtoWriter shape3 = ProtoWriter(tensor(1))
                                       .message(2, ProtoWriter().message(2, ProtoWriter().varint(1, 3)))
                                       .bytes(4, std::string(12, 'x'));
        row("16 shape [3]", good + tensor_frame(shape3), 1, EventFileEnd::whole, (good + tensor_frame(shape3)).size(),
            "3 0 0 1");
        row("25 gzip", std::string("\x1f\x8b\x08\x00", 4) + std::string(60, 'z'), 0, EventFileEnd::foreign, 0,
            "0 0 0 0", "gzip");
        row("25 text", std::string(100, 'a'), 0, EventFileEnd::foreign, 0, "0 0 0 0", "not an event file");
    }

    void damages() {
        QFETCH(QByteArray, bytes);
        QFETCH(int, points);
        QFETCH(int, end);
        QFETCH(qint64, offset);
        QFETCH(QString, counts);
        QFETCH(QString, reason);
        const Reading reading = read_bytes(bytes.toStdString());
        QCOMPARE(static_cast<int>(reading.collector.scalars.size()), points);
        QCOMPARE(static_cast<int>(reading.end), end);
        QCOMPARE(static_cast<qint64>(reading.offset), offset);
        const EventCounts& c = reading.decoder.counts;
        QCOMPARE(QString("%1 %2 %3 %4").arg(c.records).arg(c.bad_checksums).arg(c.malformed).arg(c.unsupported),
                 counts);
        if (!reason.isEmpty())
            QVERIFY2(QString::fromStdString(reading.fault.reason).contains(reason), reading.fault.reason.c_str());
    }

    // BAD_INPUTS.md row 18: a record above the cap is stepped over by its length; below it, it is read and passed.
    void large_records() {
        const std::string picture = event_frame(
            event_message(1, 2)
                .message(5,
                         ProtoWriter().message(1, ProtoWriter().bytes(1, "img").bytes(4, std::string(3u << 20, 'p'))))
                .text());
        const Reading middle = read_bytes(good + picture + scalar_frame("loss", 2, 1));
        QCOMPARE(middle.collector.scalars.size(), std::size_t(2));
        QCOMPARE(middle.decoder.counts.unsupported, 1);
        const std::string huge = event_frame(std::string(EventFileReader::largest_record + 1, 'p'));
        const Reading stepped = read_bytes(good + huge + scalar_frame("loss", 2, 1));
        QCOMPARE(stepped.collector.scalars.size(), std::size_t(2));
        QCOMPARE(stepped.decoder.counts.oversized, 1);
        QCOMPARE(stepped.end, EventFileEnd::whole);
    }

    // Every way a scalar is written; the numbers are IEEE 754 by hand.
    void scalar_forms_data() {
        QTest::addColumn<QByteArray>("frame");
        QTest::addColumn<double>("value");
        QTest::addColumn<bool>("wide");
        const auto row = [](const char* name, const std::string& frame, double value, bool wide) {
            QTest::newRow(name) << QByteArray(frame.data(), static_cast<qsizetype>(frame.size())) << value << wide;
        };
        const auto content = [](std::uint64_t type, std::uint64_t bits, std::size_t width) {
            return tensor_frame(tensor(type).message(2, ProtoWriter()).bytes(4, little_endian(bits, width)));
        };
        row("simple_value", scalar_frame("t", 3, 0.1f), static_cast<double>(0.1f), false);
        row("float content", content(1, 0x3f800000, 4), 1.0, false);
        row("double content", content(2, 0x3fb999999999999aull, 8), 0.1, true);
        row("int32 content", content(3, 0xfffffffeull, 4), -2, true);
        row("int64 content", content(9, static_cast<std::uint64_t>(-5), 8), -5, true);
        row("half content", content(19, 0x3e00, 2), 1.5, false);
        row("half subnormal", content(19, 0x0001, 2), std::ldexp(1.0, -24), false);
        row("half infinity", content(19, 0xfc00, 2), -HUGE_VAL, false);
        row("bfloat16 content", content(14, 0xc040, 2), -3, false);
        row("float_val", tensor_frame(tensor(1).number(5, 2.5f)), 2.5, false);
        row("float_val packed", tensor_frame(tensor(1).bytes(5, little_endian(0x40200000, 4))), 2.5, false);
        row("double_val packed", tensor_frame(tensor(2).bytes(6, little_endian(0x4004000000000000ull, 8))), 2.5, true);
        row("int_val", tensor_frame(tensor(3).varint(7, 7)), 7, true);
        row("int_val packed negative",
            tensor_frame(tensor(3).bytes(7, ProtoWriter().raw_varint(static_cast<std::uint64_t>(-7)).text())), -7,
            true);
        row("int64_val", tensor_frame(tensor(9).varint(10, 1ull << 40)), 1099511627776.0, true);
        row("half_val", tensor_frame(tensor(19).varint(13, 0x3e00)), 1.5, false);
        row("bfloat16 half_val", tensor_frame(tensor(14).varint(13, 0x4040)), 3, false);
        row("zero left out", tensor_frame(tensor(1)), 0, false);
    }

    void scalar_forms() {
        QFETCH(QByteArray, frame);
        QFETCH(double, value);
        QFETCH(bool, wide);
        const Reading reading = read_bytes(frame.toStdString());
        QCOMPARE(reading.collector.scalars.size(), std::size_t(1));
        const Seen& seen = reading.collector.scalars.front();
        QCOMPARE(seen.tag, std::string("t"));
        QCOMPARE(seen.step, std::int64_t(3));
        QCOMPARE(seen.wide, wide);
        const double read = wide ? std::bit_cast<double>(seen.bits)
                                 : static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(seen.bits)));
        QVERIFY(read == value);
    }

    // One value of a tag and a float, however a writer lays it out: the common layout has a reader of its own.
    void scalar_layouts_data() {
        QTest::addColumn<QByteArray>("message");
        QTest::addColumn<qint64>("step");
        QTest::addColumn<QString>("tag");
        const auto row = [](const char* name, const ProtoWriter& message, qint64 step, const std::string& tag = "t") {
            const std::string& text = message.text();
            QTest::newRow(name) << QByteArray(text.data(), static_cast<qsizetype>(text.size())) << step
                                << QString::fromStdString(tag);
        };
        const auto summary = [](const std::string& tag) { return ProtoWriter().message(1, simple_value(tag, 1.5f)); };
        row("common", event_message(3, 7.0).message(5, summary("t")), 3);
        row("no step", event_message(0, 7.0).message(5, summary("t")), 0);
        for (const qint64 step : {127ll, 128ll, (1ll << 35) - 1, 1ll << 35, -1ll})
            row(qPrintable(QString("step %1").arg(step)), event_message(step, 7.0).message(5, summary("t")), step);
        for (const std::size_t length : {0u, 1u, 117u, 118u, 119u, 120u, 128u, 500u}) {
            const std::string tag(length, 'x');
            row(qPrintable(QString("tag of %1 bytes").arg(length)), event_message(3, 7.0).message(5, summary(tag)), 3,
                tag);
        }
        row("step last", ProtoWriter().number(1, 7.0).message(5, summary("t")).varint(2, 3), 3);
        row("value before tag",
            event_message(3, 7.0).message(5, ProtoWriter().message(1, ProtoWriter().number(2, 1.5f).bytes(1, "t"))), 3);
        row("unknown field behind", event_message(3, 7.0).message(5, summary("t")).varint(99, 1), 3);
        row("step in more bytes than it needs",
            ProtoWriter().number(1, 7.0).raw("\x10\x83\x00", 3).message(5, summary("t")), 3);
    }

    void scalar_layouts() {
        QFETCH(QByteArray, message);
        QFETCH(qint64, step);
        QFETCH(QString, tag);
        const Reading reading = read_bytes(event_frame(message.toStdString()));
        QCOMPARE(reading.collector.scalars.size(), std::size_t(1));
        const Seen& seen = reading.collector.scalars.front();
        QCOMPARE(seen.step, step);
        QCOMPARE(QString::fromStdString(seen.tag), tag);
        QCOMPARE(seen.wall_time, 7.0);
        QCOMPARE(seen.bits, std::uint64_t(0x3fc00000));
        QVERIFY(!seen.wide);
    }

    // BAD_INPUTS.md row 15: every bit of a float survives.
    void values_keep_their_bits() {
        for (const std::uint32_t bits : {0x7fc00001u, 0x7f800001u, 0xff800000u, 0x80000000u, 0x00000001u}) {
            const Reading reading = read_bytes(scalar_frame("t", 1, std::bit_cast<float>(bits)));
            QCOMPARE(reading.collector.scalars.at(0).bits, std::uint64_t(bits));
        }
    }

    // BAD_INPUTS.md rows 12, 13 and 17.
    void odd_times_steps_and_integers() {
        const Reading reading = read_bytes(scalar_frame("t", -4, 1, HUGE_VAL) + scalar_frame("t", 0, 1, std::nan("")) +
                                           scalar_frame("t", std::numeric_limits<std::int64_t>::min(), 1, 5) +
                                           tensor_frame(tensor(9).varint(10, (1ull << 53) + 1)));
        QVERIFY(std::isnan(reading.collector.scalars.at(0).wall_time));
        QCOMPARE(reading.collector.scalars.at(0).step, std::int64_t(-4));
        QVERIFY(std::isnan(reading.collector.scalars.at(1).wall_time));
        QCOMPARE(reading.collector.scalars.at(2).step, std::numeric_limits<std::int64_t>::min());
        QCOMPARE(reading.decoder.counts.inexact_integers, 1);
    }

    // Metadata comes with the first value only; without any the tensor could be anything.
    void plugin_is_remembered() {
        const ProtoWriter one = tensor(1).number(5, 1.0f);
        const std::string first = summary_frame(1, 1, {tensor_value("a", one)});
        const std::string later = summary_frame(2, 1, {tensor_value("a", one, false)});
        QCOMPARE(read_bytes(first + later).collector.scalars.size(), std::size_t(2));
        const Reading alone = read_bytes(later);
        QCOMPARE(alone.collector.scalars.size(), std::size_t(0));
        QCOMPARE(alone.decoder.counts.unsupported, 1);
        EventDecoder continued;
        continued.restore(read_bytes(first).decoder.state());
        Collector sink;
        const std::string message = later.substr(12, later.size() - 16);
        continued.decode(std::as_bytes(std::span(message)), sink);
        QCOMPARE(sink.scalars.size(), std::size_t(1));
    }

    void hparams_become_config() {
        const Reading reading = read_bytes(
            hparams_start_frame({{{"lr", 0.001}, {"layers", 4}}, {{"optimizer", "adamw"}}, {{"tied", true}}, 1.5e9}) +
            hparams_end_frame(2));
        QCOMPARE(reading.collector.all_facts.size(), std::size_t(2));
        QCOMPARE(reading.collector.all_facts.at(0).config,
                 std::string(R"({"layers":4,"lr":0.001,"optimizer":"adamw","tied":true})"));
        QCOMPARE(*reading.collector.all_facts.at(0).started_at, 1.5e9);
        QCOMPARE(reading.collector.all_facts.at(1).ending, EventRunFacts::Ending::crashed);
    }

    // The rule of attempts: a step below the last of the same tag, or a session start after points, begins the next for
    // the file at hand; a new file goes on with the newest, a file that has grown with its own.
    void attempts_data() {
        QTest::addColumn<QString>("script"); // tag+step, S: session start, N: new file, K3: known file in attempt 3
        QTest::addColumn<QString>("attempts");
        QTest::newRow("steps grow") << "a1 a2 a2 a5"
                                    << "1 1 1 1";
        QTest::newRow("other tags may be behind") << "a100 b10 a101 b11"
                                                  << "1 1 1 1";
        QTest::newRow("a step decreases") << "a1 a2 a3 a2 a3"
                                          << "1 1 1 2 2";
        QTest::newRow("for the whole run") << "a5 b5 a3 b3 b4"
                                           << "1 1 2 2 2";
        QTest::newRow("first session start") << "S a1 a2"
                                             << "1 1";
        QTest::newRow("later session start") << "S a1 a2 S a3"
                                             << "1 1 2";
        QTest::newRow("new file goes on") << "N a1 a2 N a3"
                                          << "1 1 1";
        QTest::newRow("new file steps back") << "N a1 a2 N a1 a2"
                                             << "1 1 2 2";
        QTest::newRow("new file goes on with the newest") << "N a1 a2 N a1 K1 a3 N a2"
                                                          << "1 1 2 1 2";
        QTest::newRow("two files grow") << "N a1 a2 N a1 a2 K1 a3 K2 a3 K1 a4 K2 a4"
                                        << "1 1 2 2 1 2 1 2";
        QTest::newRow("a known file restarts") << "N a1 a2 N a1 a2 K1 a1 K2 a3 K3 a2"
                                               << "1 1 2 2 3 2 3";
        QTest::newRow("a known file falls behind in its attempt") << "N a1 N a5 K1 a2 K1 a6 K2 a3"
                                                                  << "1 1 2 1 2";
        QTest::newRow("an attempt that nobody remembers") << "N a1 K7 a2 K1 a2"
                                                          << "1 2 1";
        QTest::newRow("twice") << "a9 a5 a1 b1 a2 a0"
                               << "1 2 3 3 3 4";
    }

    void attempts() {
        QFETCH(QString, script);
        QFETCH(QString, attempts);
        EventPoints points;
        for (const QString& word : script.split(' ')) {
            if (word == "S") {
                points.session_start();
                continue;
            }
            if (word == "N" || word.startsWith('K')) {
                points.begin_file(word == "N" ? std::nullopt : std::optional(word.mid(1).toUInt()));
                continue;
            }
            const std::string tag = word.left(1).toStdString();
            points.scalar({tag, word.mid(1).toLongLong(), 0, 0, false});
        }
        QStringList found;
        for (const EventPoint& point : points.take())
            found << QString::number(point.attempt);
        QCOMPARE(found.join(' '), attempts);
    }

    void attempts_continue_from_state() {
        EventPoints before;
        before.scalar({"a", 5, 0, 0, false});
        before.scalar({"a", 3, 0, 0, false});
        before.scalar({std::string_view("\xff\x00 tag", 6), 9, 0, 0, false});
        EventPoints after;
        after.restore(before.state());
        after.scalar({"a", 3, 0, 0, false});
        after.scalar({std::string_view("\xff\x00 tag", 6), 9, 0, 0, false});
        after.scalar({std::string_view("\xff\x00 tag", 6), 8, 0, 0, false});
        const auto points = after.take();
        QCOMPARE(int(points[0].attempt), 2);
        QCOMPARE(int(points[1].attempt), 2);
        QCOMPARE(int(points[2].attempt), 3);
        QCOMPARE(after.tag_count(), std::size_t(2));
    }

    // "tag attempt: steps" of every part; a part is wide when one of its values is.
    void points_become_columns() {
        const auto point = [](std::uint32_t tag, std::int64_t step, std::uint32_t attempt, bool wide = false) {
            const auto value = static_cast<double>(step) / 4;
            const std::uint64_t bits =
                wide ? std::bit_cast<std::uint64_t>(value) : std::bit_cast<std::uint32_t>(static_cast<float>(value));
            return EventPoint{step, 100 - static_cast<double>(step), bits, tag, attempt & 0x7fffffffu, wide ? 1u : 0u};
        };
        EventColumns columns;
        columns.fill(std::vector<EventPoint>{point(2, 1, 1), point(0, 2, 1), point(2, 3, 1, true), point(0, 4, 1),
                                             point(2, 1, 2), point(2, 2, 3), point(1, 5, 3)},
                     3);
        QStringList parts;
        for (const EventColumns::Part& part : columns.parts()) {
            const PointSpan points = columns.points(part);
            QString text = QString("%1 %2%3:").arg(part.tag).arg(part.attempt).arg(part.wide ? "w" : "");
            for (std::size_t i = 0; i < points.size(); ++i) {
                text += QString(" %1").arg(points.steps[i]);
                QCOMPARE(points.value(i), static_cast<double>(points.steps[i]) / 4);
                QCOMPARE(points.wall_times[i], 100 - static_cast<double>(points.steps[i]));
            }
            QCOMPARE(points.is_float32(), !part.wide);
            parts << text;
        }
        QCOMPARE(parts.join(", "), QString("2 1w: 1 3, 0 1: 2 4, 2 2: 1, 2 3: 2, 1 3: 5"));
        columns.fill({}, 3);
        QVERIFY(columns.parts().empty());
        QCOMPARE(columns.size(), std::size_t(0));
    }

    void time_range_data() {
        QTest::addColumn<QList<double>>("times");
        QTest::addColumn<double>("earliest");
        QTest::addColumn<double>("latest");
        constexpr double nan = std::numeric_limits<double>::quiet_NaN();
        const auto row = [](const char* name, const QList<double>& times, double earliest, double latest) {
            QTest::newRow(name) << times << earliest << latest;
        };
        row("none", {}, nan, nan);
        row("one", {7}, 7, 7);
        row("none is known", {nan, nan}, nan, nan);
        row("some are known", {nan, 5, nan, 3, 4, nan}, 3, 5);
        row("more than go at once", {9, 8, 7, nan, 5, 4, 3, 2, 6, 1, 10, 4}, 1, 10);
        row("the last ones", {5, 5, 5, 5, 5, 5, 5, 5, 2, 9}, 2, 9);
    }

    void time_range() {
        QFETCH(const QList<double>, times);
        QFETCH(const double, earliest);
        QFETCH(const double, latest);
        std::vector<EventPoint> points;
        for (const double time : times)
            points.push_back({0, time, 0, 0, 1, 0});
        EventColumns columns;
        columns.fill(points, 1);
        const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
        QVERIFY(same(columns.time_range().earliest, earliest));
        QVERIFY(same(columns.time_range().latest, latest));
    }

    // More files may be in attempts of their own than are remembered: then a file begins another one, and keeps it.
    void many_writers() {
        EventPoints points;
        for (int writer = 0; writer < 20; ++writer) {
            points.begin_file(std::nullopt);
            points.begin_attempt();
            points.scalar({"a", 1, 0, 0, false});
        }
        EventPoints later;
        later.restore(points.state());
        for (const std::uint32_t file : {20u, 19u, 5u, 4u, 1u}) {
            later.begin_file(file);
            later.scalar({"a", 2, 0, 0, false});
        }
        QStringList found;
        for (const EventPoint& point : later.take())
            found << QString::number(point.attempt);
        QCOMPARE(found.join(' '), QString("20 19 5 4 21"));
    }

    // BAD_INPUTS.md rows 19 and 20: a name is text, whatever the bytes.
    void tags_as_names_data() {
        QTest::addColumn<QByteArray>("tag");
        QTest::addColumn<QString>("begins");
        QTest::addColumn<bool>("unchanged");
        QTest::newRow("plain") << QByteArray("train/loss") << "train/loss" << true;
        QTest::newRow("traversal is a name") << QByteArray("../../x") << "../../x" << true;
        QTest::newRow("right to left") << QByteArray("\xd7\xa9\xd7\x9c") << QString::fromUtf8("\xd7\xa9\xd7\x9c")
                                       << true;
        QTest::newRow("empty") << QByteArray() << "(no tag)" << false;
        QTest::newRow("NUL") << QByteArray("a\0b", 3)
                             << QString::fromUtf8("a\xef\xbf\xbd"
                                                  "b… #")
                             << false;
        QTest::newRow("bad UTF-8") << QByteArray("\xff") << QString::fromUtf8("\xef\xbf\xbd… #") << false;
        QTest::newRow("64 kB") << QByteArray(65536, 'x') << QString(400, 'x') << false;
    }

    void tags_as_names() {
        QFETCH(QByteArray, tag);
        QFETCH(QString, begins);
        QFETCH(bool, unchanged);
        const std::string name = series_name_of_tag(tag.toStdString());
        QVERIFY(QString::fromStdString(name).startsWith(begins));
        QCOMPARE(name == tag.toStdString(), unchanged);
        QVERIFY(name.size() <= 512);
    }

    // BAD_INPUTS.md row 21.
    void a_million_tags() {
        EventPoints points;
        for (int i = 0; i < 1'000'050; ++i)
            points.scalar({"layer/" + std::to_string(i), 1, 0, 0, false});
        QCOMPARE(points.tag_count(), EventPoints::most_tags);
        QCOMPARE(points.points_of_excess_tags(), std::int64_t(50));
    }
};

QTEST_APPLESS_MAIN(EventFileTest)
#include "tst_event_file.moc"
