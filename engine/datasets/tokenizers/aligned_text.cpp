#include "engine/datasets/tokenizers/aligned_text.h"

#include "engine/base/utf8.h"

#include <algorithm>

namespace isoloss {

namespace {

// Length of the broken character at `offset`: its lead byte and the continuation bytes that fit it.
std::size_t broken_length(std::string_view text, std::size_t offset) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[offset + i]); };
    const unsigned lead = byte(0);
    if (lead < 0xc2 || lead > 0xf4) return 1;
    const std::size_t wanted = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const unsigned low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    std::size_t length = 1;
    while (length < wanted && offset + length < text.size() && byte(length) >= (length == 1 ? low : 0x80) &&
           byte(length) <= (length == 1 ? high : 0xbf))
        ++length;
    return length;
}

} // namespace

AlignedText AlignedText::from_input(std::string_view input) {
    AlignedText aligned;
    std::size_t copied = 0;
    for (std::size_t offset = 0; offset < input.size();) {
        if (static_cast<unsigned char>(input[offset]) < 0x80) {
            ++offset;
            continue;
        }
        const CodePoint point = code_point_at(input, offset);
        if (point.value != 0xfffd || point.length != 1) {
            offset += point.length;
            continue;
        }
        AlignedText before;
        before.text_ = input.substr(copied, offset - copied);
        before.base_ = static_cast<std::uint32_t>(copied);
        aligned.append(before, 0, before.text_.size());
        copied = offset + broken_length(input, offset);
        aligned.append("\xef\xbf\xbd", static_cast<std::uint32_t>(offset), static_cast<std::uint32_t>(copied));
        offset = copied;
    }
    if (copied == 0) {
        aligned.text_ = input;
        return aligned;
    }
    AlignedText rest;
    rest.text_ = input.substr(copied);
    rest.base_ = static_cast<std::uint32_t>(copied);
    aligned.append(rest, 0, rest.text_.size());
    return aligned;
}

AlignedText AlignedText::slice(std::size_t begin, std::size_t end) const {
    AlignedText part;
    part.text_ = text_.substr(begin, end - begin);
    if (origins_.empty())
        part.base_ = base_ + static_cast<std::uint32_t>(begin);
    else
        part.origins_.assign(origins_.begin() + static_cast<std::ptrdiff_t>(begin),
                             origins_.begin() + static_cast<std::ptrdiff_t>(end) + 1);
    return part;
}

void AlignedText::append(std::string_view bytes, std::uint32_t begin, std::uint32_t end) {
    if (bytes.empty()) return;
    if (!origins_.empty()) origins_.pop_back();
    origins_.push_back(begin);
    origins_.insert(origins_.end(), bytes.size(), end);
    text_ += bytes;
}

void AlignedText::append(const AlignedText& other, std::size_t begin, std::size_t end) {
    if (begin == end) return;
    if (!origins_.empty()) origins_.pop_back();
    for (std::size_t i = begin; i <= end; ++i)
        origins_.push_back(other.origin(i));
    text_ += other.text().substr(begin, end - begin);
}

} // namespace isoloss
