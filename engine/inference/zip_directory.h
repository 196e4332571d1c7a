#pragma once

#include "engine/base/error.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// One entry of a zip archive as its directory describes it.
struct ZipEntry {
    std::string name;
    std::uint32_t method = 0; ///< 0 stored, 8 deflated
    std::uint64_t packed = 0, unpacked = 0;
    std::uint64_t begin = 0, end = 0; ///< of its header and data in the archive
};

/// The directory of an archive in memory, with zip64. Nothing is unpacked. Strict, so that no other reader finds other
/// entries: the directory ends where its end record begins and that ends with the file; every entry lies before the
/// directory, begins with a header of the same name and overlaps no other; names occur once, stay inside the archive
/// and are not encrypted. `file` is for messages.
Expected<std::vector<ZipEntry>> read_zip_directory(std::string_view archive, std::string_view file);

} // namespace isoloss
