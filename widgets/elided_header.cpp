#include "widgets/elided_header.h"

#include <QStyleOptionHeader>

namespace isoloss {

namespace {

constexpr int padding = 6; ///< of the style sheet
constexpr int sort_mark = 16;

} // namespace

ElidedHeader::ElidedHeader(QWidget* parent) : QHeaderView(Qt::Horizontal, parent) {
    setSectionsClickable(true);
    setHighlightSections(false);
}

void ElidedHeader::initStyleOptionForIndex(QStyleOptionHeader* option, int logicalIndex) const {
    QHeaderView::initStyleOptionForIndex(option, logicalIndex);
    const bool sorted = isSortIndicatorShown() && sortIndicatorSection() == logicalIndex;
    const int room = sectionSize(logicalIndex) - 2 * padding - (sorted ? sort_mark : 0);
    const QString title = model()->headerData(logicalIndex, orientation(), Qt::DisplayRole).toString();
    option->text = option->fontMetrics.elidedText(title, Qt::ElideRight, room);
}

} // namespace isoloss
