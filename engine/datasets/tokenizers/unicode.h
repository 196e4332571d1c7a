#pragma once

#include "engine/base/error.h"
#include "engine/datasets/tokenizers/aligned_text.h"

#include <string>

namespace isoloss {

/// Unicode's normalisation forms (UAX #15).
enum class UnicodeForm { nfc, nfd, nfkc, nfkd };

/// The text, which must be valid UTF-8, in a normalisation form, with origins.
Expected<AlignedText> normalized(const AlignedText& input, UnicodeForm form);

/// Lower case of one character, without regard to its neighbours (U+0130 becomes two characters).
void append_lower_case(std::string& text, std::uint32_t character);

bool is_mark(std::uint32_t character);            ///< general category M
bool is_nonspacing_mark(std::uint32_t character); ///< Mn
bool is_control(std::uint32_t character);         ///< Cc, Cf or Co
bool is_white_space(std::uint32_t character);     ///< the property White_Space

} // namespace isoloss
