#include "tests/support/project_fixture.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <random>
#include <sqlite3.h>
#include <zstd.h>

using namespace isoloss;
using namespace isoloss::test;

namespace {

using Bytes = std::vector<unsigned char>;

// A second reader of the format, written from packaging/docs/format.md alone: slow, plain, no code of engine/store.

std::uint64_t little_endian(const Bytes& bytes, std::size_t offset, std::size_t size) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < size; ++i)
        number |= static_cast<std::uint64_t>(bytes.at(offset + i)) << (8 * i);
    return number;
}

std::uint32_t crc32c_bit_by_bit(const Bytes& bytes) {
    std::uint32_t crc = 0xffffffffu;
    for (const unsigned char byte : bytes) {
        crc ^= byte;
        for (int bit = 0; bit < 8; ++bit)
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82f63b78u : 0u);
    }
    return ~crc;
}

struct PlainBlock {
    unsigned value_bytes = 0, level = 0;
    std::vector<unsigned> widths;
    std::size_t points = 0, end = 0;
    Bytes body;
};

PlainBlock read_block(const Bytes& bytes, std::size_t start) {
    PlainBlock block;
    if (bytes.at(start) != 1) throw std::runtime_error("version");
    block.value_bytes = bytes.at(start + 2);
    block.level = bytes.at(start + 3);
    for (std::size_t i = 0; i < 4; ++i)
        block.widths.push_back(bytes.at(start + 4 + i));
    block.points = little_endian(bytes, start + 8, 4);
    const std::size_t size = little_endian(bytes, start + 12, 4);
    const std::size_t stored = little_endian(bytes, start + 16, 4);
    block.end = start + 24 + stored;
    const unsigned char* data = &bytes.at(start + 24);
    if (bytes.at(start + 1) == 0) {
        block.body.assign(data, data + stored);
    } else {
        block.body.resize(size);
        if (ZSTD_decompress(block.body.data(), size, data, stored) != size) throw std::runtime_error("zstd");
    }
    Bytes covered(bytes.begin() + static_cast<std::ptrdiff_t>(start),
                  bytes.begin() + static_cast<std::ptrdiff_t>(start) + 20);
    covered.insert(covered.end(), block.body.begin(), block.body.end());
    if (crc32c_bit_by_bit(covered) != little_endian(bytes, start + 20, 4)) throw std::runtime_error("checksum");
    return block;
}

std::vector<std::uint64_t> read_planes(const Bytes& body, std::size_t& at, std::size_t count, unsigned width) {
    std::vector<std::uint64_t> numbers(count);
    for (unsigned plane = 0; plane < width; ++plane)
        for (std::size_t i = 0; i < count; ++i)
            numbers[i] |= static_cast<std::uint64_t>(body.at(at++)) << (8 * plane);
    return numbers;
}

std::vector<std::uint64_t> read_integer_column(const Bytes& body, std::size_t& at, std::size_t count, unsigned width) {
    const std::uint64_t start = little_endian(body, at, 8), stride = little_endian(body, at + 8, 8);
    at += 16;
    std::vector<std::uint64_t> numbers(count, start);
    const auto coded = read_planes(body, at, count - 1, width);
    for (std::size_t i = 1; i < count; ++i) {
        const std::uint64_t z = coded[i - 1];
        const std::uint64_t difference = width == 0 ? stride : ((z >> 1) ^ (0 - (z & 1)));
        numbers[i] = numbers[i - 1] + difference;
    }
    return numbers;
}

struct PlainPoints {
    std::vector<std::uint64_t> steps, wall_times, values;
    unsigned value_bytes = 0;
};

PlainPoints read_payload(const Bytes& payload) {
    const PlainBlock block = read_block(payload, 0);
    if (block.end != payload.size() || block.level != 0) throw std::runtime_error("not one block");
    std::size_t at = 0;
    PlainPoints points;
    points.value_bytes = block.value_bytes;
    points.steps = read_integer_column(block.body, at, block.points, block.widths[0]);
    points.wall_times = read_integer_column(block.body, at, block.points, block.widths[1]);
    points.values = read_planes(block.body, at, block.points, block.value_bytes);
    if (at != block.body.size()) throw std::runtime_error("body is longer");
    return points;
}

/// Rows of blobs through plain SQLite.
std::vector<Bytes> blobs(const std::filesystem::path& path, const char* sql) {
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    std::vector<Bytes> rows;
    if (sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK ||
        sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK)
        throw std::runtime_error(sqlite3_errmsg(database));
    while (sqlite3_step(statement) == SQLITE_ROW) {
        const auto* data = static_cast<const unsigned char*>(sqlite3_column_blob(statement, 0));
        rows.emplace_back(data, data + sqlite3_column_bytes(statement, 0));
    }
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return rows;
}

/// A noisy curve with everything that a float can be.
PointColumns odd_points(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    PointColumns points;
    std::vector<float> values;
    std::int64_t step = -5;
    for (std::size_t i = 0; i < count; ++i) {
        step += static_cast<std::int64_t>(random() % 3) * (random() % 50 == 0 ? 1'000'000'000 : 1);
        points.steps.push_back(step);
        points.wall_times.push_back(random() % 40 == 0 ? std::nan("") : 1.7e9 + 0.37 * static_cast<double>(i));
        float value = static_cast<float>(random()) / 1e9f;
        switch (random() % 64) {
        case 0:
            value = std::bit_cast<float>(0x7fa12345u); // a signalling NaN with a payload
            break;
        case 1:
            value = -HUGE_VALF;
            break;
        case 2:
            value = -0.0f;
            break;
        case 3:
            value = std::bit_cast<float>(1u); // the smallest denormal
            break;
        default:
            break;
        }
        values.push_back(value);
    }
    points.values = std::move(values);
    return points;
}

} // namespace

class FormatTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void a_second_reader_reads_the_same_points() {
        ProjectFixture fixture;
        const PointColumns points = odd_points(5000, 1);
        append(fixture, points);
        fixture.close();
        PlainPoints all;
        for (const Bytes& payload : blobs(fixture.path(), "SELECT payload FROM chunk ORDER BY ordinal")) {
            const PlainPoints chunk = read_payload(payload);
            QCOMPARE(chunk.value_bytes, 4u);
            all.steps.insert(all.steps.end(), chunk.steps.begin(), chunk.steps.end());
            all.wall_times.insert(all.wall_times.end(), chunk.wall_times.begin(), chunk.wall_times.end());
            all.values.insert(all.values.end(), chunk.values.begin(), chunk.values.end());
        }
        QCOMPARE(all.steps.size(), points.size());
        for (std::size_t i = 0; i < points.size(); ++i) {
            QCOMPARE(all.steps[i], static_cast<std::uint64_t>(points.steps[i]));
            QCOMPARE(all.wall_times[i], std::bit_cast<std::uint64_t>(points.wall_times[i]));
            QCOMPARE(all.values[i], std::uint64_t{std::bit_cast<std::uint32_t>(std::get<0>(points.values)[i])});
        }
    }

    void a_double_makes_its_chunk_float64() {
        ProjectFixture fixture;
        PointColumns points = odd_points(10, 2);
        append(fixture, points);
        PointColumns wide;
        wide.steps = {std::numeric_limits<std::int64_t>::max()};
        wide.wall_times = {std::nan("")};
        wide.values = std::vector<double>{0.1};
        append(fixture, wide);
        fixture.close();
        const auto payloads = blobs(fixture.path(), "SELECT payload FROM chunk");
        QCOMPARE(payloads.size(), std::size_t{1});
        const PlainPoints chunk = read_payload(payloads[0]);
        QCOMPARE(chunk.value_bytes, 8u);
        QCOMPARE(chunk.values.back(), std::bit_cast<std::uint64_t>(0.1));
        QCOMPARE(chunk.steps.back(), std::uint64_t{0x7fffffffffffffff});
    }

    void a_second_reader_reads_the_same_levels() {
        ProjectFixture fixture;
        const PointColumns points = odd_points(700, 3);
        append(fixture, points);
        fixture.close();
        const auto& values = std::get<0>(points.values);
        const Bytes levels = blobs(fixture.path(), "SELECT levels FROM chunk_pyramid").at(0);
        std::size_t start = 0;
        for (unsigned level = 3; level >= 2; --level) {
            const PlainBlock block = read_block(levels, start);
            start = block.end;
            QCOMPARE(block.level, level);
            const std::size_t width = std::size_t{1} << (3 * level);
            const std::size_t buckets = (points.size() + width - 1) / width;
            std::size_t at = 0;
            const auto first_steps = read_integer_column(block.body, at, buckets, block.widths[0]);
            const auto last_steps = read_integer_column(block.body, at, buckets, block.widths[1]);
            read_integer_column(block.body, at, buckets, block.widths[2]);
            read_integer_column(block.body, at, buckets, block.widths[3]);
            const auto minima = read_planes(block.body, at, buckets, 4);
            const auto maxima = read_planes(block.body, at, buckets, 4);
            at += 2 * 4 * buckets;
            const auto nonfinite = read_planes(block.body, at, buckets, 2);
            QCOMPARE(at, block.body.size());
            for (std::size_t b = 0; b < buckets; ++b) {
                const std::size_t begin = b * width, end = std::min(begin + width, points.size());
                float min = HUGE_VALF, max = -HUGE_VALF;
                std::uint64_t odd = 0;
                for (std::size_t i = begin; i < end; ++i) {
                    if (!std::isfinite(values[i])) {
                        ++odd;
                        continue;
                    }
                    min = std::min(min, values[i]);
                    max = std::max(max, values[i]);
                }
                QCOMPARE(first_steps[b], static_cast<std::uint64_t>(points.steps[begin]));
                QCOMPARE(last_steps[b], static_cast<std::uint64_t>(points.steps[end - 1]));
                QCOMPARE(std::bit_cast<float>(static_cast<std::uint32_t>(minima[b])), min);
                QCOMPARE(std::bit_cast<float>(static_cast<std::uint32_t>(maxima[b])), max);
                QCOMPARE(nonfinite[b], odd);
            }
        }
        QCOMPARE(start, levels.size());
    }

private:
    static void append(ProjectFixture& fixture, const PointColumns& points) {
        REQUIRE_OK(fixture.writer().run([&](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY(const auto run, session.ensure_run({"event_folder", "a"}, "a"));
            ISOLOSS_TRY(const auto series, session.ensure_series(run, "loss"));
            return session.append_points(series, 1, points);
        }));
    }
};

QTEST_GUILESS_MAIN(FormatTest)
#include "tst_format.moc"
