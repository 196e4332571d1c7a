#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"
#include "engine/importers/events/event_decoder.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace isoloss {

/// The masked CRC-32C of an event file's frames: rotated right by 15 and offset.
std::uint32_t masked_crc32c(std::span<const std::byte> data);

/// How the reading of an event file ended.
enum class EventFileEnd {
    reading, ///< there may be more
    whole,   ///< at the end of the file, after a whole record
    waiting, ///< an incomplete last record: go on when the file has grown
    damaged, ///< a length that fails its checksum: nothing after it can be found
    foreign, ///< the first record already fails: not an event file
};

/// Reads the frames of one event file in blocks of a few megabytes and hands each record to a decoder. A length is
/// checked against its CRC, a cap and the file before anything is allocated. One thread.
class EventFileReader {
public:
    /// Records above this are stepped over by their length (pictures, graphs), not read.
    static constexpr std::uint64_t largest_record = 16u << 20;
    /// No protobuf message can be longer.
    static constexpr std::uint64_t largest_length = (std::uint64_t{1} << 31) - 1;

    /// `offset`: where an earlier reading stopped. The file must outlive the reader.
    EventFileReader(const InputFile& file, std::uint64_t offset);

    /// Decodes the records of the next block; false when there is nothing more to read now (see end()).
    Expected<bool> read_block(EventDecoder& decoder, EventSink& sink);

    /// The byte after the last record that was taken or stepped over.
    std::uint64_t offset() const { return offset_; }

    EventFileEnd end() const { return end_; }

    /// What is wrong when end() is damaged or foreign: place, reason and remedy.
    const Error& fault() const { return fault_; }

private:
    Expected<bool> pass_first_record(std::size_t available, EventDecoder& decoder);
    void set_fault(std::span<const std::byte> header, std::uint64_t at, bool bad_checksum);

    const InputFile& file_;
    std::uint64_t offset_;
    std::vector<std::byte> buffer_;
    EventFileEnd end_ = EventFileEnd::reading;
    Error fault_;
};

} // namespace isoloss
