#include "engine/importers/events/event_file.h"

#include "engine/base/hash.h"

#include <bit>
#include <cstring>

namespace isoloss {

namespace {

static_assert(std::endian::native == std::endian::little, "frames are read as they lie in the file");

constexpr std::size_t block_bytes = 256u << 10;
constexpr std::size_t header_bytes = 12; // length and its checksum
constexpr std::size_t frame_bytes = 16;  // and the checksum of the data

template <typename T>
T load(const std::byte* at) {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

} // namespace

std::uint32_t masked_crc32c(std::span<const std::byte> data) {
    return std::rotr(crc32c(data), 15) + 0xa282ead8u;
}

EventFileReader::EventFileReader(const InputFile& file, std::uint64_t offset)
    : file_(file), offset_(offset), buffer_(block_bytes) {}

Expected<bool> EventFileReader::read_block(EventDecoder& decoder, EventSink& sink) {
    if (end_ == EventFileEnd::damaged || end_ == EventFileEnd::foreign) return false;
    ISOLOSS_TRY(const std::size_t available, file_.read_some(offset_, buffer_));
    if (available == 0) {
        end_ = EventFileEnd::whole;
        return false;
    }
    std::size_t at = 0;
    while (available - at >= header_bytes) {
        const std::byte* frame = buffer_.data() + at;
        const auto length = load<std::uint64_t>(frame);
        const bool bad_checksum = masked_crc32c({frame, 8}) != load<std::uint32_t>(frame + 8);
        if (bad_checksum || length > largest_length) {
            set_fault({frame, available - at}, offset_ + at, bad_checksum);
            break;
        }
        if (length > available - at || length + frame_bytes > available - at) break;
        const std::span<const std::byte> data(frame + header_bytes, static_cast<std::size_t>(length));
        if (masked_crc32c(data) == load<std::uint32_t>(data.data() + data.size()))
            decoder.decode(data, sink);
        else
            ++decoder.counts.bad_checksums;
        at += data.size() + frame_bytes;
    }
    offset_ += at;
    if (at > 0) return true;
    if (end_ == EventFileEnd::damaged || end_ == EventFileEnd::foreign) return false;
    return pass_first_record(available, decoder);
}

// The record at offset_ is not whole in the buffer: it is longer than a block, or not yet written.
Expected<bool> EventFileReader::pass_first_record(std::size_t available, EventDecoder& decoder) {
    end_ = EventFileEnd::waiting;
    if (available < header_bytes) return false;
    const std::uint64_t whole = load<std::uint64_t>(buffer_.data()) + frame_bytes;
    ISOLOSS_TRY(const std::uint64_t size, file_.current_size());
    if (size < offset_ || size - offset_ < whole) return false;
    end_ = EventFileEnd::reading;
    if (whole > largest_record) {
        offset_ += whole;
        ++decoder.counts.oversized;
    } else {
        buffer_.resize(std::max<std::size_t>(buffer_.size(), static_cast<std::size_t>(whole)));
    }
    return true;
}

void EventFileReader::set_fault(std::span<const std::byte> header, std::uint64_t at, bool bad_checksum) {
    const bool first = at == 0;
    end_ = first ? EventFileEnd::foreign : EventFileEnd::damaged;
    fault_ = {ErrorKind::damaged, path_text(file_.path()), "byte " + std::to_string(at), {}, {}};
    if (first && header[0] == std::byte{0x1f} && header[1] == std::byte{0x8b}) {
        fault_.reason = "is not an event file but a gzip archive";
        fault_.remedy = "Unpack it with gunzip and import the result";
    } else if (first && bad_checksum) {
        fault_.reason = "is not an event file: the first record fails its checksum";
        fault_.remedy = "Check where the file comes from or copy it again";
    } else {
        fault_.reason = "damaged at byte " + std::to_string(at) +
                        (bad_checksum ? ": the length of a record fails its checksum"
                                      : ": a record claims " + std::to_string(load<std::uint64_t>(header.data())) +
                                            " bytes, more than any can have");
        fault_.remedy = first ? "Check where the file comes from or copy it again"
                              : "What stands before is kept; copy the file again if its source is whole";
    }
}

} // namespace isoloss
