#include "ui/figures/value_text.h"
#include "ui/pages/curve_card.h"
#include "ui/pages/curves_page.h"
#include "ui/pages/export_popover.h"
#include "ui/pages/view_menu.h"
#include "ui/ui_services.h"
#include "widgets/chip_button.h"
#include "widgets/flow_layout.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <cmath>

namespace isoloss {
namespace {

constexpr int smoothing_steps = 100;
constexpr int least_search_width = 140;
constexpr std::size_t most_exported = 12;
const QString search_member = QStringLiteral("search");
const QString full_member = QStringLiteral("full");

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

void CurvesPage::makeToolBar(QVBoxLayout* layout) {
    search_->setPlaceholderText(tr("Search metrics"));
    search_->setAccessibleName(tr("Search metrics"));
    search_->setClearButtonEnabled(true);
    search_->setMinimumWidth(least_search_width);
    search_->setMaximumWidth(240);
    connect(search_, &QLineEdit::textChanged, this, &CurvesPage::arrange);

    x_chip_->setChoices({{{}, tr("step"), {}, static_cast<int>(CurveX::step)},
                         {{}, tr("relative time"), tr("hours"), static_cast<int>(CurveX::relative_time)},
                         {{}, tr("wall time"), tr("UTC"), static_cast<int>(CurveX::wall_time)}});
    x_chip_->setValue(static_cast<int>(CurveX::step));
    connect(x_chip_, &ChipButton::chosen, this,
            [this](const QVariant& value) { setCurveX(static_cast<CurveX>(value.toInt())); });

    auto* smoothing_label = new QLabel(tr("Smoothing"), content_);
    smoothing_label->setBuddy(smoothing_);
    smoothing_->setRange(0, smoothing_steps);
    smoothing_->setFixedWidth(120);
    smoothing_->setAccessibleName(tr("Smoothing"));
    smoothing_->setToolTip(tr("Weight of the debiased moving average; the raw curve stays faint behind"));
    smoothing_text_->setMinimumWidth(36);
    connect(smoothing_, &QSlider::valueChanged, this, [this](int position) {
        settings_.smoothing = weight_of(position);
        smoothing_text_->setText(settings_.smoothing > 0 ? QString::number(settings_.smoothing, 'g', 3) : tr("off"));
        smoothing_timer_.start();
    });
    smoothing_text_->setText(tr("off"));

    const auto prepare = [&](QToolButton* button, const QString& text, Qt::Orientation axis) {
        button->setText(text);
        button->setCheckable(true);
        button->setToolTip(axis == Qt::Vertical ? tr("Logarithmic y axes (L)") : tr("Logarithmic x axes (Shift+L)"));
        connect(button, &QToolButton::toggled, this,
                [this, axis](bool log) { setScale(axis, log ? AxisScale::log : AxisScale::linear); });
    };
    prepare(log_x_, tr("log x"), Qt::Horizontal);
    prepare(log_y_, tr("log y"), Qt::Vertical);
    follow_->setText(tr("Follow"));
    follow_->setToolTip(tr("The charts stand still since they were moved: show new points again as they come (0)"));
    follow_->hide();
    connect(follow_, &QToolButton::clicked, this, &CurvesPage::fitAll);
    export_->setToolTip(tr("Save or copy the charts on the screen (Ctrl+E)"));
    connect(export_, &QPushButton::clicked, this, &CurvesPage::exportFigure);

    auto* smoothing = new QWidget(content_); // stays together where the row breaks
    auto* smoothing_row = new QHBoxLayout(smoothing);
    smoothing_row->setContentsMargins(Theme::unit, 0, Theme::unit, 0);
    smoothing_row->setSpacing(Theme::unit);
    for (QWidget* widget : {static_cast<QWidget*>(smoothing_label), static_cast<QWidget*>(smoothing_),
                            static_cast<QWidget*>(smoothing_text_)})
        smoothing_row->addWidget(widget);

    auto* bar = new FlowLayout;
    bar->setContentsMargins(0, 0, 14, 0);
    bar->setSpacing(Theme::unit);
    for (QWidget* widget :
         {static_cast<QWidget*>(search_), static_cast<QWidget*>(x_chip_), smoothing, static_cast<QWidget*>(log_x_),
          static_cast<QWidget*>(log_y_), static_cast<QWidget*>(follow_)})
        bar->addWidget(widget);
    bar->addTrailing(new ViewMenu(services_, *this, "curves", content_));
    bar->addTrailing(export_);
    layout->addLayout(bar);
}

void CurvesPage::fitAll() {
    linked_range_.reset();
    for (const auto& [metric, card] : cards_) {
        card->setLinkedRange(std::nullopt);
        if (card->chart() != nullptr) card->chart()->fit();
    }
    showFollow();
}

// A fitted chart follows its runs by itself.
void CurvesPage::showFollow() {
    const auto& runs = *services_.selection().shownRuns();
    follow_->setVisible(linked_range_ && std::ranges::any_of(runs, [](const RunRecord& run) {
                            return run.status == RunStatus::running;
                        }));
}

void CurvesPage::makeActions() {
    const auto add = [this](const QString& text, const QKeySequence& key, auto slot) {
        auto* action = new QAction(text, this);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
        return action;
    };
    add(tr("Logarithmic y axes"), Qt::Key_L, [this] { log_y_->toggle(); });
    add(tr("Logarithmic x axes"), Qt::SHIFT | Qt::Key_L, [this] { log_x_->toggle(); });
    add(tr("Back to all charts"), Qt::Key_Escape, [this] { showGrid(); });
    auto* search = add(tr("Search metrics"), Qt::Key_Slash, [this] { search_->setFocus(Qt::ShortcutFocusReason); });
    search->setShortcuts({Qt::Key_Slash, QKeySequence::Find});
    add(tr("Copy the values under the cursor"), QKeySequence::Copy, [this] { copyHovered(); });
    add(tr("Fit all charts"), Qt::Key_0, [this] { fitAll(); });
}

FigureSpec CurvesPage::settingsOf(const std::string& metric) const {
    FigureSpec spec = settings_;
    spec.metrics = {metric};
    if (const auto own = own_scales_.find(metric); own != own_scales_.end()) {
        spec.x_scale = own->second.first;
        spec.y_scale = own->second.second;
    }
    return spec;
}

void CurvesPage::shareSettings() {
    for (const auto& [metric, card] : cards_)
        card->setSettings(settingsOf(metric));
}

void CurvesPage::setSearch(const QString& text) {
    search_->setText(text);
}

void CurvesPage::setSmoothing(double weight) {
    smoothing_->setValue(position_of(weight));
    settings_.smoothing = std::clamp(weight, 0.0, 0.999);
    smoothing_text_->setText(settings_.smoothing > 0 ? QString::number(settings_.smoothing, 'g', 3) : tr("off"));
    shareSettings();
}

void CurvesPage::setCurveX(CurveX x) {
    settings_.curve_x = x;
    x_chip_->setValue(static_cast<int>(x));
    linked_range_.reset();
    shareSettings();
}

void CurvesPage::setScale(Qt::Orientation axis, AxisScale scale) {
    (axis == Qt::Horizontal ? settings_.x_scale : settings_.y_scale) = scale;
    own_scales_.clear();
    if (axis == Qt::Horizontal) linked_range_.reset();
    const QSignalBlocker no_x(log_x_), no_y(log_y_);
    log_x_->setChecked(settings_.x_scale == AxisScale::log);
    log_y_->setChecked(settings_.y_scale == AxisScale::log);
    shareSettings();
}

std::vector<std::string> CurvesPage::metricsOnScreen() const {
    if (full_card_ != nullptr) return {full_card_->metric()};
    std::vector<std::string> metrics;
    for (const std::string& metric : shown_) {
        const CurveCard* card = cards_.at(metric);
        const QRect place(card->mapTo(scroll_->widget(), QPoint()) - QPoint(0, scroll_->verticalScrollBar()->value()),
                          card->size());
        const bool mostly_seen = scroll_->viewport()->rect().contains(place.center());
        if (mostly_seen && card->isVisibleTo(scroll_->widget()) && metrics.size() < most_exported)
            metrics.push_back(metric);
    }
    return metrics;
}

void CurvesPage::exportFigure() {
    exportMetrics(metricsOnScreen());
}

void CurvesPage::exportMetrics(std::vector<std::string> metrics) {
    if (metrics.empty()) return;
    if (popover_ == nullptr) popover_ = new ExportPopover(services_, this);
    FigureSpec spec = metrics.size() == 1 ? settingsOf(metrics.front()) : settings_;
    spec.filter = utf8(services_.selection().filter());
    if (linked_range_) {
        spec.x_min = linked_range_->min;
        spec.x_max = linked_range_->max;
    }
    const QString name = metrics.size() == 1 ? qtext(metrics.front()) : tr("curves");
    spec.metrics = std::move(metrics);
    popover_->open(export_, std::move(spec), name);
}

void CurvesPage::copyHovered() {
    if (hovered_.isEmpty()) return;
    QStringList lines{tr("run") + u'\t' + tr("x") + u'\t' + tr("value")};
    for (const HoverRow& row : hovered_)
        lines << row.name + u'\t' + exact_number(row.x, false) + u'\t' + exact_number(row.y, true);
    QGuiApplication::clipboard()->setText(lines.join(u'\n') + u'\n');
    services_.showMessage(tr("Copied %1 values").arg(hovered_.size()));
}

QJsonObject CurvesPage::state() const {
    FigureSpec spec = settings_;
    spec.metrics = metricsOnScreen();
    if (spec.metrics.empty()) spec.metrics = shown_;
    spec.filter = utf8(services_.selection().filter());
    QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(recipe_json(spec))).object();
    object.insert(search_member, search_->text());
    if (full_card_ != nullptr) object.insert(full_member, qtext(full_card_->metric()));
    return object;
}

void CurvesPage::restoreState(const QJsonObject& state) {
    const QByteArray json = QJsonDocument(state).toJson();
    const Expected<FigureSpec> spec =
        parse_recipe(std::string_view(json.constData(), static_cast<std::size_t>(json.size())));
    if (spec && spec->kind == FigureKind::curves) {
        setCurveX(spec->curve_x);
        setScale(Qt::Horizontal, spec->x_scale);
        setScale(Qt::Vertical, spec->y_scale);
        setSmoothing(spec->smoothing);
    }
    setSearch(state.value(search_member).toString());
    if (const QString full = state.value(full_member).toString(); !full.isEmpty()) showFull(utf8(full));
}

} // namespace isoloss
