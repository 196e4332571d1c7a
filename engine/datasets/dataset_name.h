#pragma once

#include <filesystem>
#include <string>

namespace isoloss {

/// A short name for quantity keys: the file's name without its extensions. Names that say nothing (requests, input,
/// data, …) give way to the folder's; a folder that only names a setting (rc_0shot) is put behind its parent's name,
/// and so is a split (valid, test): two splits are two data sets.
std::string dataset_name(const std::filesystem::path& file);

} // namespace isoloss
