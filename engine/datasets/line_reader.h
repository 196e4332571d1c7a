#pragma once

#include "engine/base/error.h"
#include "engine/base/file.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// Reads a text file, compressed with gzip or not, in blocks of bounded size. What it is decides the content, not the
/// name.
class TextStream {
public:
    static Expected<TextStream> open(const std::filesystem::path& path);
    TextStream(TextStream&&) noexcept;
    TextStream& operator=(TextStream&&) noexcept;
    ~TextStream();

    /// Appends the next block; answers false at the end. A compressed file that breaks off or is corrupt is an error.
    Expected<bool> read_block(std::string& text);

private:
    struct Inflater;

    explicit TextStream(InputFile file);

    InputFile file_;
    std::uint64_t offset_ = 0;
    std::unique_ptr<Inflater> inflater_; ///< nothing: not compressed
};

/// The lines of a text stream; CRLF and LF end a line, a byte order mark before the first is dropped.
class LineReader {
public:
    static constexpr std::size_t longest_line = 16u << 20;

    static Expected<LineReader> open(const std::filesystem::path& path);

    /// The next line, valid until the next call; nothing at the end. A line over 16 MB is an error with its number.
    Expected<std::optional<std::string_view>> next();

    std::size_t number() const { return number_; } ///< of the last line, from 1

private:
    LineReader(TextStream stream, std::filesystem::path path) : stream_(std::move(stream)), path_(std::move(path)) {}

    TextStream stream_;
    std::filesystem::path path_;
    std::string buffer_;
    std::size_t used_ = 0;
    std::size_t number_ = 0;
    bool ended_ = false;
};

} // namespace isoloss
