#include "engine/datasets/tokenizers/unicode.h"

#include "engine/base/utf8.h"

#include <unicode/bytestream.h>
#include <unicode/edits.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

namespace isoloss {

namespace {

const icu::Normalizer2* normalizer(UnicodeForm form, UErrorCode& status) {
    switch (form) {
    case UnicodeForm::nfc:
        return icu::Normalizer2::getNFCInstance(status);
    case UnicodeForm::nfd:
        return icu::Normalizer2::getNFDInstance(status);
    case UnicodeForm::nfkc:
        return icu::Normalizer2::getNFKCInstance(status);
    case UnicodeForm::nfkd:
        return icu::Normalizer2::getNFKDInstance(status);
    }
    return nullptr;
}

} // namespace

Expected<AlignedText> normalized(const AlignedText& input, UnicodeForm form) {
    const auto broken = [](UErrorCode status) {
        return fail(ErrorKind::internal, std::string("Unicode normalisation failed (") + u_errorName(status) + ")",
                    "Install libicu72 again: its data may be missing");
    };
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* chosen = normalizer(form, status);
    if (U_FAILURE(status)) return broken(status);
    const std::string_view text = input.text();
    const icu::StringPiece source(text.data(), static_cast<std::int32_t>(text.size()));
    if (chosen->isNormalizedUTF8(source, status) && U_SUCCESS(status)) return input;
    std::string changed;
    icu::StringByteSink<std::string> sink(&changed);
    icu::Edits edits;
    chosen->normalizeUTF8(0, source, sink, &edits, status);
    if (U_FAILURE(status)) return broken(status);
    AlignedText result;
    icu::Edits::Iterator edit = edits.getFineIterator();
    while (edit.next(status)) {
        const auto begin = static_cast<std::size_t>(edit.sourceIndex());
        const auto end = begin + static_cast<std::size_t>(edit.oldLength());
        if (!edit.hasChange()) {
            result.append(input, begin, end);
            continue;
        }
        const std::string_view bytes(changed.data() + edit.destinationIndex(),
                                     static_cast<std::size_t>(edit.newLength()));
        result.append(bytes, input.origin(begin), input.origin(end));
    }
    if (U_FAILURE(status)) return broken(status);
    return result;
}

void append_lower_case(std::string& text, std::uint32_t character) {
    if (character == 0x130)
        text += "i\xcc\x87"; // the only character with two in lower case
    else
        append_utf8(text, static_cast<std::uint32_t>(u_tolower(static_cast<UChar32>(character))));
}

bool is_mark(std::uint32_t character) {
    return (U_GET_GC_MASK(static_cast<UChar32>(character)) & U_GC_M_MASK) != 0;
}

bool is_nonspacing_mark(std::uint32_t character) {
    return u_charType(static_cast<UChar32>(character)) == U_NON_SPACING_MARK;
}

bool is_control(std::uint32_t character) {
    constexpr std::uint32_t mask = U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK;
    return (U_GET_GC_MASK(static_cast<UChar32>(character)) & mask) != 0;
}

bool is_white_space(std::uint32_t c) {
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

} // namespace isoloss
