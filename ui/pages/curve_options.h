#pragma once

#include "ui/figures/figure_spec.h"
#include "widgets/theme.h"

#include <QFrame>

class QCheckBox;
class QComboBox;
class QFormLayout;

namespace isoloss {

/// The popup of the curves' less frequent settings: scales, range, marks. It shows and changes a FigureSpec at once.
/// The window's thread.
class CurveOptions final : public QFrame {
    Q_OBJECT

public:
    explicit CurveOptions(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);

    /// Shows these settings; silent.
    void setSettings(const FigureSpec& settings);

    void openBelow(const QWidget& anchor);

Q_SIGNALS:
    /// The user changed something.
    void settingsChanged(const isoloss::FigureSpec& settings);

private:
    QComboBox* addScale(QFormLayout& form, const QString& label, AxisScale FigureSpec::*scale);

    FigureSpec settings_;
    Theme theme_ = Theme::light();
    QComboBox *y_scale_, *x_scale_;
};

} // namespace isoloss
