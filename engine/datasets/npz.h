#pragma once

#include "engine/base/error.h"
#include "engine/datasets/number_array.h"

#include <filesystem>
#include <map>
#include <string>

namespace isoloss {

/// The arrays of a NumPy archive by their names (without ".npy"), unpacked into memory. The archive is a zip file whose
/// entries are stored or deflated; what an entry unpacks to is bounded by its stated size, and all of them together by
/// ByteSource::most_unpacked. Encrypted, duplicate or oversized entries and archives above 4 GB are refused. An array
/// that cannot be read (Python objects) is an error that names it.
Expected<std::map<std::string, NumberArray>> open_npz(const std::filesystem::path& path);

} // namespace isoloss
