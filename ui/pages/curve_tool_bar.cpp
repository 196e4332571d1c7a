#include "ui/pages/curve_tool_bar.h"

#include "ui/pages/curve_options.h"
#include "widgets/chip_button.h"
#include "widgets/flow_layout.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <cmath>

namespace isoloss {
namespace {

constexpr int smoothing_delay_ms = 60;
constexpr int smoothing_steps = 100;
constexpr int least_search_width = 140;

/// The slider is finer where smoothing is strong: 0, …, 0.9, …, 0.99, 0.999.
double weight_of(int position) {
    if (position <= 0) return 0;
    const double share = static_cast<double>(position) / smoothing_steps;
    return std::min(0.999, std::round((1 - std::pow(10, -3 * share)) * 1000) / 1000);
}

int position_of(double weight) {
    if (weight <= 0) return 0;
    return static_cast<int>(std::lround(-std::log10(1 - std::min(weight, 0.999)) / 3 * smoothing_steps));
}

} // namespace

CurveToolBar::CurveToolBar(QWidget* parent)
    : QWidget(parent), layout_(new FlowLayout(this)), search_(new QLineEdit(this)),
      x_chip_(new ChipButton(tr("x"), this)), smoothing_(new QSlider(Qt::Horizontal, this)),
      smoothing_text_(new QLabel(this)), options_(new CurveOptions(this)), display_(new QToolButton(this)),
      new_chart_(new QToolButton(this)), follow_(new QToolButton(this)) {
    search_->setPlaceholderText(tr("Search metrics"));
    search_->setAccessibleName(tr("Search metrics"));
    search_->setClearButtonEnabled(true);
    search_->setMinimumWidth(least_search_width);
    search_->setMaximumWidth(240);
    connect(search_, &QLineEdit::textChanged, this, &CurveToolBar::searchChanged);

    x_chip_->setChoices({{{}, tr("step"), {}, static_cast<int>(CurveX::step)},
                         {{}, tr("relative time"), tr("hours"), static_cast<int>(CurveX::relative_time)},
                         {{}, tr("wall time"), tr("UTC"), static_cast<int>(CurveX::wall_time)}});
    connect(x_chip_, &ChipButton::chosen, this, [this](const QVariant& value) {
        FigureSpec next = settings_;
        next.curve_x = static_cast<CurveX>(value.toInt());
        change(next);
    });

    auto* smoothing_label = new QLabel(tr("Smoothing"), this);
    smoothing_label->setBuddy(smoothing_);
    smoothing_->setRange(0, smoothing_steps);
    smoothing_->setFixedWidth(120);
    smoothing_->setAccessibleName(tr("Smoothing"));
    smoothing_->setToolTip(tr("Weight of the debiased moving average; the raw curve stays faint behind"));
    smoothing_text_->setMinimumWidth(36);
    smoothing_timer_.setSingleShot(true);
    smoothing_timer_.setInterval(smoothing_delay_ms);
    connect(&smoothing_timer_, &QTimer::timeout, this, [this] { Q_EMIT settingsChanged(settings_); });
    connect(smoothing_, &QSlider::valueChanged, this, [this](int position) {
        settings_.smoothing = weight_of(position);
        showSmoothing();
        smoothing_timer_.start();
    });

    display_->setText(tr("Display"));
    display_->setToolTip(tr("Axes, range, marks, attempts and bands"));
    connect(display_, &QToolButton::clicked, this, [this] { options_->openBelow(*display_); });
    connect(options_, &CurveOptions::settingsChanged, this, &CurveToolBar::change);
    new_chart_->setText(tr("New chart"));
    new_chart_->setToolTip(tr("A chart on top that metrics can be added to (N)"));
    connect(new_chart_, &QToolButton::clicked, this, &CurveToolBar::newChartRequested);
    follow_->setText(tr("Follow"));
    follow_->setToolTip(tr("The charts stand still since they were moved: show new points again as they come (0)"));
    follow_->hide();
    connect(follow_, &QToolButton::clicked, this, &CurveToolBar::followRequested);

    auto* smoothing = new QWidget(this); // stays together where the row breaks
    auto* smoothing_row = new QHBoxLayout(smoothing);
    smoothing_row->setContentsMargins(Theme::unit, 0, Theme::unit, 0);
    smoothing_row->setSpacing(Theme::unit);
    smoothing_row->addWidget(smoothing_label);
    smoothing_row->addWidget(smoothing_);
    smoothing_row->addWidget(smoothing_text_);

    layout_->setContentsMargins(0, 0, 14, 0);
    layout_->setSpacing(Theme::unit);
    for (QWidget* widget : std::initializer_list<QWidget*>{search_, x_chip_, smoothing, display_, new_chart_, follow_})
        layout_->addWidget(widget);
    setSettings(settings_);
}

void CurveToolBar::addTrailing(QWidget* widget) {
    layout_->addTrailing(widget);
}

void CurveToolBar::setTheme(const Theme& theme) {
    x_chip_->setTheme(theme);
    options_->setTheme(theme);
}

void CurveToolBar::setSettings(const FigureSpec& settings) {
    settings_ = settings;
    x_chip_->setValue(static_cast<int>(settings_.curve_x));
    const QSignalBlocker silent(smoothing_);
    smoothing_->setValue(position_of(settings_.smoothing));
    showSmoothing();
    options_->setSettings(settings_);
}

void CurveToolBar::change(const FigureSpec& settings) {
    setSettings(settings);
    Q_EMIT settingsChanged(settings_);
}

void CurveToolBar::showSmoothing() {
    smoothing_text_->setText(settings_.smoothing > 0 ? QString::number(settings_.smoothing, 'g', 3) : tr("off"));
}

QString CurveToolBar::search() const {
    return search_->text();
}

void CurveToolBar::setSearch(const QString& text) {
    search_->setText(text);
}

void CurveToolBar::focusSearch() {
    search_->setFocus(Qt::ShortcutFocusReason);
}

void CurveToolBar::setFollowVisible(bool visible) {
    follow_->setVisible(visible);
}

} // namespace isoloss
