#pragma once

#include <string>
#include <string_view>

namespace isoloss {

/// The JSON of a value that was written with Python's str(): None, True and False, whole and real numbers, and
/// otherwise the text itself.
std::string json_of_python_text(std::string_view text);

} // namespace isoloss
