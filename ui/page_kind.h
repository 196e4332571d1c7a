#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace isoloss {

/// The pages of the centre area, in the order of their tabs.
enum class PageKind { curves, downstream, checkpoints, compare };

constexpr std::array<PageKind, 4> all_pages{PageKind::curves, PageKind::downstream, PageKind::checkpoints,
                                            PageKind::compare};

/// Their names in projects and settings.
constexpr std::array<const char*, all_pages.size()> page_names{"curves", "downstream", "checkpoints", "compare"};

constexpr std::optional<PageKind> page_named(std::string_view name) {
    for (const PageKind kind : all_pages)
        if (page_names[static_cast<std::size_t>(kind)] == name) return kind;
    return std::nullopt;
}

} // namespace isoloss
