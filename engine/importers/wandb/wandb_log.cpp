#include "engine/importers/wandb/wandb_log.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <zlib.h>

namespace isoloss {

namespace {

static_assert(std::endian::native == std::endian::little, "chunks are read as they lie in the file");

constexpr std::string_view magic("\x3a\x57\x26\x42\xe1\xbe", 6);
constexpr std::size_t chunk_header_bytes = 7; // checksum, length, type
constexpr std::size_t buffer_bytes = 32 * WandbLogReader::block_bytes;

enum ChunkType : std::uint8_t { full = 1, first = 2, middle = 3, last = 4 };

template <typename T>
T load(const std::byte* at) {
    T value;
    std::memcpy(&value, at, sizeof(T));
    return value;
}

// Over the type and the data, which lie side by side.
std::uint32_t checksum_of(std::span<const std::byte> data) {
    return static_cast<std::uint32_t>(
        crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())));
}

} // namespace

bool begins_like_wandb_log(std::string_view head) {
    return head.starts_with(magic);
}

WandbLogReader::WandbLogReader(const InputFile& file, std::uint64_t offset)
    : file_(file), position_(offset), offset_(offset), buffer_(buffer_bytes),
      recovering_(offset > 0 && offset % block_bytes == 0) {}

Expected<std::optional<std::span<const std::byte>>> WandbLogReader::next() {
    if (end_ != WandbLogEnd::reading) return std::nullopt;
    if (position_ == 0) {
        ISOLOSS_TRY(const bool passed, pass_header());
        if (!passed) return std::nullopt;
    }
    for (;;) {
        ISOLOSS_TRY(const auto chunk, next_chunk());
        if (!chunk) return std::nullopt;
        if (auto record = add(*chunk)) return record;
    }
}

Expected<bool> WandbLogReader::pass_header() {
    ISOLOSS_TRY(const auto block, rest_of_block());
    const std::string_view head(reinterpret_cast<const char*>(block.data()), block.size());
    if (head.size() < header_bytes && magic.starts_with(head.substr(0, magic.size()))) {
        end_ = WandbLogEnd::waiting;
        return false;
    }
    if (begins_like_wandb_log(head) && head[magic.size()] == 0) {
        position_ = offset_ = header_bytes;
        return true;
    }
    end_ = WandbLogEnd::foreign;
    fault_ = {ErrorKind::foreign, path_text(file_.path()), "byte 0", "is not a W&B transaction log",
              "Check where the file comes from or copy it again"};
    if (begins_like_wandb_log(head)) {
        fault_.kind = ErrorKind::newer;
        fault_.reason = "is a W&B transaction log of version " +
                        std::to_string(static_cast<unsigned char>(head[magic.size()])) + "; only version 0 is known";
        fault_.remedy = "Import it with a newer Isoloss";
    } else if (head.starts_with("\x1f\x8b")) {
        fault_.reason = "is not a W&B transaction log but a gzip archive";
        fault_.remedy = "Unpack it with gunzip and import the result";
    }
    return false;
}

// What the file has of the block at position_, from there on; empty at the end of the file.
Expected<std::span<const std::byte>> WandbLogReader::rest_of_block() {
    const std::uint64_t block = position_ - position_ % block_bytes;
    if (buffer_size_ == 0 || block < buffer_begin_ || block - buffer_begin_ >= buffer_bytes) {
        buffer_begin_ = block;
        ISOLOSS_TRY(buffer_size_, file_.read_some(block, buffer_));
    }
    const std::uint64_t end = std::min(buffer_size_, block - buffer_begin_ + block_bytes);
    const std::uint64_t begin = std::min(end, position_ - buffer_begin_);
    return std::span<const std::byte>(buffer_).subspan(begin, end - begin);
}

Expected<std::optional<WandbLogReader::Chunk>> WandbLogReader::next_chunk() {
    for (;;) {
        const std::uint64_t left = block_bytes - position_ % block_bytes;
        if (left < chunk_header_bytes) {
            position_ += left;
            continue;
        }
        ISOLOSS_TRY(const auto rest, rest_of_block());
        if (rest.size() < chunk_header_bytes) {
            end_ = rest.empty() && !open_ ? WandbLogEnd::whole : WandbLogEnd::waiting;
            return std::nullopt;
        }
        const auto checksum = load<std::uint32_t>(rest.data());
        const auto length = load<std::uint16_t>(rest.data() + 4);
        const auto type = static_cast<std::uint8_t>(rest[6]);
        const std::size_t whole = chunk_header_bytes + length;
        if (checksum == 0 && length == 0 && type == 0) {
            // Room that was made but never written to.
            if (rest.size() < left) {
                end_ = WandbLogEnd::waiting;
                return std::nullopt;
            }
            drop_open_record();
            offset_ = position_ += left;
            recovering_ = true;
            continue;
        }
        if (whole <= left && whole > rest.size()) {
            end_ = WandbLogEnd::waiting;
            return std::nullopt;
        }
        if (whole > left || type < full || type > last || checksum_of(rest.subspan(6, 1u + length)) != checksum) {
            if (!skip_damaged_block(position_, left, rest.size())) return std::nullopt;
            continue;
        }
        position_ += whole;
        return Chunk{type, rest.subspan(chunk_header_bytes, length)};
    }
}

std::optional<std::span<const std::byte>> WandbLogReader::add(const Chunk& chunk) {
    const bool begins = chunk.type == full || chunk.type == first;
    if (begins) {
        drop_open_record();
        recovering_ = false;
    } else if (!open_) {
        if (!recovering_ && chunk.type == last) ++counts_.cut;
        return std::nullopt;
    }
    if (chunk.type == full) {
        offset_ = position_;
        return chunk.data;
    }
    if (chunk.type == first) {
        open_ = true;
        too_large_ = false;
        record_.clear();
    }
    too_large_ = too_large_ || record_.size() + chunk.data.size() > largest_record;
    if (!too_large_) record_.insert(record_.end(), chunk.data.begin(), chunk.data.end());
    if (chunk.type != last) return std::nullopt;
    open_ = false;
    offset_ = position_;
    if (too_large_) {
        ++counts_.oversized;
        return std::nullopt;
    }
    return record_;
}

// Whether there is a block after the damaged one.
bool WandbLogReader::skip_damaged_block(std::uint64_t at, std::uint64_t left, std::uint64_t available) {
    ++counts_.damaged;
    if (!counts_.first_damage) counts_.first_damage = at;
    open_ = false; // its loss is part of this damage
    recovering_ = true;
    if (available < left) {
        end_ = WandbLogEnd::damaged;
        return false;
    }
    offset_ = position_ += left;
    return true;
}

void WandbLogReader::drop_open_record() {
    if (open_) ++counts_.cut;
    open_ = false;
}

} // namespace isoloss
