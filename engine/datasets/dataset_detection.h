#pragma once

#include "engine/base/error.h"
#include "engine/datasets/dataset_details.h"

#include <filesystem>
#include <string_view>

namespace isoloss {

/// DatasetDetails::format.
namespace dataset_format {

inline constexpr std::string_view plain_text = "plain text", json_lines = "JSON lines", separated = "separated values",
                                  separated_no_names = "separated values without names", npy = "npy", npz = "npz",
                                  raw_tokens = "raw tokens", idx = "IDX", png_folders = "PNG folders",
                                  two_texts = "two text files";

} // namespace dataset_format

/// Looks at the beginning of the files and finds format and reading; what was guessed from what is in the notes. What
/// is said goes before what is guessed. Fails with unsupported when it is nothing that is known, with usage when what
/// is said does not fit the files.
Expected<DatasetDetails> detect_dataset(const std::filesystem::path& path, const DatasetOptions& said = {});

} // namespace isoloss
