#include "engine/datasets/lower_case.h"

#include "engine/base/utf8.h"
#include "engine/datasets/tokenizers/unicode.h"

namespace isoloss {

std::string lower_case(std::string_view text) {
    std::string lower;
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        append_lower_case(lower, point.value);
        at += point.length;
    }
    return lower;
}

} // namespace isoloss
