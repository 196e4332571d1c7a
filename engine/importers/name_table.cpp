#include "engine/importers/name_table.h"

#include <algorithm>
#include <functional>

namespace isoloss {

namespace {

constexpr std::size_t block_bytes = std::size_t{64} << 10;
constexpr std::size_t first_slots = 64; // a power of two

} // namespace

std::uint32_t NameTable::find(std::string_view name) const {
    return slots_.empty() ? none : slots_[slot_of(name)];
}

std::uint32_t NameTable::add(std::string_view name) {
    if (2 * (names_.size() + 1) > slots_.size()) grow();
    char* const text = room_for(name.size());
    std::copy(name.begin(), name.end(), text);
    const auto number = static_cast<std::uint32_t>(names_.size());
    names_.emplace_back(text, name.size());
    slots_[slot_of(names_.back())] = number;
    return number;
}

// Where the name stands, or the free place where it would.
std::size_t NameTable::slot_of(std::string_view name) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = std::hash<std::string_view>{}(name)&mask;
    while (slots_[slot] != none && names_[slots_[slot]] != name)
        slot = (slot + 1) & mask;
    return slot;
}

void NameTable::grow() {
    slots_.assign(std::max(first_slots, 2 * slots_.size()), none);
    for (std::size_t i = 0; i < names_.size(); ++i)
        slots_[slot_of(names_[i])] = static_cast<std::uint32_t>(i);
}

char* NameTable::room_for(std::size_t size) {
    if (size > free_size_) {
        free_size_ = std::max(size, block_bytes);
        free_ = blocks_.emplace_back(new char[free_size_]).get();
    }
    char* const room = free_;
    free_ += size;
    free_size_ -= size;
    return room;
}

} // namespace isoloss
