#pragma once

#include "engine/jobs/token_losses.h"
#include "widgets/token_text.h"

#include <QString>
#include <memory>
#include <vector>

namespace isoloss {

/// A text as one or two checkpoints read it. Immutable once made.
struct TextReading {
    std::string text;
    std::vector<std::string> names; ///< of the checkpoints: "small @4k"
    std::vector<TokenLosses> losses;

    /// Two checkpoints that cut the text alike.
    bool comparable() const;
};

/// Pieces of the text with their tints: how hard the first checkpoint finds them (−8 nats and less: the full tint), or
/// how much harder than the second one (2 nats: the full tint; blue where the first one does better). Tokens that share
/// a character are one piece.
std::vector<TextToken> reading_tokens(const TextReading& reading, bool difference);

/// "small @4k: 3.21 nats/token, 1.07 bits/byte · large @4k: …", for a caption.
QString reading_summary(const TextReading& reading);

} // namespace isoloss
