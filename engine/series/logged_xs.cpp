#include "engine/series/logged_xs.h"

namespace isoloss {

Expected<std::shared_ptr<const LoggedX>> LoggedXs::get(Reader& reader, SeriesId series) {
    Entry& entry = entries_[series];
    entry.used = ++uses_;
    if (entry.stale) {
        if (auto read = entry.x->read(reader, series); !read) {
            entries_.erase(series); // it is half read
            return fail(std::move(read).error());
        }
        entry.stale = false;
    }
    std::shared_ptr<const LoggedX> x = entry.x;
    forget_oldest();
    return x;
}

void LoggedXs::forget_oldest() {
    for (; entries_.size() > 1 && bytes() > byte_cap_; ++gone_) {
        SeriesId oldest;
        std::uint64_t used = uses_ + 1;
        for (const auto& [series, entry] : entries_)
            if (entry.used < used) {
                oldest = series;
                used = entry.used;
            }
        entries_.erase(oldest);
    }
}

void LoggedXs::invalidate(SeriesId series) {
    if (const auto found = entries_.find(series); found != entries_.end()) found->second.stale = true;
}

std::size_t LoggedXs::bytes() const {
    std::size_t bytes = 0;
    for (const auto& [series, entry] : entries_)
        bytes += entry.x->bytes();
    return bytes;
}

} // namespace isoloss
