#pragma once

#include "widgets/theme.h"

#include <QStyledItemDelegate>

namespace isoloss {

/// Base of the delegates of the house: rows of Theme::row_height, quiet selection, tabular figures.
class ThemedDelegate : public QStyledItemDelegate {
    Q_OBJECT

public:
    explicit ThemedDelegate(QObject* parent = nullptr);

    virtual void setTheme(const Theme& theme);

    const Theme& theme() const { return m_theme; }

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

protected:
    /// Selection, hover and (from HeatRole) the tint behind the cell.
    void paintBackground(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const;
    void paintText(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index,
                   const QRect& rect) const;

private:
    Theme m_theme = Theme::light();
};

/// Text with figures of equal width, heat tint from HeatRole: numbers, matrices, plain columns.
class CellDelegate : public ThemedDelegate {
    Q_OBJECT

public:
    using ThemedDelegate::ThemedDelegate;
};

/// A rounded colour swatch, a marker or a piece of line (SwatchRole, MarkerRole, DashRole) before the text.
class SwatchDelegate : public ThemedDelegate {
    Q_OBJECT

public:
    using ThemedDelegate::ThemedDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                     const QModelIndex& index) override;

Q_SIGNALS:
    void swatchClicked(const QModelIndex& index);
};

/// An eye or a pin that toggles Qt::CheckStateRole by click or Space. An eye that is partially checked is open and
/// pale.
class ToggleDelegate : public ThemedDelegate {
    Q_OBJECT

public:
    enum class Icon { eye, pin };

    explicit ToggleDelegate(Icon icon, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                     const QModelIndex& index) override;

private:
    Icon m_icon;
};

/// A thin rounded bar (ProgressRole).
class ProgressDelegate : public ThemedDelegate {
    Q_OBJECT

public:
    using ThemedDelegate::ThemedDelegate;

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
};

} // namespace isoloss
