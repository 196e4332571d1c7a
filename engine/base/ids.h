#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace isoloss {

/// A row id of one table. Ids of different tables do not convert into each other, nor into numbers.
template <typename Tag>
struct Id {
    std::int64_t value = 0;

    Id() = default;

    explicit constexpr Id(std::int64_t id) : value(id) {}

    auto operator<=>(const Id&) const = default;
};

using RunId = Id<struct RunTag>;
using SeriesId = Id<struct SeriesTag>;
using CheckpointId = Id<struct CheckpointTag>;
using QuantityId = Id<struct QuantityTag>;
using ValueId = Id<struct ValueTag>;
using ItemId = Id<struct ItemTag>;
using DatasetId = Id<struct DatasetTag>;
using JobId = Id<struct JobTag>;
using PartialPassId = Id<struct PartialPassTag>;
using ViewId = Id<struct ViewTag>;
using SourceId = Id<struct SourceTag>;
using ImportId = Id<struct ImportTag>;

} // namespace isoloss

template <typename Tag>
struct std::hash<isoloss::Id<Tag>> {
    std::size_t operator()(isoloss::Id<Tag> id) const noexcept { return std::hash<std::int64_t>{}(id.value); }
};
