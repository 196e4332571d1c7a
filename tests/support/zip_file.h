#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace isoloss::test {

/// An entry of a zip archive for a test. What the directory says may differ from what is there.
struct ZipPart {
    std::string name;
    std::string data{};
    int method = 0;
    std::int64_t unpacked = -1;   ///< stated; −1: the size of the data
    std::int64_t offset = -1;     ///< stated; −1: where the entry lies
    std::string name_there{};     ///< in the entry's own header; empty: the same name
    std::uint16_t flags = 0x0800; ///< UTF-8 names
    bool in_zip64 = false;        ///< sizes and offset are in the zip64 field
};

inline void append_number(std::string& out, std::uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) {
        out += static_cast<char>(value & 255);
        value >>= 8;
    }
}

/// The archive; checksums are 0. With `zip64` also the 64-bit end record.
inline std::string zip_bytes(const std::vector<ZipPart>& parts, bool zip64 = false) {
    std::string out, directory;
    for (const ZipPart& part : parts) {
        const std::uint64_t offset = part.offset < 0 ? out.size() : static_cast<std::uint64_t>(part.offset);
        const std::uint64_t unpacked = part.unpacked < 0 ? part.data.size() : static_cast<std::uint64_t>(part.unpacked);
        const std::string& name = part.name_there.empty() ? part.name : part.name_there;
        out += "PK\x03\x04";
        append_number(out, 20, 2);
        append_number(out, part.flags, 2);
        append_number(out, static_cast<std::uint64_t>(part.method), 2);
        append_number(out, 0, 8); // time and checksum
        append_number(out, part.data.size(), 4);
        append_number(out, unpacked, 4);
        append_number(out, name.size(), 2);
        append_number(out, 0, 2);
        out += name + part.data;

        std::string extra;
        if (part.in_zip64) {
            append_number(extra, 1, 2);
            append_number(extra, 24, 2);
            append_number(extra, unpacked, 8);
            append_number(extra, part.data.size(), 8);
            append_number(extra, offset, 8);
        }
        directory += "PK\x01\x02";
        append_number(directory, 20, 2);
        append_number(directory, 20, 2);
        append_number(directory, part.flags, 2);
        append_number(directory, static_cast<std::uint64_t>(part.method), 2);
        append_number(directory, 0, 8);
        append_number(directory, part.in_zip64 ? 0xffffffff : part.data.size(), 4);
        append_number(directory, part.in_zip64 ? 0xffffffff : unpacked, 4);
        append_number(directory, part.name.size(), 2);
        append_number(directory, extra.size(), 2);
        append_number(directory, 0, 10); // comment, disk, attributes
        append_number(directory, part.in_zip64 ? 0xffffffff : offset, 4);
        directory += part.name + extra;
    }
    const std::uint64_t begin = out.size();
    out += directory;
    if (zip64) {
        const std::uint64_t end64 = out.size();
        out += "PK\x06\x06";
        append_number(out, 44, 8);
        append_number(out, 0, 12); // versions and disks
        append_number(out, parts.size(), 8);
        append_number(out, parts.size(), 8);
        append_number(out, directory.size(), 8);
        append_number(out, begin, 8);
        out += "PK\x06\x07";
        append_number(out, 0, 4);
        append_number(out, end64, 8);
        append_number(out, 1, 4);
    }
    out += "PK\x05\x06";
    append_number(out, 0, 4);
    append_number(out, parts.size(), 2);
    append_number(out, parts.size(), 2);
    append_number(out, zip64 ? 0xffffffff : directory.size(), 4);
    append_number(out, zip64 ? 0xffffffff : begin, 4);
    append_number(out, 0, 2);
    return out;
}

} // namespace isoloss::test
