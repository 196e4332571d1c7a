#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/inference/tensor_source.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace isoloss {

struct ShardIndex;

/// The weights of a checkpoint folder: model.safetensors, or the shards that model.safetensors.index.json names. Every
/// fault of BAD_INPUTS.md rows 52 to 70 is an error that names file and place; nothing is allocated on the word of a
/// header. A file that shrinks meanwhile is an error and never a crash.
class SafetensorsSource final : public TensorSource {
public:
    static Expected<SafetensorsSource> open_file(const std::filesystem::path& file);
    static Expected<SafetensorsSource> open_folder(const std::filesystem::path& folder);

    const std::vector<TensorInfo>& tensors() const override { return tensors_; }

    Expected<void> read(std::string_view name, std::span<std::byte> buffer) const override;

    std::optional<MappedTensor> map(std::string_view name) const override;

    std::string description() const override { return description_; }

    const std::map<std::string, std::string>& metadata() const { return metadata_; }

    std::vector<std::filesystem::path> files() const;
    std::int64_t element_count() const; ///< over all tensors
    /// Elements of the floating-point tensors that are weights; causal masks and rotary frequencies that old exports
    /// store beside them are left out.
    std::int64_t parameter_count() const;

private:
    struct Location {
        std::size_t file = 0;
        std::uint64_t offset = 0;
        std::uint64_t bytes = 0;
    };

    SafetensorsSource() = default;
    Expected<void> add_file(const std::filesystem::path& path);
    Expected<void> check_against(const ShardIndex& index, const std::filesystem::path& index_file) const;

    class Memory;

    std::string description_;
    std::vector<InputFile> files_;
    /// Of each file once it is mapped; null where that was not possible.
    mutable std::map<std::size_t, std::shared_ptr<const Memory>> memories_;
    std::vector<TensorInfo> tensors_;
    std::map<std::string, Location, std::less<>> locations_;
    std::map<std::string, std::string> metadata_;
};

} // namespace isoloss
