#pragma once

#include "engine/inference/tensor_source.h"

#include <algorithm>
#include <cstring>
#include <map>

namespace isoloss::test {

/// A TensorSource that holds its tensors in memory.
class MemoryTensors final : public TensorSource {
public:
    void add(const std::string& name, std::vector<std::int64_t> shape, const std::vector<float>& values) {
        add_bytes(name, TensorType::f32, "F32", std::move(shape), std::as_bytes(std::span(values)));
    }

    void add_bytes(const std::string& name, TensorType type, const std::string& type_name,
                   std::vector<std::int64_t> shape, std::span<const std::byte> bytes) {
        infos_.push_back({name, type, type_name, std::move(shape), bytes.size()});
        bytes_[name].assign(bytes.begin(), bytes.end());
    }

    TensorInfo& info(std::string_view name) {
        const auto found = std::ranges::find(infos_, name, &TensorInfo::name);
        return infos_.at(static_cast<std::size_t>(found - infos_.begin()));
    }

    std::vector<float> values(const std::string& name) const {
        const auto& bytes = bytes_.at(name);
        std::vector<float> values(bytes.size() / sizeof(float));
        std::memcpy(values.data(), bytes.data(), bytes.size());
        return values;
    }

    void remove(const std::string& name) {
        std::erase_if(infos_, [&](const TensorInfo& info) { return info.name == name; });
        bytes_.erase(name);
    }

    void rename(const std::string& from, const std::string& to) {
        info(from).name = to;
        bytes_[to] = std::move(bytes_.at(from));
        bytes_.erase(from);
    }

    const std::vector<TensorInfo>& tensors() const override { return infos_; }

    Expected<void> read(std::string_view name, std::span<std::byte> buffer) const override {
        const auto found = bytes_.find(name);
        if (found == bytes_.end() || found->second.size() != buffer.size())
            return fail(ErrorKind::internal, "no such tensor or another size");
        std::ranges::copy(found->second, buffer.begin());
        return {};
    }

    std::string description() const override { return "memory.safetensors"; }

private:
    std::vector<TensorInfo> infos_;
    std::map<std::string, std::vector<std::byte>, std::less<>> bytes_;
};

} // namespace isoloss::test
