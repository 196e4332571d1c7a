#pragma once

#include "engine/base/error.h"

#include <filesystem>
#include <string>

namespace isoloss {

/// A TorchScript module as a file that was read once and looked through: what is hashed and checked here is what is
/// loaded later, whatever happens to the file.
struct ScriptArchive {
    std::string bytes;
    std::string hash; ///< SHA-256
};

/// Reads the file and checks it as a zip archive without unpacking anything. Refused (BAD_INPUTS.md row 74): entries
/// that occur twice, overlap, lie outside the file or outside the archive's own folder, and more compressed data than a
/// module's source can be. Pickled files are ErrorKind::untrusted with how to convert them (row 73), whatever they are
/// called.
Expected<ScriptArchive> read_script_archive(const std::filesystem::path& file);

} // namespace isoloss
