#pragma once

#include "engine/series/smoothing.h"
#include "widgets/popup_frame.h"
#include "widgets/theme.h"

#include <QTimer>

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QSlider;

namespace isoloss {

/// The popup that chooses how curves are smoothed: kind, amount by slider or number, and the formula. The window's
/// thread.
class SmoothingPopup final : public PopupFrame {
    Q_OBJECT

public:
    explicit SmoothingPopup(QWidget* parent = nullptr);

    void setTheme(const Theme& theme);

    /// Shows this smoothing; silent.
    void setSmoothing(const Smoothing& smoothing);

Q_SIGNALS:
    /// The user changed it; at most a few times a second while the slider is dragged.
    void chosen(const isoloss::Smoothing& smoothing);

private:
    void changeKind(SmoothingKind kind);
    void changeAmount(double amount);
    void showAmount();

    Smoothing smoothing_;
    QTimer timer_;
    QComboBox* kind_;
    QSlider* slider_;
    QDoubleSpinBox* amount_;
    QLabel* formula_;
};

} // namespace isoloss
