#include "engine/datasets/line_reader.h"

#include <array>
#include <vector>
#include <zlib.h>

namespace isoloss {

namespace {

constexpr std::size_t block_bytes = 1u << 18;

} // namespace

struct TextStream::Inflater {
    z_stream stream{};
    std::vector<Bytef> input = std::vector<Bytef>(block_bytes);
    std::vector<char> output = std::vector<char>(block_bytes);
    bool in_member = true; ///< a gzip file is one or more members; it may only end between two

    Inflater() { inflateInit2(&stream, 16 + MAX_WBITS); }

    Inflater(const Inflater&) = delete;
    Inflater& operator=(const Inflater&) = delete;

    ~Inflater() { inflateEnd(&stream); }
};

TextStream::TextStream(InputFile file) : file_(std::move(file)) {}

TextStream::TextStream(TextStream&&) noexcept = default;
TextStream& TextStream::operator=(TextStream&&) noexcept = default;
TextStream::~TextStream() = default;

Expected<TextStream> TextStream::open(const std::filesystem::path& path) {
    ISOLOSS_TRY(InputFile file, InputFile::open(path));
    std::array<std::byte, 2> magic{};
    ISOLOSS_TRY(const std::size_t count, file.read_some(0, magic));
    TextStream stream(std::move(file));
    if (count == 2 && magic[0] == std::byte{0x1f} && magic[1] == std::byte{0x8b})
        stream.inflater_ = std::make_unique<Inflater>();
    return stream;
}

Expected<bool> TextStream::read_block(std::string& text) {
    if (!inflater_) {
        std::array<std::byte, block_bytes / 4> block;
        ISOLOSS_TRY(const std::size_t count, file_.read_some(offset_, block));
        offset_ += count;
        text.append(reinterpret_cast<const char*>(block.data()), count);
        return count > 0;
    }
    const auto damaged = [&](std::string reason) {
        return fail({ErrorKind::damaged, path_text(file_.path()), "byte " + std::to_string(offset_), std::move(reason),
                     "Copy or download the file again"});
    };
    z_stream& z = inflater_->stream;
    for (;;) {
        if (z.avail_in == 0) {
            ISOLOSS_TRY(const std::size_t count,
                        file_.read_some(offset_, std::as_writable_bytes(std::span(inflater_->input))));
            offset_ += count;
            z.next_in = inflater_->input.data();
            z.avail_in = static_cast<uInt>(count);
            if (count == 0 && inflater_->in_member) return damaged("the compressed data end too early");
            if (count == 0) return false;
        }
        inflater_->in_member = true;
        z.next_out = reinterpret_cast<Bytef*>(inflater_->output.data());
        z.avail_out = static_cast<uInt>(inflater_->output.size());
        const int result = inflate(&z, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return damaged(std::string("the compressed data are damaged: ") + (z.msg == nullptr ? "" : z.msg));
        const std::size_t count = inflater_->output.size() - z.avail_out;
        text.append(inflater_->output.data(), count);
        if (result == Z_STREAM_END) {
            inflater_->in_member = false;
            inflateReset(&z);
        }
        if (count > 0) return true;
    }
}

Expected<LineReader> LineReader::open(const std::filesystem::path& path) {
    ISOLOSS_TRY(TextStream stream, TextStream::open(path));
    return LineReader(std::move(stream), path);
}

Expected<std::optional<std::string_view>> LineReader::next() {
    std::size_t searched = used_;
    for (;;) {
        const std::size_t end = buffer_.find('\n', searched);
        const bool found = end != std::string::npos;
        if (found || (ended_ && used_ < buffer_.size())) {
            std::string_view line = std::string_view(buffer_).substr(used_, found ? end - used_ : std::string::npos);
            used_ = found ? end + 1 : buffer_.size();
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (++number_ == 1 && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
            return line;
        }
        if (ended_) return std::nullopt;
        if (buffer_.size() - used_ > longest_line)
            return fail({ErrorKind::limit, path_text(path_), "line " + std::to_string(number_ + 1),
                         "the line has more than " + std::to_string(longest_line) + " bytes",
                         "Check that the file has one JSON object in a line"});
        buffer_.erase(0, used_);
        used_ = 0;
        searched = buffer_.size();
        ISOLOSS_TRY(const bool more, stream_.read_block(buffer_));
        ended_ = !more;
    }
}

} // namespace isoloss
