#include "engine/importers/tables/line_window.h"

#include <cstring>
#include <span>

namespace isoloss {

Expected<bool> LineWindow::more() {
    if (at_end_) return false;
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (buffer_.size() < end_ + block_bytes) buffer_.resize(end_ + block_bytes);
    const std::span<char> room(buffer_.data() + end_, buffer_.size() - end_);
    ISOLOSS_TRY(const std::size_t count, file_.read_some(offset_ + end_, std::as_writable_bytes(room)));
    end_ += count;
    at_end_ = count < room.size();
    return count > 0;
}

void LineWindow::go_to(std::uint64_t offset) {
    begin_ = end_ = 0;
    offset_ = offset;
    at_end_ = false;
}

} // namespace isoloss
