#pragma once

#include "engine/base/error.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace isoloss {

/// model.safetensors.index.json: which shard holds which tensor.
struct ShardIndex {
    std::map<std::string, std::string, std::less<>> shard_of; ///< tensor name → shard name
    std::vector<std::string> shards;                          ///< distinct, sorted
};

/// Reads and checks the index. A shard must be a file of the index's own folder: absolute paths, "..", and links that
/// lead elsewhere are refused (links into the `blobs` folder of a Hugging Face cache are its normal form and allowed).
/// A shard that is not there is named.
Expected<ShardIndex> read_shard_index(const std::filesystem::path& index_file);

} // namespace isoloss
