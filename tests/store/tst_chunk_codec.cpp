#include "engine/store/chunk_codec.h"
#include "engine/store/pyramid.h"

#include <QTest>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

using namespace isoloss;

namespace {

constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();

using StepOf = std::function<std::int64_t(std::size_t)>;

PointColumns points_with(std::size_t count, const StepOf& step_of, const std::function<double(std::size_t)>& time_of,
                         const std::function<float(std::size_t)>& value_of) {
    PointColumns points;
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) {
        points.steps.push_back(step_of(i));
        points.wall_times.push_back(time_of(i));
        values.push_back(value_of(i));
    }
    points.values = std::move(values);
    return points;
}

template <typename Number>
bool same_bits(const std::vector<Number>& a, const std::vector<Number>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(Number)) == 0);
}

bool same_points(const PointColumns& a, const PointColumns& b) {
    if (a.steps != b.steps || !same_bits(a.wall_times, b.wall_times) || a.is_float32() != b.is_float32()) return false;
    return a.is_float32() ? same_bits(std::get<0>(a.values), std::get<0>(b.values))
                          : same_bits(std::get<1>(a.values), std::get<1>(b.values));
}

double noise(std::size_t i) {
    return std::sin(static_cast<double>(i) * 12.9898) * 43758.5453;
}

} // namespace

class ChunkCodecTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void points_come_back_data() {
        QTest::addColumn<int>("count");
        QTest::addColumn<QString>("steps");
        QTest::addColumn<QString>("times");
        for (const int count : {1, 2, 3, 7, 8, 9, 255, 4095, 4096})
            for (const char* steps : {"constant", "strided", "irregular", "decreasing", "extreme"})
                for (const char* times : {"regular", "unknown", "mixed"})
                    QTest::addRow("%d %s %s", count, steps, times) << count << steps << times;
    }

    void points_come_back() {
        QFETCH(int, count);
        QFETCH(QString, steps);
        QFETCH(QString, times);
        const auto step_of = [&](std::size_t i) -> std::int64_t {
            const auto n = static_cast<std::int64_t>(i);
            if (steps == "constant") return -7;
            if (steps == "strided") return 1000 + 100 * n;
            if (steps == "irregular") return n * n * 3 + n % 5;
            if (steps == "decreasing") return 50 - 3 * n * n;
            return i % 2 == 0 ? lowest : highest;
        };
        const auto time_of = [&](std::size_t i) {
            if (times == "unknown" || (times == "mixed" && i % 3 == 0)) return std::nan("");
            return 1.7e9 + 0.1 * static_cast<double>(i) + 1e-3 * noise(i);
        };
        const auto points = points_with(static_cast<std::size_t>(count), step_of, time_of,
                                        [](std::size_t i) { return static_cast<float>(noise(i)); });
        ChunkEncoder encoder;
        ChunkDecoder decoder;
        PointColumns decoded;
        const auto result = decoder.decode(encoder.encode(point_span(points)), decoded);
        QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
        QVERIFY(same_points(decoded, points));
    }

    void odd_float32_keep_their_bits() {
        PointColumns points;
        std::vector<float> values;
        for (const std::uint32_t bits :
             {0x7fc00000u, 0x7f800001u, 0xffbfffffu, 0x80000000u, 0x00000001u, 0x7f800000u, 0xff800000u, 0x7f7fffffu})
            values.push_back(std::bit_cast<float>(bits));
        points.steps.assign(values.size(), 0);
        points.wall_times.assign(values.size(), -0.0);
        points.values = values;
        ChunkEncoder encoder;
        ChunkDecoder decoder;
        PointColumns decoded;
        QVERIFY(decoder.decode(encoder.encode(point_span(points)), decoded));
        QVERIFY(same_points(decoded, points));
    }

    void odd_float64_keep_their_bits() {
        PointColumns points;
        std::vector<double> values;
        for (const std::uint64_t bits :
             {0x7ff8000000000000u, 0x7ff0000000000001u, 0xfff7ffffffffffffu, 0x8000000000000000u, std::uint64_t{1}})
            values.push_back(std::bit_cast<double>(bits));
        points.steps.assign(values.size(), 5);
        points.wall_times.assign(values.size(), std::bit_cast<double>(0xfff8deadbeef0001u));
        points.values = values;
        ChunkEncoder encoder;
        ChunkDecoder decoder;
        PointColumns decoded;
        decoded.values = std::vector<double>();
        QVERIFY(decoder.decode(encoder.encode(point_span(points)), decoded));
        QVERIFY(same_points(decoded, points));
    }

    void a_widened_float_has_the_same_bits_data() {
        QTest::addColumn<quint32>("narrow");
        QTest::addColumn<quint64>("wide");
        QTest::newRow("one") << quint32(0x3f800000) << quint64(0x3ff0000000000000);
        QTest::newRow("-0") << quint32(0x80000000) << quint64(0x8000000000000000);
        QTest::newRow("infinity") << quint32(0x7f800000) << quint64(0x7ff0000000000000);
        QTest::newRow("quiet NaN") << quint32(0xffc00001) << quint64(0xfff8000020000000);
        QTest::newRow("signalling NaN") << quint32(0x7f800001) << quint64(0x7ff0000020000000);
        QTest::newRow("smallest denormal") << quint32(1) << quint64(0x36a0000000000000);
    }

    void a_widened_float_has_the_same_bits() {
        QFETCH(quint32, narrow);
        QFETCH(quint64, wide);
        QCOMPARE(std::bit_cast<quint64>(widen(std::bit_cast<float>(narrow))), wide);
    }

    void only_true_float32_count_as_such() {
        QVERIFY(is_float32_value(0.5) && is_float32_value(-0.0) && is_float32_value(std::nan("")));
        QVERIFY(is_float32_value(HUGE_VAL) && is_float32_value(static_cast<double>(0.1f)));
        QVERIFY(!is_float32_value(0.1) && !is_float32_value(1e300) && !is_float32_value(1e-300));
        QVERIFY(!is_float32_value(std::bit_cast<double>(0x7ff8000000000001u)));
    }

    // The lowest two bytes of each value are noise, all else is regular.
    void noise_takes_its_own_bytes_and_no_more() {
        std::mt19937 random(5);
        const auto points = points_with(
            chunk_capacity, [](std::size_t i) { return static_cast<std::int64_t>(10 * i); },
            [](std::size_t i) { return 1024.0 + static_cast<double>(i % 64) / 64; },
            [&](std::size_t) {
                return std::bit_cast<float>(static_cast<std::uint32_t>(0x40000000u | (random() & 0xffffu)));
            });
        ChunkEncoder encoder;
        const auto encoded = encoder.encode(point_span(points));
        QVERIFY2(encoded.size() < 2 * chunk_capacity + 600, qPrintable(QString::number(encoded.size())));
        PointColumns decoded;
        QVERIFY(ChunkDecoder().decode(encoded, decoded));
        QVERIFY(same_points(decoded, points));
    }

    // Every single bit of a chunk matters or changes nothing: never a crash, never a wrong point.
    void a_damaged_chunk_is_found() {
        const auto points = points_with(
            40, [](std::size_t i) { return static_cast<std::int64_t>(i * i); },
            [](std::size_t i) { return 1.7e9 + static_cast<double>(i); },
            [](std::size_t i) { return static_cast<float>(i % 3); });
        ChunkEncoder encoder;
        const auto encoded = encoder.encode(point_span(points));
        const ByteVector sound(encoded.begin(), encoded.end());
        ChunkDecoder decoder;
        for (std::size_t i = 0; i < sound.size(); ++i)
            for (int bit = 0; bit < 8; ++bit) {
                ByteVector damaged = sound;
                damaged[i] ^= static_cast<std::byte>(1 << bit);
                PointColumns decoded;
                if (decoder.decode(damaged, decoded))
                    QVERIFY(same_points(decoded, points));
                else
                    QCOMPARE(decoded.size(), std::size_t{0});
            }
        for (std::size_t size = 0; size < sound.size(); ++size) {
            PointColumns decoded;
            QVERIFY(!decoder.decode(std::span(sound).first(size), decoded));
        }
    }

    // BAD_INPUTS row 79.
    void a_chunk_that_claims_too_much_is_refused_data() {
        QTest::addColumn<int>("offset");
        QTest::newRow("points") << 8;
        QTest::newRow("body size") << 12;
        QTest::newRow("stored size") << 16;
    }

    void a_chunk_that_claims_too_much_is_refused() {
        QFETCH(int, offset);
        const auto points = points_with(
            5, [](std::size_t i) { return static_cast<std::int64_t>(i); }, [](std::size_t) { return 0.0; },
            [](std::size_t) { return 1.0f; });
        ChunkEncoder encoder;
        const auto encoded = encoder.encode(point_span(points));
        ByteVector bytes(encoded.begin(), encoded.end());
        const std::uint32_t claim = 0xffffffffu;
        std::memcpy(bytes.data() + offset, &claim, 4);
        PointColumns decoded;
        const auto result = ChunkDecoder().decode(bytes, decoded);
        QVERIFY(!result);
        QCOMPARE(result.error().kind, ErrorKind::damaged);
    }

    void the_pyramid_equals_brute_force_data() {
        QTest::addColumn<int>("count");
        QTest::addColumn<bool>("is_float32");
        for (const int count : {1, 7, 8, 9, 63, 64, 65, 511, 512, 513, 4095, 4096})
            for (const bool is_float32 : {true, false})
                QTest::addRow("%d %s", count, is_float32 ? "float32" : "float64") << count << is_float32;
    }

    void the_pyramid_equals_brute_force() {
        QFETCH(int, count);
        QFETCH(bool, is_float32);
        auto points = points_with(
            static_cast<std::size_t>(count), [](std::size_t i) { return static_cast<std::int64_t>(3 * i); },
            [](std::size_t i) { return 10.0 * static_cast<double>(i); },
            [](std::size_t i) {
                if (i >= 16 && i < 32) return std::nanf(""); // two whole buckets of level 1
                if (i % 11 == 0) return i % 2 == 0 ? HUGE_VALF : -HUGE_VALF;
                return static_cast<float>(noise(i));
            });
        if (!is_float32) {
            const auto& narrow = std::get<0>(points.values);
            std::vector<double> wide(narrow.size(), 0.1); // the last one stays and is no float32
            std::copy(narrow.begin(), narrow.end() - 1, wide.begin());
            points.values = std::move(wide);
        }
        PyramidEncoder encoder;
        const auto encoded = encoder.encode(point_span(points));
        QCOMPARE(encoded.empty(), count <= 64); // one bucket: the chunk as a whole
        for (int level = 1; level <= highest_stored_level; ++level) {
            BucketColumns made;
            append_buckets(point_span(points), level, 2, made);
            compare_with_brute_force(points, std::size_t{1} << (3 * level), made);
            if (level < lowest_stored_level || encoded.empty()) continue;
            BucketColumns buckets;
            const auto result = PyramidDecoder().decode(encoded, level, static_cast<std::uint32_t>(count), 2, buckets);
            QVERIFY2(result.has_value(), result ? "" : result.error().text().c_str());
            compare_with_brute_force(points, std::size_t{1} << (3 * level), buckets);
        }
        const ChunkSummary& summary = encoder.summary();
        BucketColumns whole;
        whole.attempts = {2};
        whole.first_steps = {summary.first_step};
        whole.last_steps = {summary.last_step};
        whole.first_wall_times = {summary.first_wall_time};
        whole.last_wall_times = {summary.last_wall_time};
        whole.min = {summary.min};
        whole.max = {summary.max};
        whole.first = {summary.first};
        whole.last = {summary.last};
        whole.counts = {summary.count};
        whole.nonfinite = {summary.nonfinite};
        compare_with_brute_force(points, 4096, whole);
    }

    void what_stands_behind_the_levels_is_ignored() {
        const auto points = points_with(
            600, [](std::size_t i) { return static_cast<std::int64_t>(i); }, [](std::size_t) { return 0.0; },
            [](std::size_t i) { return static_cast<float>(noise(i)); });
        PyramidEncoder encoder;
        const auto encoded = encoder.encode(point_span(points));
        ByteVector longer(encoded.begin(), encoded.end());
        longer.insert(longer.end(), encoded.begin(), encoded.end());
        for (int level = lowest_stored_level; level <= highest_stored_level; ++level) {
            BucketColumns buckets;
            QVERIFY(PyramidDecoder().decode(longer, level, 600, 2, buckets));
            compare_with_brute_force(points, std::size_t{1} << (3 * level), buckets);
        }
    }

private:
    static bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

    static void compare_with_brute_force(const PointColumns& points, std::size_t width, const BucketColumns& buckets) {
        QCOMPARE(buckets.size(), (points.size() + width - 1) / width);
        for (std::size_t b = 0; b < buckets.size(); ++b) {
            const std::size_t begin = b * width, end = std::min(begin + width, points.size());
            std::vector<double> finite;
            for (std::size_t i = begin; i < end; ++i)
                if (std::isfinite(points.value(i))) finite.push_back(points.value(i));
            const double none = std::nan("");
            QVERIFY(same(buckets.min[b], finite.empty() ? none : *std::min_element(finite.begin(), finite.end())));
            QVERIFY(same(buckets.max[b], finite.empty() ? none : *std::max_element(finite.begin(), finite.end())));
            QVERIFY(same(buckets.first[b], finite.empty() ? none : finite.front()));
            QVERIFY(same(buckets.last[b], finite.empty() ? none : finite.back()));
            QCOMPARE(buckets.attempts[b], 2);
            QCOMPARE(std::size_t{buckets.counts[b]}, end - begin);
            QCOMPARE(std::size_t{buckets.nonfinite[b]}, end - begin - finite.size());
            QCOMPARE(buckets.first_steps[b], points.steps[begin]);
            QCOMPARE(buckets.last_steps[b], points.steps[end - 1]);
            QCOMPARE(buckets.first_wall_times[b], points.wall_times[begin]);
            QCOMPARE(buckets.last_wall_times[b], points.wall_times[end - 1]);
        }
    }
};

QTEST_GUILESS_MAIN(ChunkCodecTest)
#include "tst_chunk_codec.moc"
