#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Whether a file begins like a W&B transaction log, whatever its version.
bool begins_like_wandb_log(std::string_view head);

/// How the reading of a transaction log ended.
enum class WandbLogEnd {
    reading, ///< there may be more
    whole,   ///< at the end of the file, after a whole record
    waiting, ///< an incomplete last record: go on when the file has grown
    damaged, ///< the last block is damaged and not full yet: where the next one begins, reading can go on
    foreign, ///< not a transaction log, or one of a version that is not known
};

/// What was passed over, for the report.
struct WandbLogCounts {
    std::int64_t damaged = 0;                  ///< places where chunks contradict their checksum or their block
    std::int64_t cut = 0;                      ///< records whose chunks are not all there, without damage to be seen
    std::int64_t oversized = 0;                ///< records stepped over by their length
    std::optional<std::uint64_t> first_damage; ///< byte
};

/// Reads the records of a W&B transaction log: a 7-byte header, then blocks of 32 KiB counted from the beginning of the
/// file, with chunks of which one or more make a record (the LevelDB log format with a plain CRC-32). A damaged chunk
/// costs the rest of its block; reading goes on with the next record that begins in a later one. One thread.
class WandbLogReader {
public:
    static constexpr std::uint64_t header_bytes = 7;
    static constexpr std::uint64_t block_bytes = 32u << 10;
    /// Records above this are stepped over, not put together.
    static constexpr std::size_t largest_record = 64u << 20;

    /// `offset`: where an earlier reading stopped, 0 for the beginning. The file must outlive the reader.
    WandbLogReader(const InputFile& file, std::uint64_t offset);

    /// The next record, valid until the next call; nothing when there is none now (see end()).
    Expected<std::optional<std::span<const std::byte>>> next();

    /// The byte to go on from: after the last record that was handed out, or after damage.
    std::uint64_t offset() const { return offset_; }

    WandbLogEnd end() const { return end_; }

    /// What is wrong when end() is foreign: place, reason and remedy.
    const Error& fault() const { return fault_; }

    const WandbLogCounts& counts() const { return counts_; }

private:
    struct Chunk {
        std::uint8_t type = 0;
        std::span<const std::byte> data;
    };

    Expected<bool> pass_header();
    Expected<std::optional<Chunk>> next_chunk();
    Expected<std::span<const std::byte>> rest_of_block();
    std::optional<std::span<const std::byte>> add(const Chunk& chunk);
    bool skip_damaged_block(std::uint64_t at, std::uint64_t left, std::uint64_t available);
    void drop_open_record();

    const InputFile& file_;
    std::uint64_t position_; ///< of the next chunk
    std::uint64_t offset_;
    std::vector<std::byte> buffer_;
    std::uint64_t buffer_begin_ = 0, buffer_size_ = 0;
    std::vector<std::byte> record_; ///< of chunks, while it is put together
    bool open_ = false;             ///< a first chunk has come, its last one not
    bool too_large_ = false;        ///< the open record is
    bool recovering_;               ///< chunks of a record whose beginning is lost are no new damage
    WandbLogEnd end_ = WandbLogEnd::reading;
    WandbLogCounts counts_;
    Error fault_;
};

} // namespace isoloss
