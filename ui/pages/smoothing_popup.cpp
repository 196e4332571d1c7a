#include "ui/pages/smoothing_popup.h"

#include "ui/figures/value_text.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace isoloss {
namespace {

constexpr int delay_ms = 60;
constexpr int slider_steps = 100;
constexpr int popup_width = 320;

/// The slider is finer where an average is strong (0, …, 0.9, …, 0.99, 0.999), and logarithmic for widths in points.
double amount_of(SmoothingKind kind, int position) {
    const double share = static_cast<double>(position) / slider_steps;
    if (kind == SmoothingKind::ema)
        return std::min(most_smoothing(kind), std::round((1 - std::pow(10, -3 * share)) * 1000) / 1000);
    return std::round(std::pow(most_smoothing(kind), share));
}

int position_of(const Smoothing& smoothing) {
    if (smoothing.amount <= 0) return 0;
    const double share = smoothing.kind == SmoothingKind::ema
                             ? -std::log10(1 - std::min(smoothing.amount, 0.999)) / 3
                             : std::log(smoothing.amount) / std::log(most_smoothing(smoothing.kind));
    return std::clamp(static_cast<int>(std::lround(share * slider_steps)), 0, slider_steps);
}

double usual_amount(SmoothingKind kind) {
    switch (kind) {
    case SmoothingKind::ema:
        return 0.6; // as TensorBoard begins
    case SmoothingKind::gaussian:
        return 10;
    case SmoothingKind::running_mean:
        return 51;
    case SmoothingKind::none:
        break;
    }
    return 0;
}

} // namespace

SmoothingPopup::SmoothingPopup(QWidget* parent)
    : PopupFrame(parent), kind_(new QComboBox(this)), slider_(new QSlider(Qt::Horizontal, this)),
      amount_(new QDoubleSpinBox(this)), formula_(new QLabel(this)) {
    setAccessibleName(tr("Smoothing"));
    setFixedWidth(popup_width);
    kind_->addItem(tr("No smoothing"), static_cast<int>(SmoothingKind::none));
    kind_->addItem(tr("Exponential moving average, debiased"), static_cast<int>(SmoothingKind::ema));
    kind_->addItem(tr("Gaussian"), static_cast<int>(SmoothingKind::gaussian));
    kind_->addItem(tr("Running mean"), static_cast<int>(SmoothingKind::running_mean));
    kind_->setAccessibleName(tr("Kind of smoothing"));
    slider_->setRange(0, slider_steps);
    slider_->setAccessibleName(tr("Amount of smoothing"));
    amount_->setAccessibleName(tr("Amount of smoothing"));
    amount_->setKeyboardTracking(false);
    formula_->setWordWrap(true);
    formula_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    formula_->setMinimumHeight(3 * fontMetrics().lineSpacing()); // the longest formula: the popup keeps its size

    auto* row = new QHBoxLayout;
    row->setSpacing(Theme::unit);
    row->addWidget(slider_, 1);
    row->addWidget(amount_);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(12, 10, 12, 10);
    layout->setSpacing(Theme::unit);
    layout->addWidget(kind_);
    layout->addLayout(row);
    layout->addWidget(formula_);

    timer_.setSingleShot(true);
    timer_.setInterval(delay_ms);
    connect(&timer_, &QTimer::timeout, this, [this] { Q_EMIT chosen(smoothing_); });
    connect(kind_, &QComboBox::activated, this,
            [this] { changeKind(static_cast<SmoothingKind>(kind_->currentData().toInt())); });
    connect(slider_, &QSlider::valueChanged, this,
            [this](int position) { changeAmount(amount_of(smoothing_.kind, position)); });
    connect(amount_, &QDoubleSpinBox::valueChanged, this, &SmoothingPopup::changeAmount);
    showAmount();
}

void SmoothingPopup::setTheme(const Theme& theme) {
    QPalette muted = theme.palette();
    setPalette(muted);
    muted.setColor(QPalette::WindowText, theme.muted);
    formula_->setPalette(muted);
    formula_->setFont(theme.small);
}

void SmoothingPopup::setSmoothing(const Smoothing& smoothing) {
    if (timer_.isActive()) return; // what is being dragged is newer
    smoothing_ = smoothing;
    showAmount();
}

void SmoothingPopup::changeKind(SmoothingKind kind) {
    smoothing_ = {kind, usual_amount(kind)};
    showAmount();
    timer_.start();
}

void SmoothingPopup::changeAmount(double amount) {
    smoothing_.amount = std::clamp(amount, 0.0, most_smoothing(smoothing_.kind));
    showAmount();
    if (!timer_.isActive()) timer_.start();
}

void SmoothingPopup::showAmount() {
    const QSignalBlocker no_slider(slider_), no_amount(amount_);
    const bool off = smoothing_.kind == SmoothingKind::none;
    const bool average = smoothing_.kind == SmoothingKind::ema;
    kind_->setCurrentIndex(kind_->findData(static_cast<int>(smoothing_.kind)));
    slider_->setEnabled(!off);
    amount_->setEnabled(!off);
    amount_->setDecimals(average ? 3 : smoothing_.kind == SmoothingKind::gaussian ? 1 : 0);
    amount_->setSingleStep(average ? 0.01 : 1);
    amount_->setRange(0, off ? 0 : most_smoothing(smoothing_.kind));
    amount_->setSuffix(off || average ? QString() : tr(" points"));
    amount_->setValue(smoothing_.amount);
    slider_->setValue(off ? 0 : position_of(smoothing_));
    formula_->setText(off ? tr("Curves are drawn as they were logged.")
                          : tr("%1. The raw curve stays faint behind.").arg(qtext(smoothing_formula(smoothing_))));
}

} // namespace isoloss
