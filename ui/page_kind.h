#pragma once

#include <array>

namespace isoloss {

/// The pages of the centre area, in the order of their tabs.
enum class PageKind { curves, downstream, checkpoints, compare };

constexpr std::array<PageKind, 4> all_pages{PageKind::curves, PageKind::downstream, PageKind::checkpoints,
                                            PageKind::compare};

} // namespace isoloss
