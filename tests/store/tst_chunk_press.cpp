#include "engine/store/chunk_press.h"

#include <QTest>
#include <cstdint>
#include <utility>
#include <vector>

using namespace isoloss;

namespace {

// Values with which each chunk is told from the others.
PointColumns chunk_number(std::int64_t number, std::size_t points) {
    PointColumns columns;
    std::vector<float> values;
    for (std::size_t i = 0; i < points; ++i) {
        columns.steps.push_back(number * chunk_capacity + static_cast<std::int64_t>(i));
        columns.wall_times.push_back(1.7e9 + static_cast<double>(i));
        values.push_back(static_cast<float>(number) + static_cast<float>(i % 7));
    }
    columns.values = std::move(values);
    return columns;
}

std::size_t size_of_chunk(int number) {
    return number % 3 == 0 ? chunk_capacity : 1 + static_cast<std::size_t>(number);
}

} // namespace

// What is encoded on another thread comes out as it went in, whatever the order of giving and taking.
class ChunkPressTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void chunks_come_in_order_data() {
        QTest::addColumn<int>("chunks");
        QTest::addColumn<int>("between"); ///< chunks that are given before one looks for encoded ones
        QTest::newRow("none") << 0 << 1;
        QTest::newRow("few, where they are given") << 5 << 1;
        QTest::newRow("many, one by one") << 200 << 1;
        QTest::newRow("many, some at once") << 200 << 30;
    }

    void chunks_come_in_order() {
        QFETCH(const int, chunks);
        QFETCH(const int, between);
        ChunkPress press;
        std::vector<ChunkPress::Encoded> taken;
        for (int i = 0; i < chunks; ++i) {
            press.give({i, 1, 10 + i, 20 + i}, chunk_number(i, size_of_chunk(i)));
            if (i % between != between - 1) continue;
            while (auto encoded = press.take(ChunkPress::Patience::if_ready))
                taken.push_back(std::move(*encoded));
        }
        while (auto encoded = press.take(ChunkPress::Patience::wait))
            taken.push_back(std::move(*encoded));
        QCOMPARE(taken.size(), std::size_t(chunks));
        QVERIFY(!press.take(ChunkPress::Patience::wait)); // there is nothing to wait for
        ChunkDecoder decoder;
        for (int i = 0; i < chunks; ++i) {
            const auto& encoded = taken[static_cast<std::size_t>(i)];
            QCOMPARE(encoded.place.series, std::int64_t(i));
            QCOMPARE(encoded.place.ordinal, std::int64_t(10 + i));
            QCOMPARE(encoded.place.chunk, std::int64_t(20 + i));
            const PointColumns expected = chunk_number(i, size_of_chunk(i));
            QCOMPARE(encoded.summary.count, std::uint32_t(expected.size()));
            QCOMPARE(encoded.summary.first, double(i));
            QCOMPARE(encoded.summary.max, double(i) + double(std::min<std::size_t>(expected.size() - 1, 6)));
            PointColumns decoded;
            QVERIFY(decoder.decode(encoded.payload, decoded).has_value());
            QCOMPARE(decoded.steps, expected.steps);
            QCOMPARE(decoded.wall_times, expected.wall_times);
            QVERIFY(decoded.values == expected.values);
        }
    }

    // Memory goes around: what is given to a chunk has been another one's and is empty.
    void spare_columns_are_empty() {
        ChunkPress press;
        for (int i = 0; i < 100; ++i) {
            PointColumns columns = press.spare_columns();
            QCOMPARE(columns.size(), std::size_t(0));
            append_points_to(columns, point_span(chunk_number(i, 100)));
            press.give({i, 1, 0, 0}, std::move(columns));
            while (const auto encoded = press.take(ChunkPress::Patience::if_ready))
                QCOMPARE(encoded->summary.count, 100u);
        }
    }

    void what_is_not_taken_is_dropped() {
        ChunkPress press;
        for (int i = 0; i < 60; ++i)
            press.give({i, 1, 0, 0}, chunk_number(i, chunk_capacity));
        const auto first = press.take(ChunkPress::Patience::wait);
        QVERIFY(first.has_value());
        QCOMPARE(first->place.series, std::int64_t(0));
    }
};

QTEST_APPLESS_MAIN(ChunkPressTest)
#include "tst_chunk_press.moc"
