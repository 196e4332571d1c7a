// What all charts of the curves page share, and its keys.
#include "ui/pages/curve_card.h"
#include "ui/pages/curve_tool_bar.h"
#include "ui/pages/curve_values_panel.h"
#include "ui/pages/curves_page.h"
#include "ui/ui_services.h"

#include <QAction>
#include <QToolButton>
#include <algorithm>

namespace isoloss {

void CurvesPage::setSettings(const FigureSpec& settings) {
    FigureSpec next = settings;
    next.kind = FigureKind::curves;
    next.charts.clear();
    next.x_min.reset();
    next.x_max.reset();
    next.y_min.reset();
    next.y_max.reset();
    if (next == settings_) return;
    if (next.curve_x != settings_.curve_x || next.x_scale != settings_.x_scale) linked_range_.reset();
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

void CurvesPage::showValues() {
    if (full_card_ == nullptr || !full_card_->picture()) return;
    values_->setChart(full_card_->picture()->chart);
}

void CurvesPage::fitAll() {
    linked_range_.reset();
    for (const auto& [id, card] : cards_) {
        card->setLinkedRange(std::nullopt);
        if (card->chart() != nullptr) card->chart()->fit();
    }
    showFollow();
}

// A fitted chart follows its runs by itself.
void CurvesPage::showFollow() {
    const auto& runs = *services_.selection().shownRuns();
    tool_bar_->setFollowVisible(linked_range_ && std::ranges::any_of(runs, [](const RunRecord& run) {
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
    const auto toggle = [this](AxisScale FigureSpec::*scale) {
        FigureSpec next = settings_;
        next.*scale = next.*scale == AxisScale::linear ? AxisScale::log : AxisScale::linear;
        setSettings(next);
    };
    add(tr("Logarithmic y axes"), Qt::Key_L, [toggle] { toggle(&FigureSpec::y_scale); });
    add(tr("Logarithmic x axes"), Qt::SHIFT | Qt::Key_L, [toggle] { toggle(&FigureSpec::x_scale); });
    add(tr("Back to all charts"), Qt::Key_Escape, [this] { showGrid(); });
    auto* search = add(tr("Search metrics"), Qt::Key_Slash, [this] { tool_bar_->focusSearch(); });
    search->setShortcuts({Qt::Key_Slash, QKeySequence::Find});
    add(tr("Copy the values under the cursor"), QKeySequence::Copy, [this] { copyHovered(); });
    add(tr("Fit all charts"), Qt::Key_0, [this] { fitAll(); });
    add(tr("Table of values"), Qt::Key_V, [this] { values_button_->toggle(); });
    add(tr("New chart…"), Qt::Key_N, [this] { newChart(); });
}

} // namespace isoloss
