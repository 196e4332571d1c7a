#pragma once

#include "widgets/theme.h"

#include <QFrame>
#include <optional>

namespace isoloss {

/// A popup with every style of Theme::series: colours across, dash patterns down. Arrow keys move, Return and a click
/// choose, Escape closes. Deletes itself when closed.
class StylePicker : public QFrame {
    Q_OBJECT

public:
    /// `current` is an index of Theme::series, which goes on after the last style.
    StylePicker(const Theme& theme, int current, QWidget* parent);

    /// At a point of the screen, inside it.
    void popup(const QPoint& corner);

    QSize sizeHint() const override;

Q_SIGNALS:
    void chosen(int index);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QRect cell(int index) const;
    std::optional<int> indexAt(const QPoint& point) const;
    void choose(int index);
    void setCurrent(int index);

    Theme m_theme;
    int m_current; ///< under the mouse or the keys
};

} // namespace isoloss
