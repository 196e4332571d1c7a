#include "ui/pages/curve_options.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QSpinBox>

namespace isoloss {
namespace {

constexpr int popup_width = 340;

} // namespace

CurveOptions::CurveOptions(QWidget* parent)
    : PopupFrame(parent), group_hint_(new QLabel(this)), percentile_(new QSpinBox(this)) {
    setAccessibleName(tr("Display of the curves"));
    setFixedWidth(popup_width);
    auto* form = new QFormLayout(this);
    form->setContentsMargins(14, 10, 14, 12);
    form->setHorizontalSpacing(2 * Theme::unit);
    form->setVerticalSpacing(6);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);

    addHeading(*form, tr("Axes"));
    const Choices scales{{tr("linear"), static_cast<int>(AxisScale::linear)},
                         {tr("logarithmic"), static_cast<int>(AxisScale::log)},
                         {tr("symmetric logarithmic"), static_cast<int>(AxisScale::symlog)}};
    addChoice(
        *form, tr("y"), scales, [](const FigureSpec& spec) { return static_cast<int>(spec.y_scale); },
        [](FigureSpec& spec, int scale) { spec.y_scale = static_cast<AxisScale>(scale); });
    addChoice(
        *form, tr("x"), scales, [](const FigureSpec& spec) { return static_cast<int>(spec.x_scale); },
        [](FigureSpec& spec, int scale) { spec.x_scale = static_cast<AxisScale>(scale); });
    QCheckBox* outliers = addSwitch(tr("Leave outliers out of the y range"),
                                    [](FigureSpec& spec) -> bool& { return spec.without_outliers; });
    outliers->setToolTip(tr("A few extreme values do not stretch the axis; arrows show where curves leave it"));
    form->addRow(outliers);

    addHeading(*form, tr("Curves"));
    auto* marks = new QHBoxLayout;
    marks->setSpacing(2 * Theme::unit);
    marks->addWidget(addSwitch(tr("min"), [](FigureSpec& spec) -> bool& { return spec.mark_min; }));
    marks->addWidget(addSwitch(tr("max"), [](FigureSpec& spec) -> bool& { return spec.mark_max; }));
    marks->addWidget(addSwitch(tr("last"), [](FigureSpec& spec) -> bool& { return spec.mark_last; }));
    marks->addStretch();
    form->addRow(tr("Marks"), marks);
    QComboBox* attempts = addChoice(
        *form, tr("Attempts"),
        {{tr("the last one wins"), static_cast<int>(AttemptRule::last_wins)},
         {tr("all points"), static_cast<int>(AttemptRule::all)},
         {tr("a curve each"), static_cast<int>(AttemptRule::split)}},
        [](const FigureSpec& spec) { return static_cast<int>(spec.attempts); },
        [](FigureSpec& spec, int rule) { spec.attempts = static_cast<AttemptRule>(rule); });
    attempts->setToolTip(tr("What is drawn where a run that was resumed has several values at a step"));

    addHeading(*form, tr("Groups"));
    group_hint_->setText(tr("Group the runs in the table of runs to draw a band for each group."));
    group_hint_->setWordWrap(true);
    form->addRow(group_hint_);
    of_groups_ = {
        addChoice(
            *form, tr("Line"),
            {{tr("mean"), static_cast<int>(BandCentre::mean)}, {tr("median"), static_cast<int>(BandCentre::median)}},
            [](const FigureSpec& spec) { return static_cast<int>(spec.groups.centre); },
            [](FigureSpec& spec, int centre) { spec.groups.centre = static_cast<BandCentre>(centre); }),
        addChoice(
            *form, tr("Band"),
            {{tr("none"), static_cast<int>(BandSpread::none)},
             {tr("± standard deviation"), static_cast<int>(BandSpread::standard_deviation)},
             {tr("± standard error"), static_cast<int>(BandSpread::standard_error)},
             {tr("95 % interval of the mean"), static_cast<int>(BandSpread::t_interval)},
             {tr("least to greatest"), static_cast<int>(BandSpread::min_max)},
             {tr("percentiles"), static_cast<int>(BandSpread::percentiles)}},
            [](const FigureSpec& spec) { return static_cast<int>(spec.groups.spread); },
            [](FigureSpec& spec, int spread) { spec.groups.spread = static_cast<BandSpread>(spread); }),
        percentile_,
        addSwitch(tr("Keep the runs faint behind"), [](FigureSpec& spec) -> bool& { return spec.groups.members; })};
    percentile_->setRange(0, 50);
    percentile_->setAccessibleName(tr("Percentile"));
    form->addRow(tr("From percentile"), percentile_);
    form->addRow(of_groups_.back());
    connect(percentile_, &QSpinBox::valueChanged, this, [this](int percentile) {
        settings_.groups.percentile = percentile;
        changed();
    });
    show_.emplace_back([this, form] {
        const QSignalBlocker silent(percentile_);
        percentile_->setValue(static_cast<int>(settings_.groups.percentile));
        percentile_->setSuffix(tr(" to %1").arg(100 - percentile_->value()));
        form->setRowVisible(percentile_, settings_.groups.spread == BandSpread::percentiles);
    });
    setGrouped(false);
    setSettings(settings_);
}

void CurveOptions::addHeading(QFormLayout& form, const QString& text) {
    auto* heading = new QLabel(text, this);
    headings_.push_back(heading);
    form.addRow(heading);
}

QComboBox* CurveOptions::addChoice(QFormLayout& form, const QString& label, const Choices& choices,
                                   std::function<int(const FigureSpec&)> read,
                                   std::function<void(FigureSpec&, int)> write) {
    auto* box = new QComboBox(this);
    for (const auto& [text, value] : choices)
        box->addItem(text, value);
    box->setAccessibleName(label);
    form.addRow(label, box);
    connect(box, &QComboBox::activated, this, [this, box, write = std::move(write)] {
        write(settings_, box->currentData().toInt());
        changed();
    });
    show_.emplace_back([this, box, read = std::move(read)] { box->setCurrentIndex(box->findData(read(settings_))); });
    return box;
}

QCheckBox* CurveOptions::addSwitch(const QString& text, std::function<bool&(FigureSpec&)> field) {
    auto* box = new QCheckBox(text, this);
    connect(box, &QCheckBox::clicked, this, [this, field](bool on) {
        field(settings_) = on;
        changed();
    });
    show_.emplace_back([this, box, field] { box->setChecked(field(settings_)); });
    return box;
}

void CurveOptions::changed() {
    setSettings(settings_);
    Q_EMIT settingsChanged(settings_);
}

void CurveOptions::setTheme(const Theme& theme) {
    setPalette(theme.palette());
    for (QLabel* heading : headings_)
        heading->setFont(theme.strong);
    QPalette muted = theme.palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    group_hint_->setPalette(muted);
    group_hint_->setFont(theme.small);
}

void CurveOptions::setSettings(const FigureSpec& settings) {
    settings_ = settings;
    for (const auto& show : show_)
        show();
}

void CurveOptions::setGrouped(bool grouped) {
    group_hint_->setVisible(!grouped);
    for (QWidget* widget : of_groups_)
        widget->setEnabled(grouped);
}

} // namespace isoloss
