#include "engine/importers/part_queue.h"
#include "engine/importers/reread_points.h"
#include "engine/importers/source_finder.h"
#include "tests/support/event_file_writer.h"

#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <limits>
#include <thread>

using namespace isoloss;

namespace {

constexpr std::chrono::seconds long_enough(20);

RunPart named(std::string name) {
    RunPart part;
    part.new_series = {std::move(name)};
    return part;
}

/// What a source gives: (series, step, value) rows.
struct Row {
    const char* series;
    std::int64_t step;
    double value;
};

void add_all(RereadPoints& points, const std::vector<Row>& rows) {
    for (const Row& row : rows)
        points.add(row.series, row.step, std::numeric_limits<double>::quiet_NaN(), row.value);
}

/// "series attempt:step=value" of all points that wait, by series.
QStringList take_texts(RereadPoints& points, std::vector<std::string>& names) {
    RunPart part;
    points.take(part);
    names.insert(names.end(), part.new_series.begin(), part.new_series.end());
    QStringList texts;
    for (const auto& column : part.points.parts()) {
        const PointSpan span = part.points.points(column);
        for (std::size_t i = 0; i < span.size(); ++i)
            texts << QString("%1 %2:%3=%4")
                         .arg(QString::fromStdString(names.at(column.tag)))
                         .arg(column.attempt)
                         .arg(span.steps[i])
                         .arg(span.value(i));
    }
    return texts;
}

} // namespace

// What readers hand over: the order of parts of many sources, and points of sources that are read again.
class SourcePartsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void parts_come_in_the_order_of_their_sources() {
        constexpr std::size_t sources = 3;
        constexpr int parts = 50;
        PartQueue queue(sources);
        std::vector<std::thread> readers;
        // The last source is read first: its readers wait for room.
        for (std::size_t source = sources; source-- > 0;)
            readers.emplace_back([&queue, source] {
                for (int i = 0; i < parts; ++i)
                    queue.give(source, named(std::to_string(source) + " " + std::to_string(i)));
                queue.finish(source);
            });
        std::vector<std::string> taken;
        while (queue.wait())
            while (const auto part = queue.take(long_enough))
                taken.push_back(part->new_series.front());
        for (std::thread& reader : readers)
            reader.join();
        std::vector<std::string> expected;
        for (std::size_t source = 0; source < sources; ++source)
            for (int i = 0; i < parts; ++i)
                expected.push_back(std::to_string(source) + " " + std::to_string(i));
        QCOMPARE(taken, expected);
        QVERIFY(!queue.take(std::chrono::milliseconds(0)));
    }

    void readers_are_sent_away_when_nothing_can_be_stored() {
        PartQueue queue(1);
        bool refused = false;
        std::thread reader([&] {
            while (queue.give(0, named("x"))) {
            }
            refused = true;
        });
        QVERIFY(queue.take(long_enough).has_value());
        queue.abort();
        reader.join();
        QVERIFY(refused);
        QVERIFY(!queue.wait());
    }

    // Only some heads are kept, however many files a folder has; one that was let go is read again.
    void heads_of_many_files() {
        constexpr int files = 1500;
        const QTemporaryDir folder;
        std::vector<FolderListing::Entry> entries;
        for (int i = 0; i < files; ++i) {
            FolderListing::Entry entry;
            entry.name = std::to_string(100'000 + i);
            entry.path = std::filesystem::path(folder.path().toStdString()) / entry.name;
            entry.regular = true;
            support::put_file(entry.path, entry.name + std::string(20'000, 'x'));
            entries.push_back(std::move(entry));
        }
        FolderListing listing(folder.path().toStdString(), {}, std::move(entries));
        for (int round = 0; round < 2; ++round)
            for (FolderListing::Entry& entry : listing.entries()) {
                const std::string_view head = listing.head(entry);
                QCOMPARE(head.size(), std::size_t(16u << 10));
                QVERIFY(head.starts_with(entry.name));
                QCOMPARE(FolderListing::beginning(entry), head.substr(0, 128));
            }
        std::size_t kept = 0;
        for (const FolderListing::Entry& entry : listing.entries())
            kept += entry.head.size();
        QVERIFY(kept <= std::size_t(16u << 20));
    }

    void a_source_that_has_grown_gives_only_what_is_new() {
        const std::vector<Row> first{{"a", 1, 5}, {"b", 1, std::nan("")}, {"a", 2, 4}};
        RereadPoints points;
        add_all(points, first);
        std::vector<std::string> names;
        QCOMPARE(take_texts(points, names), QStringList({"a 1:1=5", "a 1:2=4", "b 1:1=nan"}));
        const std::string state = points.state();

        RereadPoints again;
        again.restore(state);
        add_all(again, first);
        QVERIFY(again.empty());
        add_all(again, {{"b", 3, 7}, {"a", 3, 3}, {"c", 3, 0}, {"a", 1, 9}});
        QVERIFY(!again.contradicted());
        QCOMPARE(again.added(), std::int64_t(4));
        names.clear();
        QCOMPARE(take_texts(again, names), QStringList({"b 1:3=7", "a 1:3=3", "c 1:3=0", "a 2:1=9"}));

        // A third time, with nothing new at all.
        RereadPoints third;
        third.restore(again.state());
        add_all(third, first);
        add_all(third, {{"b", 3, 7}, {"a", 3, 3}, {"c", 3, 0}, {"a", 1, 9}});
        QVERIFY(third.empty() && !third.contradicted());
    }

    void a_shorter_source_gives_nothing_and_forgets_nothing() {
        RereadPoints points;
        add_all(points, {{"a", 1, 5}, {"a", 2, 4}, {"a", 3, 3}});
        RereadPoints shorter;
        shorter.restore(points.state());
        add_all(shorter, {{"a", 1, 5}});
        QVERIFY(shorter.empty() && !shorter.contradicted());
        RereadPoints longer;
        longer.restore(shorter.state());
        add_all(longer, {{"a", 1, 5}, {"a", 2, 4}, {"a", 3, 3}, {"a", 4, 2}});
        QCOMPARE(longer.added(), std::int64_t(1));
    }

    void a_source_written_anew_is_a_new_attempt_data() {
        QTest::addColumn<double>("second_value");
        QTest::addColumn<qint64>("second_step");
        QTest::newRow("another value") << 4.5 << qint64(2);
        QTest::newRow("another step") << 4.0 << qint64(3);
        QTest::newRow("another sign of zero") << -0.0 << qint64(2);
    }

    void a_source_written_anew_is_a_new_attempt() {
        QFETCH(double, second_value);
        QFETCH(qint64, second_step);
        RereadPoints points;
        add_all(points, {{"a", 1, 5}, {"a", 2, second_value == 0 ? 0.0 : 4.0}});
        const std::vector<Row> rows{{"a", 1, 5}, {"a", second_step, second_value}};
        RereadPoints again;
        again.restore(points.state());
        add_all(again, rows);
        QVERIFY(again.contradicted());
        again.restart();
        add_all(again, rows);
        QVERIFY(!again.contradicted());
        std::vector<std::string> names;
        QCOMPARE(take_texts(again, names),
                 QStringList({"a 2:1=5", QString("a 2:%1=%2").arg(second_step).arg(second_value)}));
    }

    void a_restart_that_was_seen_before_does_not_count_again() {
        const auto read = [](RereadPoints& points) {
            add_all(points, {{"a", 1, 5}});
            points.begin_attempt();
            add_all(points, {{"a", 2, 4}});
        };
        RereadPoints points;
        read(points);
        QCOMPARE(points.attempt(), 2);
        RereadPoints again;
        again.restore(points.state());
        read(again);
        add_all(again, {{"a", 3, 3}});
        QCOMPARE(again.attempt(), 2);
        std::vector<std::string> names;
        QCOMPARE(take_texts(again, names), QStringList({"a 2:3=3"}));
    }
};

QTEST_APPLESS_MAIN(SourcePartsTest)
#include "tst_source_parts.moc"
