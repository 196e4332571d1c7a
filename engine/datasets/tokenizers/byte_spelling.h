#pragma once

#include "engine/datasets/tokenizers/aligned_text.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace isoloss {

/// The character that byte-level tokenizers write for a byte (GPT-2): printable Latin-1 characters stand for
/// themselves, the other 68 bytes for U+0100 and up.
std::uint32_t byte_character(unsigned char byte);

/// The text in that spelling.
AlignedText spelled(const AlignedText& text);

/// The bytes that a token in that spelling stands for; nothing when one of its characters is no byte's.
std::optional<std::string> spelled_bytes(std::string_view token);

/// A byte as a token of its own where SentencePiece-style models fall back to bytes: "<0x41>".
std::string fallback_token(unsigned char byte);
std::optional<unsigned char> fallback_byte(std::string_view token);

} // namespace isoloss
