#include "engine/checkpoints/safetensors.h"

#include "engine/base/json.h"
#include "engine/base/mapped_file.h"
#include "engine/checkpoints/pickled_weights.h"
#include "engine/checkpoints/safetensors_header.h"
#include "engine/checkpoints/shard_index.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t length_bytes = 8;

tl::unexpected<Error> damaged(const fs::path& path, std::string place, std::string reason) {
    return fail({ErrorKind::damaged, path_text(path), std::move(place), std::move(reason),
                 "Write the file again with the safetensors library, or download it again"});
}

Expected<std::uint64_t> header_length(const InputFile& file) {
    if (file.size() < length_bytes)
        return damaged(file.path(), "byte " + std::to_string(file.size()),
                       "the file ends before the length of its header; a safetensors file has at least 8 bytes");
    std::array<std::byte, length_bytes> bytes{};
    ISOLOSS_TRY_VOID(file.read_exact(0, bytes));
    std::uint64_t length = 0;
    for (std::size_t i = length_bytes; i-- > 0;)
        length = length << 8 | std::to_integer<std::uint64_t>(bytes[i]);
    if (length == 0) return damaged(file.path(), "byte 0", "the header has the length 0");
    if (length > SafetensorsLimits::header_bytes)
        return fail({ErrorKind::limit, path_text(file.path()), "byte 0",
                     "the header claims " + std::to_string(length) + " bytes; the format allows at most " +
                         std::to_string(SafetensorsLimits::header_bytes),
                     "Check that it is a safetensors file"});
    if (length > file.size() - length_bytes)
        return damaged(file.path(), "byte 0",
                       "the header claims " + std::to_string(length) + " bytes, but only " +
                           std::to_string(file.size() - length_bytes) + " follow");
    return length;
}

std::int64_t elements(const TensorInfo& tensor) {
    std::int64_t count = 1;
    for (const std::int64_t size : tensor.shape)
        count *= size;
    return count;
}

bool is_weight(const TensorInfo& tensor) {
    switch (tensor.type) {
    case TensorType::f16:
    case TensorType::bf16:
    case TensorType::f32:
    case TensorType::f64:
    case TensorType::f8_e4m3:
    case TensorType::f8_e5m2:
        break;
    default:
        return false;
    }
    const std::string_view name = tensor.name;
    const bool mask = tensor.shape.size() == 4 && (name.ends_with(".attn.bias") || name.ends_with(".attention.bias"));
    return !mask && !name.ends_with(".masked_bias") && !name.ends_with("rotary_emb.inv_freq");
}

} // namespace

class SafetensorsSource::Memory final : public TensorMemory {
public:
    explicit Memory(std::shared_ptr<MappedFile> file) : file_(std::move(file)) {}

    std::span<std::byte> bytes() const { return file_->bytes(); }

    Expected<void> check() const override { return file_->check(); }

private:
    std::shared_ptr<MappedFile> file_;
};

Expected<SafetensorsSource> SafetensorsSource::open_file(const fs::path& file) {
    SafetensorsSource source;
    source.description_ = path_text(file);
    ISOLOSS_TRY_VOID(source.add_file(file));
    return source;
}

Expected<SafetensorsSource> SafetensorsSource::open_folder(const fs::path& folder) {
    std::error_code ignored;
    const fs::path single = folder / "model.safetensors";
    if (fs::exists(single, ignored)) return open_file(single);
    const fs::path index_file = folder / "model.safetensors.index.json";
    if (!fs::exists(index_file, ignored) && has_pickled_weights(folder)) return fail(pickled_weights_error(folder));
    if (!fs::exists(index_file, ignored))
        return fail({ErrorKind::not_found,
                     path_text(folder),
                     {},
                     "has neither model.safetensors nor model.safetensors.index.json",
                     "Name a folder that holds a checkpoint saved in the safetensors format"});
    ISOLOSS_TRY(const ShardIndex index, read_shard_index(index_file));
    SafetensorsSource source;
    source.description_ = path_text(folder);
    for (const std::string& shard : index.shards)
        ISOLOSS_TRY_VOID(source.add_file(folder / shard));
    ISOLOSS_TRY_VOID(source.check_against(index, index_file));
    return source;
}

Expected<void> SafetensorsSource::add_file(const fs::path& path) {
    ISOLOSS_TRY(InputFile file, InputFile::open(path));
    ISOLOSS_TRY(const std::uint64_t length, header_length(file));
    std::string json(length, '\0');
    ISOLOSS_TRY_VOID(file.read_exact(length_bytes, std::as_writable_bytes(std::span(json))));
    const std::uint64_t data = length_bytes + length;
    ISOLOSS_TRY(SafetensorsHeader header, parse_safetensors_header(json, file.size() - data, path_text(path)));
    const std::size_t number = files_.size();
    for (SafetensorsEntry& entry : header.entries) {
        const auto [other, fresh] =
            locations_.try_emplace(entry.info.name, Location{number, data + entry.begin, entry.info.bytes});
        if (!fresh)
            return damaged(path, "tensor " + json_quote(entry.info.name),
                           "is also in " + path_text(files_[other->second.file].path().filename()) +
                               "; a tensor belongs to one shard");
        tensors_.push_back(std::move(entry.info));
    }
    metadata_.merge(header.metadata);
    files_.push_back(std::move(file));
    return {};
}

Expected<void> SafetensorsSource::check_against(const ShardIndex& index, const fs::path& index_file) const {
    for (const auto& [tensor, shard] : index.shard_of) {
        const auto found = locations_.find(tensor);
        const std::string place = "tensor " + json_quote(tensor);
        if (found == locations_.end())
            return damaged(index_file, place, "the index places it in " + shard + ", which does not have it");
        const std::string holder = path_text(files_[found->second.file].path().filename());
        if (holder != shard)
            return damaged(index_file, place, "the index places it in " + shard + ", but " + holder + " has it");
    }
    for (const auto& [tensor, location] : locations_)
        if (!index.shard_of.contains(tensor))
            return damaged(index_file, "tensor " + json_quote(tensor),
                           "is in " + path_text(files_[location.file].path().filename()) + " but not in the index");
    return {};
}

Expected<void> SafetensorsSource::read(std::string_view name, std::span<std::byte> buffer) const {
    const auto found = locations_.find(name);
    if (found == locations_.end())
        return fail({ErrorKind::not_found, description_, "tensor " + json_quote(name), "is not in the checkpoint",
                     "Check that config.json and the weights belong together"});
    const Location& location = found->second;
    if (buffer.size() != location.bytes)
        return fail({ErrorKind::internal, description_, "tensor " + json_quote(name),
                     "has " + std::to_string(location.bytes) + " bytes, not " + std::to_string(buffer.size()),
                     "Report this error"});
    return files_[location.file].read_exact(location.offset, buffer);
}

std::optional<MappedTensor> SafetensorsSource::map(std::string_view name) const {
    const auto found = locations_.find(name);
    if (found == locations_.end()) return std::nullopt;
    const auto& [file, offset, bytes] = found->second;
    const auto [memory, first] = memories_.try_emplace(file);
    if (first)
        if (auto mapped = MappedFile::open(files_[file])) memory->second = std::make_shared<Memory>(std::move(*mapped));
    if (memory->second == nullptr) return std::nullopt;
    // As long as the file was when it was opened, and the header was held against that.
    return MappedTensor{memory->second->bytes().subspan(offset, bytes), memory->second};
}

std::vector<fs::path> SafetensorsSource::files() const {
    std::vector<fs::path> paths;
    for (const InputFile& file : files_)
        paths.push_back(file.path());
    return paths;
}

std::int64_t SafetensorsSource::element_count() const {
    std::int64_t count = 0;
    for (const TensorInfo& tensor : tensors_)
        count += elements(tensor);
    return count;
}

std::int64_t SafetensorsSource::parameter_count() const {
    std::int64_t count = 0;
    for (const TensorInfo& tensor : tensors_)
        if (is_weight(tensor)) count += elements(tensor);
    return count;
}

} // namespace isoloss
