#include "engine/series/held_row.h"

#include <cmath>

namespace isoloss {

void HeldRow::append(PointStore::Block block, bool goes_on) {
    tail_.open = tail_.open && goes_on;
    RowPiece whole;
    whole.x = *block->x;
    std::visit([&](const auto& values) { whole.values = std::span(values); }, block->values);
    whole.complete = block->complete;
    for (std::size_t i = 0; i < block->stretches.size(); ++i) {
        const auto& [begin, falls, broken] = block->stretches[i];
        const std::size_t end = i + 1 < block->stretches.size() ? block->stretches[i + 1].begin : block->size();
        const std::size_t first = falls ? end - 1 : begin, last = falls ? begin : end - 1;
        RowPiece piece = whole.part(begin, end);
        // Within a block, lines that turn have the point in both stretches.
        if (i == 0 && !broken && tail_.open) {
            piece.joins = !falls && !tail_.falls && tail_.x <= whole.x[first];
            if (!piece.joins) link(whole.x[first], whole.value(first));
        }
        row_.push_back(piece);
        tail_ = {whole.x[last], whole.value(last), falls, true};
    }
    tail_.open = tail_.open && !block->ends_broken && block->size() > 0;
    points_ += block->size();
    blocks_.push_back(std::move(block));
}

void HeldRow::link(double x, double y) {
    if (x == tail_.x || !std::isfinite(y) || !std::isfinite(tail_.y)) return;
    const bool rises = tail_.x < x;
    const Link& link = *links_.emplace_back(
        std::make_unique<Link>(rises ? Link{{tail_.x, x}, {tail_.y, y}} : Link{{x, tail_.x}, {y, tail_.y}}));
    RowPiece piece;
    piece.x = link.x;
    piece.values = std::span<const double>(link.y);
    piece.complete = true;
    row_.push_back(piece);
}

} // namespace isoloss
