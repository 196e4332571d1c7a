#include "engine/demo/safetensors_writer.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"
#include "engine/checkpoints/safetensors_header.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace isoloss {

namespace {

static_assert(std::endian::native == std::endian::little, "the header's length is written as it lies in memory");

constexpr std::size_t header_alignment = 8;
constexpr std::string_view metadata_key = "__metadata__";

Expected<void> check(const TensorInfo& info, const TensorInfo* previous, const std::string& file) {
    const auto refuse = [&](std::string reason) {
        return fail({ErrorKind::usage, file, "tensor " + json_quote(valid_utf8(info.name)), std::move(reason), {}});
    };
    if (info.name == metadata_key) return refuse("the format keeps this name for itself");
    if (!is_valid_utf8(info.name)) return refuse("its name is not UTF-8");
    if (previous != nullptr && previous->name == info.name) return refuse("the name occurs twice");
    const SafetensorsType* type = find_safetensors_type(info.type);
    if (type == nullptr) return refuse("its type cannot be written");
    std::uint64_t bytes = type->bytes;
    for (const std::int64_t size : info.shape)
        if (size < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes))
            return refuse("its shape has a size that is negative or too large");
    if (bytes != info.bytes)
        return refuse("it has " + std::to_string(info.bytes) + " bytes, but its shape needs " + std::to_string(bytes));
    return {};
}

std::string header_entry(const TensorInfo& info, std::uint64_t begin) {
    std::string shape;
    for (const std::int64_t size : info.shape) {
        if (!shape.empty()) shape += ',';
        shape += number_text(size);
    }
    return json_quote(info.name) + ":{\"dtype\":" + json_quote(find_safetensors_type(info.type)->name) +
           ",\"shape\":[" + shape + "],\"data_offsets\":[" + std::to_string(begin) + ',' +
           std::to_string(begin + info.bytes) + "]}";
}

} // namespace

Expected<void> write_safetensors(const std::filesystem::path& file, const TensorSource& tensors) {
    std::vector<const TensorInfo*> infos;
    for (const TensorInfo& info : tensors.tensors())
        infos.push_back(&info);
    std::ranges::sort(infos, {}, &TensorInfo::name);
    std::string header = "{" + json_quote(metadata_key) + ":{\"format\":\"pt\"}";
    std::uint64_t data_size = 0;
    for (std::size_t i = 0; i < infos.size(); ++i) {
        ISOLOSS_TRY_VOID(check(*infos[i], i > 0 ? infos[i - 1] : nullptr, path_text(file)));
        header += ',' + header_entry(*infos[i], data_size);
        data_size += infos[i]->bytes;
    }
    header += '}';
    header.resize((header.size() + header_alignment - 1) / header_alignment * header_alignment, ' ');
    const std::uint64_t header_size = header.size();
    std::string content(reinterpret_cast<const char*>(&header_size), sizeof header_size);
    content += header;
    std::size_t at = content.size();
    content.resize(at + data_size);
    for (const TensorInfo* info : infos) {
        ISOLOSS_TRY_VOID(tensors.read(info->name, std::as_writable_bytes(std::span(content)).subspan(at, info->bytes)));
        at += info->bytes;
    }
    return write_file_atomically(file, content);
}

} // namespace isoloss
