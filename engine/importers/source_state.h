#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/store/records.h"

#include <optional>
#include <string_view>

namespace isoloss {

/// How a file relates to what was read of it before.
enum class SourceChange {
    fresh,     ///< never read
    unchanged, ///< same bytes as far as size, time and head tell
    changed,   ///< same head: grown, or written again
    replaced,  ///< another head, or shorter than what was read
};

/// Compares by content (head hash, size, time), not by inode: a copy that a synchroniser renames over the old one is
/// still the same file.
Expected<SourceChange> compare_source(const InputFile& file, const std::optional<SourceRecord>& known);

/// The record of a file as it is now, with the hash of its first up to 4,096 bytes.
Expected<SourceRecord> source_record(const InputFile& file, std::string_view format);

} // namespace isoloss
