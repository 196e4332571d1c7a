#include "widgets/flow_layout.h"

#include <QWidget>
#include <algorithm>

namespace isoloss {

namespace {

constexpr int share_steps = 10; ///< of the bisection: to a thousandth of what can be spared

template <typename Row>
int row_height(const Row& row) {
    int height = 0;
    for (const auto& place : row)
        height = std::max(height, place.item->sizeHint().height());
    return height;
}

} // namespace

FlowLayout::FlowLayout(QWidget* parent) : QLayout(parent) {}

FlowLayout::~FlowLayout() = default;

void FlowLayout::addTrailing(QWidget* widget) {
    addWidget(widget);
    setAlignment(widget, Qt::AlignRight);
}

void FlowLayout::addItem(QLayoutItem* item) {
    m_items.emplace_back(item);
}

int FlowLayout::count() const {
    return static_cast<int>(m_items.size());
}

QLayoutItem* FlowLayout::itemAt(int index) const {
    return index < 0 || index >= count() ? nullptr : m_items[static_cast<std::size_t>(index)].get();
}

QLayoutItem* FlowLayout::takeAt(int index) {
    if (index < 0 || index >= count()) return nullptr;
    QLayoutItem* item = m_items[static_cast<std::size_t>(index)].release();
    m_items.erase(m_items.begin() + index);
    return item;
}

Qt::Orientations FlowLayout::expandingDirections() const {
    return Qt::Horizontal;
}

bool FlowLayout::hasHeightForWidth() const {
    return true;
}

std::vector<FlowLayout::Row> FlowLayout::rows(int width) const {
    const int gap = std::max(0, spacing());
    // Rows where each item keeps `share` of what it can spare.
    const auto broken = [&](double share) {
        std::vector<Row> result;
        int used = 0;
        for (const auto& item : m_items) {
            if (item->isEmpty()) continue;
            const int hint = std::min(width, item->sizeHint().width());
            const int floor = std::min(hint, item->minimumSize().width());
            const Place place{item.get(), floor + static_cast<int>((hint - floor) * share)};
            if (result.empty() || used + gap + place.width > width) {
                result.emplace_back();
                used = -gap;
            }
            result.back().push_back(place);
            used += gap + place.width;
        }
        return result;
    };
    std::vector<Row> result = broken(1);
    std::vector<Row> fewest = broken(0);
    if (result.size() == fewest.size()) return result;
    // All of them give in alike, no more than the fewest rows need.
    double fits = 0, breaks = 1;
    for (int step = 0; step < share_steps; ++step) {
        const double share = (fits + breaks) / 2;
        result = broken(share);
        if (result.size() > fewest.size()) {
            breaks = share;
        } else {
            fits = share;
            fewest = std::move(result);
        }
    }
    return fewest;
}

int FlowLayout::height(const std::vector<Row>& rows) const {
    const int gap = std::max(0, spacing());
    int total = rows.empty() ? 0 : -gap;
    for (const Row& row : rows)
        total += gap + row_height(row);
    return total;
}

int FlowLayout::heightForWidth(int width) const {
    const QMargins margins = contentsMargins();
    return height(rows(width - margins.left() - margins.right())) + margins.top() + margins.bottom();
}

QSize FlowLayout::sizeHint() const {
    const QMargins margins = contentsMargins();
    const int gap = std::max(0, spacing());
    int width = 0, height = 0;
    for (const auto& item : m_items) {
        if (item->isEmpty()) continue;
        width += (width > 0 ? gap : 0) + item->sizeHint().width();
        height = std::max(height, item->sizeHint().height());
    }
    return {width + margins.left() + margins.right(), height + margins.top() + margins.bottom()};
}

QSize FlowLayout::minimumSize() const {
    const QMargins margins = contentsMargins();
    int width = 0;
    for (const auto& item : m_items)
        if (!item->isEmpty()) width = std::max(width, item->minimumSize().width());
    return {width + margins.left() + margins.right(), sizeHint().height()};
}

void FlowLayout::setGeometry(const QRect& rect) {
    QLayout::setGeometry(rect);
    const QRect inner = rect.marginsRemoved(contentsMargins());
    const int gap = std::max(0, spacing());
    int top = inner.top();
    for (const Row& row : rows(inner.width())) {
        const int height = row_height(row);
        int left = inner.left();
        int trailing = -gap;
        for (const Place& place : row)
            if (place.item->alignment() & Qt::AlignRight) trailing += gap + place.width;
        int right = std::max(left, inner.left() + inner.width() - trailing);
        for (const Place& place : row) {
            int& start = place.item->alignment() & Qt::AlignRight ? right : left;
            const int own = std::min(height, place.item->sizeHint().height());
            place.item->setGeometry({start, top + (height - own) / 2, place.width, own});
            start += place.width + gap;
        }
        top += height + gap;
    }
}

} // namespace isoloss
