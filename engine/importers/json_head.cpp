#include "engine/importers/json_head.h"

namespace isoloss {

namespace {

constexpr std::string_view blank = " \t\r\n";

} // namespace

bool begins_as_json_object(std::string_view head) {
    if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
    const std::size_t first = head.find_first_not_of(blank);
    if (first == std::string_view::npos || head[first] != '{') return false;
    const std::size_t next = head.find_first_not_of(blank, first + 1);
    return next == std::string_view::npos || head[next] == '"' || head[next] == '}';
}

bool json_head_names(std::string_view head, std::string_view name) {
    for (std::size_t i = 0; i < head.size(); ++i) {
        if (head[i] != '"') continue;
        const std::size_t begin = i + 1;
        for (i = begin; i < head.size() && head[i] != '"'; ++i)
            if (head[i] == '\\') ++i;
        if (i >= head.size()) return false;
        if (head.substr(begin, i - begin) != name) continue;
        const std::size_t next = head.find_first_not_of(blank, i + 1);
        if (next != std::string_view::npos && head[next] == ':') return true;
    }
    return false;
}

} // namespace isoloss
