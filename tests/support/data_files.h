#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <cstring>
#include <vector>
#include <zlib.h>

namespace isoloss::test {

/// Bytes of files of arrays and pictures, written from the definitions of their formats.

template <typename T>
QByteArray raw_bytes(std::initializer_list<T> numbers) {
    QByteArray bytes;
    for (const T number : numbers)
        bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
    return bytes;
}

inline QByteArray big_endian(quint32 number) {
    return {QByteArray(1, static_cast<char>(number >> 24)) + static_cast<char>(number >> 16) +
            static_cast<char>(number >> 8) + static_cast<char>(number)};
}

/// Version 1 of the .npy format; `shape` as Python writes it: "(2, 3)".
inline QByteArray npy_bytes(const QByteArray& type, const QByteArray& shape, const QByteArray& data,
                            const char* fortran_order = "False") {
    QByteArray header = "{'descr': '" + type + "', 'fortran_order': " + fortran_order + ", 'shape': " + shape + ", }";
    while ((10 + header.size() + 1) % 64 != 0)
        header += ' ';
    header += '\n';
    return QByteArray("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size() & 255) +
           static_cast<char>(header.size() >> 8) + header + data;
}

inline QByteArray idx_bytes(char type, std::initializer_list<quint32> shape, const QByteArray& data) {
    QByteArray bytes(2, '\0');
    bytes += type;
    bytes += static_cast<char>(shape.size());
    for (const quint32 size : shape)
        bytes += big_endian(size);
    return bytes + data;
}

/// Deflated with a window of `bits` (zlib's sign convention: 15 zlib, −15 raw, 31 gzip).
inline QByteArray deflated(const QByteArray& data, int bits) {
    z_stream stream{};
    deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY);
    QByteArray input = data,
               output(static_cast<qsizetype>(deflateBound(&stream, static_cast<uLong>(data.size()))), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(input.data());
    stream.avail_in = static_cast<uInt>(input.size());
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    stream.avail_out = static_cast<uInt>(output.size());
    deflate(&stream, Z_FINISH);
    output.chop(static_cast<qsizetype>(stream.avail_out));
    deflateEnd(&stream);
    return output;
}

struct ZipEntry {
    QByteArray name, data;
    bool deflate = true;
    quint32 stated_size = 0; ///< 0: the right one
};

inline QByteArray zip_bytes(const QList<ZipEntry>& entries) {
    const auto little = [](quint32 number, int bytes) {
        QByteArray text;
        for (int i = 0; i < bytes; ++i)
            text += static_cast<char>(number >> (8 * i));
        return text;
    };
    QByteArray archive, directory;
    for (const ZipEntry& entry : entries) {
        const QByteArray packed = entry.deflate ? deflated(entry.data, -15) : entry.data;
        const auto crc = static_cast<quint32>(
            crc32(0, reinterpret_cast<const Bytef*>(entry.data.constData()), static_cast<uInt>(entry.data.size())));
        const auto size = entry.stated_size != 0 ? entry.stated_size : static_cast<quint32>(entry.data.size());
        const QByteArray common = little(entry.deflate ? 8 : 0, 2) + little(0, 4) + little(crc, 4) +
                                  little(static_cast<quint32>(packed.size()), 4) + little(size, 4) +
                                  little(static_cast<quint32>(entry.name.size()), 2) + little(0, 2);
        const auto offset = static_cast<quint32>(archive.size());
        archive += "PK\x03\x04" + little(20, 2) + little(0, 2) + common + entry.name + packed;
        directory += "PK\x01\x02" + little(20, 2) + little(20, 2) + little(0, 2) + common + little(0, 2) +
                     little(0, 2) + little(0, 2) + little(0, 4) + little(offset, 4) + entry.name;
    }
    const auto begin = static_cast<quint32>(archive.size());
    return archive + directory + "PK\x05\x06" + little(0, 4) + little(static_cast<quint32>(entries.size()), 2) +
           little(static_cast<quint32>(entries.size()), 2) + little(static_cast<quint32>(directory.size()), 4) +
           little(begin, 4) + little(0, 2);
}

/// 8 bits a channel. `color_type`: 0 grey, 2 red green blue, 6 with transparency; `rows` without filter bytes.
inline QByteArray png_bytes(quint32 width, quint32 height, char color_type, const QByteArray& rows) {
    const auto chunk = [](const QByteArray& type, const QByteArray& data) {
        const QByteArray body = type + data;
        const auto crc = crc32(0, reinterpret_cast<const Bytef*>(body.constData()), static_cast<uInt>(body.size()));
        return big_endian(static_cast<quint32>(data.size())) + body + big_endian(static_cast<quint32>(crc));
    };
    QByteArray filtered;
    const qsizetype stride = height == 0 ? 0 : rows.size() / static_cast<qsizetype>(height);
    for (quint32 row = 0; row < height; ++row)
        filtered += QByteArray(1, '\0') + rows.mid(static_cast<qsizetype>(row) * stride, stride);
    return "\x89PNG\r\n\x1a\n" +
           chunk("IHDR", big_endian(width) + big_endian(height) + char(8) + color_type + QByteArray(3, '\0')) +
           chunk("IDAT", deflated(filtered, 15)) + chunk("IEND", {});
}

} // namespace isoloss::test
