#pragma once

#include "engine/base/error.h"

#include <string>
#include <string_view>

namespace isoloss {

/// A pattern in the dialect of Oniguruma, the regular expressions of the Hugging Face tokenizers library, in that of
/// PCRE2: what \s, \w and \h mean, \uHHHH, and classes within classes. To be compiled with UTF, UCP and MULTILINE. The
/// error is a reason: what cannot be said in PCRE2.
tl::expected<std::string, std::string> pcre2_pattern(std::string_view oniguruma);

} // namespace isoloss
