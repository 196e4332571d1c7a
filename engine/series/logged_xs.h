#pragma once

#include "engine/base/error.h"
#include "engine/base/ids.h"
#include "engine/series/logged_x.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace isoloss {

class Reader;

/// The series that were asked for as x, in memory up to about `byte_cap` bytes: what was not used for longest goes
/// first, the last used one stays. One thread.
class LoggedXs {
public:
    explicit LoggedXs(std::size_t byte_cap) : byte_cap_(byte_cap) {}

    /// Reads what is new of it.
    Expected<std::shared_ptr<const LoggedX>> get(Reader& reader, SeriesId series);

    /// The series got points.
    void invalidate(SeriesId series);

    void clear() { entries_.clear(); }

    std::size_t bytes() const;

    /// How many went so far: whoever shares one keeps its memory.
    std::uint64_t gone() const { return gone_; }

private:
    struct Entry {
        std::shared_ptr<LoggedX> x = std::make_shared<LoggedX>();
        bool stale = true;
        std::uint64_t used = 0;
    };

    void forget_oldest();

    std::size_t byte_cap_;
    std::uint64_t uses_ = 0, gone_ = 0;
    std::unordered_map<SeriesId, Entry> entries_;
};

} // namespace isoloss
