#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// The border between the engine and libisoloss_sentencepiece.so. The SentencePiece library exports a copy of protobuf
// that clashes with the one LibTorch brings along: linked into the program it crashes as soon as LibTorch is opened. In
// a module of its own, opened with local symbols, both live side by side. C++ objects cross the border, so both sides
// must come from the same sources and compiler.

namespace isoloss {

/// A piece of a text and the end of the bytes that it covers.
struct SentencePiece {
    std::int32_t id = 0;
    std::uint32_t end = 0;
};

/// A model of the SentencePiece library. Immutable; any thread. Nothing throws.
class SentencePieceModelFile {
public:
    virtual ~SentencePieceModelFile() = default;
    virtual std::int32_t size() const noexcept = 0;
    virtual std::string_view piece(std::int32_t id) const noexcept = 0;
    virtual std::int32_t unknown() const noexcept = 0;
    virtual std::int32_t bos() const noexcept = 0; ///< −1: none
    virtual std::int32_t eos() const noexcept = 0; ///< −1: none
    virtual bool is_control(std::int32_t id) const noexcept = 0;
    /// False when the library fails; `reason` says why.
    virtual bool encode(std::string_view text, std::vector<SentencePiece>& pieces,
                        std::string& reason) const noexcept = 0;
};

/// The only symbol of the module: opens the bytes of a .model file, which the caller deletes, or nullptr with a reason.
/// `abi` is the caller's sentencepiece_abi.
using OpenSentencePieceFunction = SentencePieceModelFile* (*)(const char* abi, std::string_view model,
                                                              std::string* reason) noexcept;

inline constexpr const char* open_sentencepiece_symbol = "isoloss_open_sentencepiece";

/// Raise the number when something above changes.
inline constexpr const char* sentencepiece_abi = "isoloss sentencepiece 1, compiler " __VERSION__;

} // namespace isoloss
