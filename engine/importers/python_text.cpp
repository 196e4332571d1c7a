#include "engine/importers/python_text.h"

#include "engine/base/json.h"
#include "engine/base/number_text.h"
#include "engine/base/utf8.h"

namespace isoloss {

std::string json_of_python_text(std::string_view text) {
    if (text == "None") return "null";
    if (text == "True") return "true";
    if (text == "False") return "false";
    constexpr std::string_view first_of_number = "-.0123456789";
    if (!text.empty() && first_of_number.find(text.front()) != first_of_number.npos) {
        if (const auto whole = parse_int(text)) return number_text(*whole);
        if (const auto number = parse_double(text)) return number_text(*number);
    }
    return json_quote(valid_utf8(text));
}

} // namespace isoloss
