#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace isoloss {

/// Names with numbers from 0 on, in little memory: a million names take some forty megabytes. One thread at a time.
class NameTable {
public:
    static constexpr std::uint32_t none = ~std::uint32_t{0};

    /// The number of a name, or none.
    std::uint32_t find(std::string_view name) const;
    /// Adds a name that is not there yet. Views of names stay valid as long as the table.
    std::uint32_t add(std::string_view name);

    std::string_view operator[](std::uint32_t number) const { return names_[number]; }

    std::size_t size() const { return names_.size(); }

private:
    std::size_t slot_of(std::string_view name) const;
    void grow();
    char* room_for(std::size_t size);

    std::vector<std::string_view> names_;
    std::vector<std::uint32_t> slots_; ///< open addressing; none where free, at most half of them taken
    std::vector<std::unique_ptr<char[]>> blocks_;
    char* free_ = nullptr; ///< in the block that is being filled
    std::size_t free_size_ = 0;
};

} // namespace isoloss
