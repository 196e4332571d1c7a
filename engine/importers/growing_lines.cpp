#include "engine/importers/growing_lines.h"

#include <algorithm>
#include <span>
#include <utility>

namespace isoloss {

namespace {

constexpr std::size_t block_bytes = 1u << 20;
constexpr std::size_t longest_line = 1u << 20;

} // namespace

Expected<std::optional<std::string_view>> GrowingLines::next() {
    for (;;) {
        const std::size_t end = buffer_.find('\n', std::max(used_, searched_));
        if (end != buffer_.npos) {
            std::string_view line = std::string_view(buffer_).substr(used_, end - used_);
            used_ = searched_ = end + 1;
            if (std::exchange(stepping_over_, false)) continue;
            if (line.ends_with('\r')) line.remove_suffix(1);
            return line;
        }
        searched_ = buffer_.size();
        if (buffer_.size() - used_ > longest_line) {
            if (!stepping_over_) ++oversized_;
            stepping_over_ = true;
            used_ = buffer_.size();
        }
        ISOLOSS_TRY(const bool more, read_more());
        if (!more) return std::nullopt;
    }
}

Expected<bool> GrowingLines::read_more() {
    buffer_.erase(0, used_);
    begin_ += used_;
    searched_ -= used_;
    used_ = 0;
    const std::size_t had = buffer_.size();
    buffer_.resize(had + block_bytes);
    auto count = file_.read_some(begin_ + had, std::as_writable_bytes(std::span(buffer_).subspan(had)));
    buffer_.resize(had + count.value_or(0));
    if (!count) return fail(std::move(count).error());
    return *count > 0;
}

} // namespace isoloss
