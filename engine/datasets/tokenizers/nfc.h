#pragma once

#include "engine/datasets/tokenizers/aligned_text.h"

namespace isoloss {

/// Unicode normalisation form C (UAX #15) of valid UTF-8, with origins. Unicode 14.
AlignedText nfc(const AlignedText& input);

} // namespace isoloss
