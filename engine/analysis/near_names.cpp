#include "engine/analysis/near_names.h"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace isoloss {

namespace {

constexpr std::size_t longest_compared = 100;

std::string simplified(std::string_view name) {
    std::string simple(name.substr(0, longest_compared));
    std::transform(simple.begin(), simple.end(), simple.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return simple;
}

// Levenshtein distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, changed});
        }
    }
    return row.back();
}

} // namespace

std::vector<std::string> near_names(std::string_view wanted, const std::vector<std::string>& candidates,
                                    std::size_t most) {
    const std::string simple = simplified(wanted);
    std::vector<std::pair<std::size_t, std::string>> near;
    for (const std::string& candidate : candidates) {
        const std::string other = simplified(candidate);
        const bool contained =
            simple.size() >= 2 && (other.find(simple) != other.npos || simple.find(other) != simple.npos);
        const std::size_t edits = distance(simple, other);
        if (contained || edits <= std::max<std::size_t>(2, simple.size() / 3))
            near.emplace_back(contained ? std::min<std::size_t>(edits, 2) : edits, candidate);
    }
    std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::string> names;
    for (auto& [edits, name] : near)
        if (names.size() < most && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(std::move(name));
    return names;
}

std::string near_names_advice(std::string_view wanted, const std::vector<std::string>& candidates,
                              std::string_view otherwise) {
    std::string list;
    for (const std::string& name : near_names(wanted, candidates))
        list += (list.empty() ? "" : ", ") + name;
    return list.empty() ? std::string(otherwise) : "Near to it: " + list;
}

} // namespace isoloss
