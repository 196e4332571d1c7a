#include "ui/pages/card_grid.h"

#include "widgets/theme.h"

#include <algorithm>

namespace isoloss {
namespace {

constexpr int gap = Theme::unit + Theme::unit / 2;
constexpr int least_width = 300, least_height = 230; ///< of a card
constexpr double shape = 0.62;                       ///< height to width of cards that are wider than they need be

} // namespace

CardGrid::CardGrid(QWidget* parent) : QWidget(parent) {
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
}

void CardGrid::setCards(const std::vector<QWidget*>& cards) {
    cards_ = cards;
    for (QWidget* card : cards_) {
        card->setParent(this);
        card->show();
    }
    place();
}

int CardGrid::fitting() const {
    return std::max(1, (width() + gap) / (least_width + gap));
}

void CardGrid::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    place();
}

void CardGrid::place() {
    // One or two charts alone would be stretched over the whole window: they keep to the width of a third.
    const int count = static_cast<int>(cards_.size());
    const int columns = std::max(1, std::min(fitting(), std::max(count, 3)));
    const int rows = (count + columns - 1) / columns;
    const int card_width = (width() - gap * (columns - 1)) / columns;
    const int height = std::clamp(static_cast<int>(card_width * shape), least_height, least_height + least_height / 3);
    setFixedHeight(std::max(0, rows * (height + gap) - gap));
    for (int i = 0; i < count; ++i)
        cards_[static_cast<std::size_t>(i)]->setGeometry((i % columns) * (card_width + gap),
                                                         (i / columns) * (height + gap), card_width, height);
    Q_EMIT placed();
}

} // namespace isoloss
