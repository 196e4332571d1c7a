#include "engine/datasets/tokenizers/nfc.h"

#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/nfc_tables.h"

#include <algorithm>
#include <iterator>
#include <map>

namespace isoloss {

namespace {

// Hangul syllables are composed by arithmetic (The Unicode Standard, section 3.12).
constexpr std::uint32_t syllables = 0xac00, leads = 0x1100, vowels = 0x1161, tails = 0x11a7;
constexpr std::uint32_t lead_count = 19, vowel_count = 21, tail_count = 28;

template <typename Row, std::size_t size>
const Row* row_of(const Row (&rows)[size], std::uint32_t c) {
    const auto* found = std::lower_bound(std::begin(rows), std::end(rows), c,
                                         [](const Row& row, std::uint32_t value) { return row.last < value; });
    return found != std::end(rows) && found->first <= c ? found : nullptr;
}

std::uint8_t combining_class(std::uint32_t c) {
    const auto* row = row_of(nfc_tables::combining, c);
    return row == nullptr ? std::uint8_t{0} : row->combining_class;
}

void decompose(std::uint32_t c, std::u32string& result) {
    if (c >= syllables && c < syllables + lead_count * vowel_count * tail_count) {
        const std::uint32_t index = c - syllables;
        result += static_cast<char32_t>(leads + index / (vowel_count * tail_count));
        result += static_cast<char32_t>(vowels + index % (vowel_count * tail_count) / tail_count);
        if (index % tail_count != 0) result += static_cast<char32_t>(tails + index % tail_count);
        return;
    }
    const auto* found = std::lower_bound(
        std::begin(nfc_tables::decompositions), std::end(nfc_tables::decompositions), c,
        [](const nfc_tables::Decomposition& row, std::uint32_t value) { return row.character < value; });
    if (found == std::end(nfc_tables::decompositions) || found->character != c) {
        result += static_cast<char32_t>(c);
        return;
    }
    decompose(found->first, result);
    if (found->second != 0) decompose(found->second, result);
}

std::uint32_t compose(std::uint32_t first, std::uint32_t second) { // 0: no composition
    if (first >= leads && first < leads + lead_count && second >= vowels && second < vowels + vowel_count)
        return syllables + ((first - leads) * vowel_count + second - vowels) * tail_count;
    if (first >= syllables && first < syllables + lead_count * vowel_count * tail_count &&
        (first - syllables) % tail_count == 0 && second > tails && second < tails + tail_count)
        return first + second - tails;
    static const auto pairs = [] {
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> map;
        for (const auto& row : nfc_tables::decompositions)
            if (row.composes) map[{row.first, row.second}] = row.character;
        return map;
    }();
    const auto found = pairs.find({first, second});
    return found == pairs.end() ? 0 : found->second;
}

std::string normalized(std::string_view span) {
    std::u32string text;
    for (std::size_t offset = 0; offset < span.size();) {
        const CodePoint point = code_point_at(span, offset);
        decompose(point.value, text);
        offset += point.length;
    }
    for (auto begin = text.begin(); begin != text.end();) {
        if (combining_class(*begin) == 0) {
            ++begin;
            continue;
        }
        const auto end = std::find_if(begin, text.end(), [](char32_t c) { return combining_class(c) == 0; });
        std::stable_sort(begin, end, [](char32_t a, char32_t b) { return combining_class(a) < combining_class(b); });
        begin = end;
    }
    std::u32string composed;
    std::size_t starter = text.npos;
    for (const char32_t c : text) {
        const std::uint8_t own = combining_class(c);
        const bool adjacent = starter != text.npos && composed.size() == starter + 1;
        const bool blocked = !adjacent && (own == 0 || composed.empty() || combining_class(composed.back()) >= own);
        if (starter != text.npos && !blocked) {
            if (const std::uint32_t pair = compose(composed[starter], c)) {
                composed[starter] = static_cast<char32_t>(pair);
                continue;
            }
        }
        if (own == 0) starter = composed.size();
        composed += c;
    }
    std::string result;
    for (const char32_t c : composed)
        append_utf8(result, c);
    return result;
}

} // namespace

AlignedText nfc(const AlignedText& input) {
    const std::string_view text = input.text();
    // Nothing below U+0300 changes or combines: most texts end here.
    if (std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xcc; }))
        return input;
    AlignedText result;
    std::size_t same = 0; // from here to the current span nothing changed
    for (std::size_t begin = 0; begin < text.size();) {
        const CodePoint first = code_point_at(text, begin);
        std::size_t end = begin + first.length;
        while (end < text.size() && static_cast<unsigned char>(text[end]) >= 0xcc) {
            const CodePoint next = code_point_at(text, end);
            if (row_of(nfc_tables::trailing, next.value) == nullptr) break;
            end += next.length;
        }
        if (first.value >= 0x300 || end > begin + first.length) {
            const std::string_view span = text.substr(begin, end - begin);
            if (const std::string changed = normalized(span); changed != span) {
                result.append(input, same, begin);
                result.append(changed, input.origin(begin), input.origin(end));
                same = end;
            }
        }
        begin = end;
    }
    if (same == 0) return input;
    result.append(input, same, text.size());
    return result;
}

} // namespace isoloss
