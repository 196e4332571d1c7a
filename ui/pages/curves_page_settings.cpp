// What all charts of the curves page share, and its keys.
#include "ui/figures/curve_cache.h"
#include "ui/pages/curve_card.h"
#include "ui/pages/curve_tool_bar.h"
#include "ui/pages/curves_page.h"
#include "ui/ui_services.h"
#include "widgets/axis_transform.h"

#include <QAction>
#include <QToolButton>
#include <algorithm>

namespace isoloss {

void CurvesPage::setSettings(const FigureSpec& settings) {
    FigureSpec next = settings;
    next.kind = FigureKind::curves;
    next.charts.clear();
    next.groups.by = services_.selection().groupKey(); // the table of runs decides
    next.x_min.reset();
    next.x_max.reset();
    next.y_min.reset();
    next.y_max.reset();
    if (next == settings_) return;
    if (next.curve_x != settings_.curve_x || next.curve_x_series != settings_.curve_x_series ||
        next.x_scale != settings_.x_scale) {
        following_ = false;
        linked_range_.reset();
        linkFixedCursors({});
    }
    if (next.x_scale != settings_.x_scale || next.y_scale != settings_.y_scale) own_scales_.clear();
    settings_ = std::move(next);
    tool_bar_->setSettings(settings_);
    shareSettings();
    showFollow();
}

FigureSpec CurvesPage::settingsOf(const std::string& id) const {
    FigureSpec spec = settings_;
    if (const auto own = own_scales_.find(id); own != own_scales_.end()) {
        spec.x_scale = own->second.first;
        spec.y_scale = own->second.second;
    }
    return spec;
}

void CurvesPage::shareSettings() {
    for (const auto& [id, card] : cards_)
        card->setSettings(settingsOf(id));
}

void CurvesPage::setLinkedRange(const std::optional<AxisRange>& range, CurveCard* from) {
    linked_range_ = range;
    for (const auto& [id, card] : cards_)
        if (card != from) card->setLinkedRange(linked_range_);
    values_timer_.start();
    showFollow();
}

void CurvesPage::fitAll() {
    following_ = false;
    setLinkedRange(std::nullopt);
    for (const auto& [id, card] : cards_)
        if (card->chart() != nullptr) card->chart()->fit();
}

void CurvesPage::follow(bool on) {
    following_ = on && linked_range_;
    if (following_) askForLatest();
    showFollow();
}

void CurvesPage::askForLatest() {
    const std::vector<CurveCard*> seen = cardsOnScreen();
    if (seen.empty() || !scene_) return;
    services_.bridge().query<std::optional<double>>(
        latest_channel_,
        [cache = cache_, scene = scene_, spec = seen.front()->spec()](Reader& reader) {
            return latest_x(reader, *cache, spec.charts.front(), *scene, spec);
        },
        this,
        [this, scale = seen.front()->spec().x_scale](const QueryAnswer<std::optional<double>>& latest) {
            if (!latest) return services_.showError(latest.error());
            if (!following_ || !linked_range_ || !**latest) return;
            ChartAxis axis;
            axis.scale = scale;
            const AxisTransform transform(axis, *linked_range_, 0, 1);
            setLinkedRange(panned(transform, 1 - transform.position(***latest)));
        });
}

// A fitted chart follows its runs by itself.
void CurvesPage::showFollow() {
    const auto& runs = *services_.selection().shownRuns();
    const bool running =
        std::ranges::any_of(runs, [](const RunRecord& run) { return run.status == RunStatus::running; });
    tool_bar_->showFollow(linked_range_ && running, following_);
}

void CurvesPage::makeActions() {
    const auto toggle = [this](AxisScale FigureSpec::*scale) {
        FigureSpec next = settings_;
        next.*scale = next.*scale == AxisScale::linear ? AxisScale::log : AxisScale::linear;
        setSettings(next);
    };
    addPageAction(tr("Logarithmic y axes"), Qt::Key_L, [toggle] { toggle(&FigureSpec::y_scale); });
    addPageAction(tr("Logarithmic x axes"), Qt::SHIFT | Qt::Key_L, [toggle] { toggle(&FigureSpec::x_scale); });
    addPageAction(tr("Back to all charts"), Qt::Key_Escape, [this] { showGrid(); });
    auto* search = addPageAction(tr("Search metrics"), Qt::Key_Slash, [this] { tool_bar_->focusSearch(); });
    search->setShortcuts({Qt::Key_Slash, QKeySequence::Find});
    addPageAction(tr("Copy the values under the cursor"), Qt::CTRL | Qt::ALT | Qt::Key_C, [this] { copyHovered(); });
    addPageAction(tr("Fit all charts"), Qt::Key_0, [this] { fitAll(); });
    addPageAction(tr("Follow the newest points"), Qt::Key_End, [this] { follow(true); });
    addPageAction(tr("Table of values"), Qt::Key_V, [this] { values_button_->toggle(); });
    addPageAction(tr("New chart…"), Qt::Key_N, [this] { newChart(); });
}

} // namespace isoloss
