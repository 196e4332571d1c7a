#include "ui/models/text_reading.h"

#include "ui/figures/value_text.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

namespace isoloss {

namespace {

constexpr double full_loss = 8, full_difference = 2; ///< nats

struct Words {
    Q_DECLARE_TR_FUNCTIONS(isoloss::TextReading)
};

bool begins_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// −ln p of tokens [begin, end); none where one of them was not scored.
std::optional<double> loss_of(const TokenLosses& losses, std::size_t begin, std::size_t end) {
    double sum = 0;
    for (std::size_t token = begin; token < end; ++token) {
        if (!losses.log_probs[token]) return std::nullopt;
        sum -= *losses.log_probs[token];
    }
    return sum;
}

QString loss_words(const std::string& name, const std::optional<double>& loss) {
    if (!loss) return Words::tr("%1: nothing before it, not scored").arg(qtext(name));
    return Words::tr("%1: %2 nats, p = %3").arg(qtext(name), short_number(loss), short_number(std::exp(-*loss)));
}

} // namespace

bool TextReading::comparable() const {
    return losses.size() == 2 && losses[0].tokenizer_hash == losses[1].tokenizer_hash &&
           losses[0].bytes == losses[1].bytes;
}

std::vector<TextToken> reading_tokens(const TextReading& reading, bool difference) {
    std::vector<TextToken> pieces;
    if (reading.losses.empty()) return pieces;
    const TokenLosses& first = reading.losses.front();
    const bool compares = reading.comparable();
    std::size_t begin = 0, begin_byte = 0, byte = 0;
    for (std::size_t token = 0; token < first.ids.size(); ++token) {
        byte += first.bytes[token];
        if (byte < reading.text.size() && !begins_character(reading.text[byte]) && token + 1 < first.ids.size())
            continue;
        TextToken piece;
        piece.text = qtext(std::string_view(reading.text).substr(begin_byte, byte - begin_byte));
        const std::optional<double> loss = loss_of(first, begin, token + 1);
        QStringList tip;
        QStringList ids;
        for (std::size_t i = begin; i <= token; ++i)
            ids << QString::number(first.ids[i]);
        tip << Words::tr("token %1").arg(ids.join(QStringLiteral(", ")));
        tip << loss_words(reading.names.front(), loss);
        piece.level = loss ? -std::min(1.0, *loss / full_loss) : 0;
        if (compares) {
            const std::optional<double> other = loss_of(reading.losses[1], begin, token + 1);
            tip << loss_words(reading.names[1], other);
            if (loss && other) tip << Words::tr("difference: %1 nats").arg(signed_number(*loss - *other));
            if (difference)
                piece.level = loss && other ? -std::clamp((*loss - *other) / full_difference, -1.0, 1.0) : 0;
        }
        piece.tip = tip.join(u'\n');
        pieces.push_back(std::move(piece));
        begin = token + 1;
        begin_byte = byte;
    }
    return pieces;
}

QString reading_summary(const TextReading& reading) {
    QStringList parts;
    for (std::size_t i = 0; i < reading.losses.size(); ++i)
        parts << Words::tr("%1: %2 nats/token, %3 bits/byte")
                     .arg(qtext(reading.names[i]), short_number(reading.losses[i].loss()),
                          short_number(reading.losses[i].bits_per_byte()));
    if (reading.losses.size() == 2 && !reading.comparable())
        parts << Words::tr("cut into different tokens, so not compared token by token");
    return parts.join(QStringLiteral(" · "));
}

} // namespace isoloss
