#include "widgets/delegates.h"

namespace isoloss {

ThemedDelegate::ThemedDelegate(QObject* parent) : QStyledItemDelegate(parent) {}

void ThemedDelegate::setTheme(const Theme& theme) {
    m_theme = theme;
}

QSize ThemedDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    return QStyledItemDelegate::sizeHint(option, index);
}

void ThemedDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QStyledItemDelegate::paint(painter, option, index);
}

void SwatchDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QStyledItemDelegate::paint(painter, option, index);
}

QSize SwatchDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    return QStyledItemDelegate::sizeHint(option, index);
}

bool SwatchDelegate::editorEvent(QEvent* e, QAbstractItemModel* m, const QStyleOptionViewItem& o,
                                 const QModelIndex& i) {
    return QStyledItemDelegate::editorEvent(e, m, o, i);
}

ToggleDelegate::ToggleDelegate(Icon icon, QObject* parent) : ThemedDelegate(parent), m_icon(icon) {}

void ToggleDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QStyledItemDelegate::paint(painter, option, index);
}

QSize ToggleDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    return QStyledItemDelegate::sizeHint(option, index);
}

bool ToggleDelegate::editorEvent(QEvent* e, QAbstractItemModel* m, const QStyleOptionViewItem& o,
                                 const QModelIndex& i) {
    return QStyledItemDelegate::editorEvent(e, m, o, i);
}

void ProgressDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QStyledItemDelegate::paint(painter, option, index);
}

QSize ProgressDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    return QStyledItemDelegate::sizeHint(option, index);
}

} // namespace isoloss
