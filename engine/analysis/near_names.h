#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// Up to `most` of the candidates that someone who wrote `wanted` may have meant, nearest first.
std::vector<std::string> near_names(std::string_view wanted, const std::vector<std::string>& candidates,
                                    std::size_t most = 3);

/// "Near to it: a, b", or the other advice when nothing is near.
std::string near_names_advice(std::string_view wanted, const std::vector<std::string>& candidates,
                              std::string_view otherwise);

} // namespace isoloss
