// What a person does to the charts of the curves page: pin, compose, choose axes, export.
#include "ui/figures/value_text.h"
#include "ui/pages/curve_card.h"
#include "ui/pages/curve_tool_bar.h"
#include "ui/pages/curves_page.h"
#include "ui/pages/export_popover.h"
#include "ui/ui_services.h"
#include "ui/undo_commands.h"
#include "widgets/chart_menu.h"
#include "widgets/choice_popup.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <algorithm>
#include <set>

namespace isoloss {
namespace {

constexpr std::size_t most_exported = 12;
const QString search_member = QStringLiteral("search");
const QString full_member = QStringLiteral("full");
const QString top_member = QStringLiteral("on_top");
const QString folded_member = QStringLiteral("folded");

} // namespace

void CurvesPage::setCharts(ChartCollection charts, const QString& step) {
    if (charts == charts_) return;
    const auto show = [this](const ChartCollection& next) {
        charts_ = next;
        arrange();
    };
    const ChartCollection before = charts_;
    show(charts);
    services_.undo().push(new ViewCommand([show, before] { show(before); }, [show, charts] { show(charts); }, step));
}

void CurvesPage::changeCharts(const std::function<void(ChartCollection&)>& change, const QString& step) {
    ChartCollection charts = charts_;
    change(charts);
    setCharts(std::move(charts), step);
}

void CurvesPage::chooseMetric(const QWidget& anchor, std::function<void(const std::string&)> chosen) {
    if (!catalogue_) return;
    std::vector<ChipChoice> choices;
    for (const std::string& metric : catalogue_->metrics())
        choices.push_back({{}, qtext(metric), {}, qtext(metric)});
    auto* popup = new ChoicePopup(choices, {}, services_.theme().theme(), this);
    connect(popup, &ChoicePopup::chosen, this,
            [chosen = std::move(chosen)](const QVariant& metric) { chosen(utf8(metric.toString())); });
    popup->showBelow(anchor);
}

void CurvesPage::newChart() {
    chooseMetric(*tool_bar_, [this](const std::string& metric) {
        changeCharts([&](ChartCollection& charts) { charts.compose(FigureChart::of(metric)); }, tr("New chart"));
        scroll_->verticalScrollBar()->setValue(0);
    });
}

void CurvesPage::addMetric(CurveCard* card) {
    chooseMetric(*card, [this, id = card->id()](const std::string& metric) {
        FigureChart figure = charts_.chart(id).figure;
        figure.metrics.push_back({metric, side_for(figure, metric)});
        const bool was_full = full_card_ != nullptr && full_card_->id() == id;
        std::string shown = id;
        changeCharts(
            [&](ChartCollection& charts) {
                if (ChartCollection::is_composed(id))
                    charts.change(id, figure);
                else
                    shown = charts.compose(figure);
            },
            tr("Add %1 to a chart").arg(qtext(metric)));
        if (was_full)
            showFull(shown);
        else
            scroll_->ensureWidgetVisible(cards_.at(shown));
    });
}

void CurvesPage::addChartActions(CurveCard* card, QMenu& menu) {
    if (card->chart() != nullptr) add_chart_actions(menu, *card->chart());
    QAction* shared = menu.addAction(tr("Axes as on the page"), this, [this, card] {
        own_scales_.erase(card->id());
        card->setSettings(settingsOf(card->id()));
    });
    shared->setEnabled(own_scales_.contains(card->id()));
}

void CurvesPage::addMetricMenus(CurveCard* card, QMenu& menu) {
    menu.addAction(tr("Add a metric…"), this, [this, card] { addMetric(card); });
    const std::string id = card->id();
    if (!ChartCollection::is_composed(id)) {
        const bool pinned = charts_.is_on_top(id);
        menu.addAction(pinned ? tr("Back to its section") : tr("Pin on top"), this, [this, id, pinned] {
            changeCharts([&](ChartCollection& charts) { charts.set_pinned(id, !pinned); },
                         pinned ? tr("Release a chart") : tr("Pin a chart"));
        });
        return;
    }
    const FigureChart& figure = card->figure();
    for (std::size_t i = 0; figure.metrics.size() > 1 && i < figure.metrics.size(); ++i) {
        QMenu* metric = menu.addMenu(qtext(figure.metrics[i].name));
        QAction* right = metric->addAction(tr("Right axis"), this, [this, id, figure, i] {
            FigureChart changed = figure;
            YSide& side = changed.metrics[i].side;
            side = side == YSide::left ? YSide::right : YSide::left;
            changeCharts([&](ChartCollection& charts) { charts.change(id, changed); }, tr("Axis of a metric"));
        });
        right->setCheckable(true);
        right->setChecked(figure.metrics[i].side == YSide::right);
        metric->addAction(tr("Take out of the chart"), this, [this, id, figure, i] {
            FigureChart changed = figure;
            changed.metrics.erase(changed.metrics.begin() + static_cast<std::ptrdiff_t>(i));
            changeCharts([&](ChartCollection& charts) { charts.change(id, changed); }, tr("Take out a metric"));
        });
    }
    menu.addAction(tr("Rename"), card, &CurveCard::editTitle);
    menu.addAction(tr("Remove the chart"), this, [this, id] {
        changeCharts([&](ChartCollection& charts) { charts.remove(id); }, tr("Remove a chart"));
    });
}

void CurvesPage::showCardMenu(CurveCard* card, const QPoint& global) {
    QMenu menu(this);
    menu.addAction(card == full_card_ ? tr("All charts") : tr("Full size"), card,
                   [card] { Q_EMIT card->expandRequested(card); });
    addMetricMenus(card, menu);
    menu.addSeparator();
    addChartActions(card, menu);
    menu.addAction(tr("Export…"), this, [this, card] { exportCards({card}); });
    menu.exec(global);
}

std::vector<CurveCard*> CurvesPage::cardsOnScreen() const {
    if (full_card_ != nullptr) return {full_card_};
    std::vector<CurveCard*> seen;
    for (CurveCard* card : cards()) {
        const QRect place(card->mapTo(scroll_->widget(), QPoint()) - QPoint(0, scroll_->verticalScrollBar()->value()),
                          card->size());
        const bool mostly_seen = scroll_->viewport()->rect().contains(place.center());
        if (mostly_seen && card->isVisibleTo(scroll_->widget()) && seen.size() < most_exported) seen.push_back(card);
    }
    return seen;
}

void CurvesPage::exportFigure() {
    exportCards(cardsOnScreen());
}

void CurvesPage::exportCards(const std::vector<CurveCard*>& cards) {
    if (cards.empty()) return;
    if (popover_ == nullptr) popover_ = new ExportPopover(services_, this);
    FigureSpec spec = cards.size() == 1 ? cards.front()->spec() : settings_;
    spec.filter = utf8(services_.selection().filter());
    if (linked_range_) {
        spec.x_min = linked_range_->min;
        spec.x_max = linked_range_->max;
    }
    spec.charts.clear();
    for (const CurveCard* card : cards)
        spec.charts.push_back(card->figure());
    const QString name = cards.size() == 1 ? qtext(cards.front()->figure().shown_title()) : tr("curves");
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
    for (const CurveCard* card : cardsOnScreen())
        spec.charts.push_back(card->figure());
    if (spec.charts.empty())
        for (const CurveCard* card : cards())
            spec.charts.push_back(card->figure());
    spec.filter = utf8(services_.selection().filter());
    QJsonObject object = QJsonDocument::fromJson(QByteArray::fromStdString(recipe_json(spec))).object();
    object.insert(search_member, tool_bar_->search());
    if (!charts_.top().empty()) object.insert(top_member, charts_.json());
    QJsonArray folded;
    for (const QString& title : folded_)
        folded.append(title);
    if (!folded.isEmpty()) object.insert(folded_member, folded);
    if (full_card_ != nullptr) {
        const auto place = std::ranges::find(charts_.top(), full_card_->id(), &CurveChart::id);
        // Composed charts have no name of their own that would still be theirs when they are read back.
        object.insert(full_member, place == charts_.top().end()
                                       ? QJsonValue(qtext(full_card_->id()))
                                       : QJsonValue(static_cast<qint64>(place - charts_.top().begin())));
    }
    return object;
}

void CurvesPage::restoreState(const QJsonObject& state) {
    const QByteArray json = QJsonDocument(state).toJson();
    const Expected<FigureSpec> spec =
        parse_recipe(std::string_view(json.constData(), static_cast<std::size_t>(json.size())));
    if (spec && spec->kind == FigureKind::curves) setSettings(*spec);
    folded_.clear();
    const QJsonArray folded = state.value(folded_member).toArray();
    for (const QJsonValue& title : folded)
        folded_.insert(title.toString());
    charts_ = ChartCollection::from_json(state.value(top_member).toArray());
    tool_bar_->setSearch(state.value(search_member).toString());
    arrange();
    const QJsonValue full = state.value(full_member);
    if (full.isString()) {
        showFull(utf8(full.toString()));
    } else if (full.isDouble() && full.toInt() >= 0 && static_cast<std::size_t>(full.toInt()) < charts_.top().size()) {
        showFull(charts_.top()[static_cast<std::size_t>(full.toInt())].id);
    } else {
        showGrid();
    }
}

} // namespace isoloss
