#include "ui/pages/curve_tool_bar.h"

#include "ui/figures/value_text.h"
#include "ui/pages/curve_options.h"
#include "ui/pages/smoothing_popup.h"
#include "widgets/chip_button.h"
#include "widgets/flow_layout.h"

#include <QLineEdit>
#include <QToolButton>

namespace isoloss {
namespace {

constexpr int least_search_width = 104;

} // namespace

CurveToolBar::CurveToolBar(QWidget* parent)
    : QWidget(parent), layout_(new FlowLayout(this)), search_(new QLineEdit(this)),
      x_chip_(new ChipButton(tr("x"), this)), smoothing_chip_(new ChipButton(tr("Smoothing"), this)),
      smoothing_(new SmoothingPopup(this)), options_(new CurveOptions(this)), display_(new QToolButton(this)),
      new_chart_(new QToolButton(this)), follow_(new QToolButton(this)) {
    search_->setPlaceholderText(tr("Search metrics"));
    search_->setAccessibleName(tr("Search metrics"));
    search_->setClearButtonEnabled(true);
    search_->setMinimumWidth(least_search_width);
    search_->setMaximumWidth(240);
    connect(search_, &QLineEdit::textChanged, this, &CurveToolBar::searchChanged);

    setMetrics({});
    connect(x_chip_, &ChipButton::chosen, this, [this](const QVariant& value) {
        FigureSpec next = settings_;
        next.curve_x = value.typeId() == QMetaType::QString ? CurveX::series : static_cast<CurveX>(value.toInt());
        next.curve_x_series = utf8(next.curve_x == CurveX::series ? value.toString() : QString());
        change(next);
    });

    smoothing_chip_->setOpener([this] { smoothing_->openBelow(*smoothing_chip_); });
    smoothing_chip_->setToolTip(tr("How curves are smoothed; the raw curve stays faint behind"));
    connect(smoothing_, &SmoothingPopup::chosen, this, [this](const Smoothing& smoothing) {
        FigureSpec next = settings_;
        next.smoothing = smoothing;
        change(next);
    });

    display_->setText(tr("Display"));
    display_->setToolTip(tr("Axes, range, marks, attempts and bands"));
    connect(display_, &QToolButton::clicked, this, [this] { options_->openBelow(*display_); });
    connect(options_, &CurveOptions::settingsChanged, this, &CurveToolBar::change);
    new_chart_->setText(tr("+ Chart"));
    new_chart_->setAccessibleName(tr("New chart"));
    new_chart_->setToolTip(tr("A chart on top that metrics can be added to (N)"));
    connect(new_chart_, &QToolButton::clicked, this, &CurveToolBar::newChartRequested);
    follow_->setText(tr("Latest"));
    follow_->setToolTip(tr("Jump to the newest points and follow them (End); moving the charts stops it"));
    follow_->setCheckable(true);
    follow_->hide();
    connect(follow_, &QToolButton::clicked, this, &CurveToolBar::followToggled);

    layout_->setContentsMargins(0, 0, 14, 0);
    layout_->setSpacing(Theme::unit);
    for (QWidget* widget :
         std::initializer_list<QWidget*>{search_, x_chip_, smoothing_chip_, display_, new_chart_, follow_})
        layout_->addWidget(widget);
    setSettings(settings_);
}

void CurveToolBar::addTrailing(QWidget* widget) {
    layout_->addTrailing(widget);
}

void CurveToolBar::setTheme(const Theme& theme) {
    x_chip_->setTheme(theme);
    smoothing_chip_->setTheme(theme);
    smoothing_->setTheme(theme);
    options_->setTheme(theme);
}

void CurveToolBar::setSettings(const FigureSpec& settings) {
    settings_ = settings;
    x_chip_->setValue(settings_.curve_x == CurveX::series ? QVariant(qtext(settings_.curve_x_series))
                                                          : QVariant(static_cast<int>(settings_.curve_x)));
    smoothing_->setSmoothing(settings_.smoothing);
    const std::string name = smoothing_name(settings_.smoothing);
    smoothing_chip_->setValueText(name.empty() ? tr("off") : qtext(name));
    options_->setSettings(settings_);
}

void CurveToolBar::setMetrics(const std::vector<std::string>& metrics) {
    const auto choice = [](CurveX x, const QString& text, const QString& detail) {
        return ChipChoice{{}, text, detail, static_cast<int>(x)};
    };
    std::vector<ChipChoice> choices{choice(CurveX::step, tr("step"), {}),
                                    choice(CurveX::tokens, tr("tokens"), tr("logged, or from the config")),
                                    choice(CurveX::flops, tr("FLOPs"), tr("logged, or 6·N·D")),
                                    choice(CurveX::epoch, tr("epoch"), {}),
                                    choice(CurveX::relative_time, tr("relative time"), tr("hours")),
                                    choice(CurveX::wall_time, tr("wall time"), tr("UTC"))};
    for (const std::string& metric : metrics)
        choices.push_back({tr("Another series"), qtext(metric), {}, qtext(metric)});
    x_chip_->setChoices(std::move(choices));
}

void CurveToolBar::setGrouped(bool grouped) {
    options_->setGrouped(grouped);
}

void CurveToolBar::change(const FigureSpec& settings) {
    setSettings(settings);
    Q_EMIT settingsChanged(settings_);
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

void CurveToolBar::showFollow(bool offered, bool on) {
    follow_->setVisible(offered);
    follow_->setChecked(on);
}

} // namespace isoloss
