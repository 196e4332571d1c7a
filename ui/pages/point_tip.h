#pragma once

#include "widgets/theme.h"

#include <QFrame>
#include <utility>
#include <vector>

class QLabel;

namespace isoloss {

/// The small card beside a point under the cursor: a name and rows of a label with its value. The window's thread.
class PointTip final : public QFrame {
    Q_OBJECT

public:
    explicit PointTip(QWidget* parent);

    void setTheme(const Theme& theme);
    /// Shows the card near a position of the parent, always inside it.
    void showAt(QPoint position, const QString& name, const QColor& color,
                const std::vector<std::pair<QString, QString>>& rows);

private:
    Theme theme_ = Theme::light();
    QLabel* text_;
};

} // namespace isoloss
