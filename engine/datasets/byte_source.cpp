#include "engine/datasets/byte_source.h"

#include "engine/datasets/line_reader.h"

#include <array>
#include <cstring>

namespace isoloss {

Expected<ByteSource> ByteSource::open(const std::filesystem::path& path) {
    ISOLOSS_TRY(InputFile file, InputFile::open(path));
    std::array<std::byte, 2> magic{};
    ISOLOSS_TRY(const std::size_t count, file.read_some(0, magic));
    ByteSource source;
    source.file_ = path_text(path);
    if (count < 2 || magic[0] != std::byte{0x1f} || magic[1] != std::byte{0x8b}) {
        source.input_ = std::make_shared<const InputFile>(std::move(file));
        return source;
    }
    ISOLOSS_TRY(TextStream stream, TextStream::open(path));
    std::string bytes;
    for (bool more = true; more;) {
        ISOLOSS_TRY(more, stream.read_block(bytes));
        if (bytes.size() > most_unpacked)
            return fail({ErrorKind::limit,
                         source.file_,
                         {},
                         "has more than " + std::to_string(most_unpacked) + " bytes when it is unpacked",
                         "Unpack it with gunzip, and measure on a part of it"});
    }
    source.unpacked_ = std::make_shared<const std::string>(std::move(bytes));
    return source;
}

ByteSource ByteSource::in_memory(std::string bytes, std::string file, std::string part) {
    ByteSource source;
    source.unpacked_ = std::make_shared<const std::string>(std::move(bytes));
    source.file_ = std::move(file);
    source.part_ = std::move(part);
    return source;
}

std::uint64_t ByteSource::size() const {
    return input_ ? input_->size() : unpacked_->size();
}

Expected<void> ByteSource::read(std::uint64_t offset, std::span<std::byte> buffer) const {
    if (input_) return input_->read_exact(offset, buffer);
    if (offset > unpacked_->size() || buffer.size() > unpacked_->size() - offset)
        return fail({ErrorKind::damaged, file_, part_.empty() ? "byte " + std::to_string(unpacked_->size()) : part_,
                     "the data end too early", "Copy or download the file again"});
    std::memcpy(buffer.data(), unpacked_->data() + offset, buffer.size());
    return {};
}

} // namespace isoloss
