#include "ui/pages/curves_page.h"

#include "engine/store/project.h"
#include "ui/figures/curve_cache.h"
#include "ui/figures/value_text.h"
#include "ui/pages/card_grid.h"
#include "ui/pages/chart_sections.h"
#include "ui/pages/curve_card.h"
#include "ui/pages/curve_tool_bar.h"
#include "ui/pages/curve_values_panel.h"
#include "ui/pages/view_menu.h"
#include "ui/ui_services.h"
#include "widgets/chart_legend.h"
#include "widgets/collapsible_section.h"
#include "widgets/empty_state.h"

#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSplitter>
#include <QStackedLayout>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace isoloss {
namespace {

constexpr int reload_delay_ms = 200;
constexpr int values_delay_ms = 100;
/// Charts this many screens away from what is seen are let go.
constexpr int kept_screens = 2;

/// What the dock shows, as charts draw it.
std::shared_ptr<const CurveScene> scene_of(const Selection& selection, std::shared_ptr<const SeriesIndex> series) {
    auto scene = std::make_shared<CurveScene>();
    scene->series = std::move(series);
    std::unordered_map<RunId, std::size_t> place;
    for (const RunRecord& run : *selection.shownRuns()) {
        place.emplace(run.id, scene->runs.size());
        scene->runs.push_back(CurveRun::of(run));
    }
    for (const RunGroup& group : selection.groups()) {
        std::vector<const CurveRun*> members;
        for (const RunId run : group.runs)
            if (const auto found = place.find(run); found != place.end())
                members.push_back(&scene->runs[found->second]);
        if (!members.empty()) scene->groups.push_back(CurveGroup::of(scene->groups.size(), utf8(group.title), members));
    }
    return scene;
}

} // namespace

CurvesPage::CurvesPage(UiServices& services, QWidget* parent)
    : Page(parent), services_(services), cache_(std::make_shared<CurveCache>()), content_(new QWidget(this)),
      empty_(new EmptyState(this)), stack_(new QStackedLayout(this)), views_(new QStackedLayout),
      scroll_(new QScrollArea(content_)), sections_widget_(new QWidget), sections_layout_(new QVBoxLayout),
      full_(new QWidget(content_)), full_splitter_(new QSplitter(Qt::Vertical, full_)), full_layout_(new QVBoxLayout),
      full_legend_(new ChartLegend(full_)), full_hint_(new QLabel(full_)), values_button_(new QToolButton(full_)),
      values_(new CurveValuesPanel(full_)), tool_bar_(new CurveToolBar(content_)),
      export_(new QPushButton(tr("Export…"), content_)) {
    setAccessibleName(tr("Curves"));
    settings_.kind = FigureKind::curves;
    makeLayout();
    makeActions();
    connectServices();
    setTheme(services_.theme().theme());
    loadCatalogue();
}

CurvesPage::~CurvesPage() = default;

void CurvesPage::makeLayout() {
    auto* layout = new QVBoxLayout(content_);
    layout->setContentsMargins(14, 12, 0, 0);
    layout->setSpacing(Theme::unit);
    export_->setToolTip(tr("Save or copy the charts on the screen (Ctrl+E)"));
    tool_bar_->addTrailing(new ViewMenu(services_, *this, "curves", content_));
    tool_bar_->addTrailing(export_);
    layout->addWidget(tool_bar_);
    layout->addLayout(views_, 1);

    sections_layout_->setContentsMargins(0, 0, 14, 14);
    sections_layout_->setSpacing(Theme::unit);
    sections_widget_->setLayout(sections_layout_);
    scroll_->setWidget(sections_widget_);
    scroll_->setWidgetResizable(true);
    scroll_->setFrameShape(QFrame::NoFrame);
    scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll_->viewport()->setAutoFillBackground(false);
    sections_widget_->setAutoFillBackground(false);
    views_->addWidget(scroll_);

    makeFull();
    views_->addWidget(full_);

    stack_->addWidget(content_);
    stack_->addWidget(empty_);
    empty_->setTitle(tr("No curves yet"));
    empty_->setText(tr("Drop a folder with event files on the window: every metric becomes a chart here."));
}

void CurvesPage::connectServices() {
    reload_timer_.setSingleShot(true);
    reload_timer_.setInterval(reload_delay_ms);
    connect(&reload_timer_, &QTimer::timeout, this, &CurvesPage::loadCatalogue);
    activate_timer_.setSingleShot(true);
    activate_timer_.setInterval(0);
    connect(&activate_timer_, &QTimer::timeout, this, &CurvesPage::activateVisible);
    values_timer_.setSingleShot(true);
    values_timer_.setInterval(values_delay_ms);
    connect(&values_timer_, &QTimer::timeout, this, &CurvesPage::showValues);
    connect(scroll_->verticalScrollBar(), &QScrollBar::valueChanged, this, [this] { activate_timer_.start(); });
    connect(scroll_->verticalScrollBar(), &QScrollBar::rangeChanged, this, [this] { activate_timer_.start(); });
    connect(export_, &QPushButton::clicked, this, &CurvesPage::exportFigure);
    connect(tool_bar_, &CurveToolBar::searchChanged, this, &CurvesPage::arrange);
    connect(tool_bar_, &CurveToolBar::settingsChanged, this, &CurvesPage::setSettings);
    connect(tool_bar_, &CurveToolBar::followToggled, this, &CurvesPage::follow);
    connect(tool_bar_, &CurveToolBar::newChartRequested, this, &CurvesPage::newChart);

    connect(&services_.bridge(), &EngineBridge::projectChanged, this, [this] {
        catalogue_.reset();
        scene_.reset();
        cache_->clear();
        following_ = false;
        linked_range_.reset();
        fixed_cursors_.clear();
        own_scales_.clear();
        charts_ = {};
        showGrid();
        loadCatalogue();
    });
    connect(&services_.bridge(), &EngineBridge::changed, this, &CurvesPage::react);
    connect(&services_.selection(), &Selection::shownRunsChanged, this, &CurvesPage::shareScene);
    connect(&services_.selection(), &Selection::highlightedRunsChanged, this, &CurvesPage::showHighlights);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &CurvesPage::setTheme);
}

void CurvesPage::setTheme(const Theme& theme) {
    tool_bar_->setTheme(theme);
    empty_->setTheme(theme);
    full_legend_->setTheme(theme);
    values_->setTheme(theme);
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    full_hint_->setPalette(muted);
    for (CollapsibleSection* section : sections_)
        section->setTheme(theme);
    for (const auto& [id, card] : cards_)
        card->setTheme(theme);
}

void CurvesPage::loadCatalogue() {
    if (services_.bridge().project() == nullptr) {
        catalogue_.reset();
        arrange();
        return;
    }
    services_.bridge().query<std::shared_ptr<const SeriesIndex>>(
        catalogue_channel_,
        [](Reader& reader) -> Expected<std::shared_ptr<const SeriesIndex>> {
            ISOLOSS_TRY(const std::vector<SeriesRecord> series, reader.series());
            return std::make_shared<const SeriesIndex>(series);
        },
        this,
        [this](const QueryAnswer<std::shared_ptr<const SeriesIndex>>& catalogue) {
            if (catalogue) {
                takeCatalogue(*catalogue);
            } else {
                services_.showError(catalogue.error());
            }
        });
}

void CurvesPage::takeCatalogue(std::shared_ptr<const SeriesIndex> catalogue) {
    const bool same_metrics = catalogue_ && catalogue_->metrics() == catalogue->metrics();
    catalogue_ = std::move(catalogue);
    if (!same_metrics) tool_bar_->setMetrics(catalogue_->metrics());
    shareScene();
    if (!same_metrics) arrange();
}

CurveCard* CurvesPage::cardOf(const CurveChart& chart) {
    CurveCard*& card = cards_[chart.id];
    if (card == nullptr) {
        card = new CurveCard(services_, cache_, chart);
        card->setSettings(settingsOf(chart.id));
        card->setScene(scene_);
        connectCard(card);
    }
    card->setFigure(chart.figure);
    return card;
}

void CurvesPage::arrange() {
    for (CollapsibleSection* section : sections_) {
        sections_layout_->removeWidget(section);
        section->hide();
        section->deleteLater();
    }
    sections_.clear();
    shown_.clear();
    while (QLayoutItem* item = sections_layout_->takeAt(0))
        delete item;

    std::set<std::string> known;
    if (catalogue_) known.insert(catalogue_->metrics().begin(), catalogue_->metrics().end());
    for (auto card = cards_.begin(); card != cards_.end();) {
        card->second->setParent(card->second == full_card_ ? full_ : sections_widget_); // the section that held it goes
        if (card->second != full_card_) card->second->hide();
        if (known.contains(card->first) || charts_.is_on_top(card->first)) {
            ++card;
            continue;
        }
        if (card->second == full_card_) leaveFull();
        card->second->hide();
        card->second->deleteLater();
        card = cards_.erase(card);
    }
    const Theme& theme = services_.theme().theme();
    const std::vector<std::string> none;
    for (const ChartSection& group :
         chart_sections(catalogue_ ? catalogue_->metrics() : none, charts_, tool_bar_->search())) {
        auto* section = new CollapsibleSection(QStringLiteral("%1 · %2").arg(group.title).arg(group.charts.size()));
        auto* grid = new CardGrid;
        std::vector<QWidget*> widgets;
        for (const CurveChart& chart : group.charts) {
            CurveCard* card = cardOf(chart);
            shown_.push_back(chart.id);
            if (card != full_card_) widgets.push_back(card);
        }
        connect(grid, &CardGrid::placed, this, [this] { activate_timer_.start(); });
        grid->setCards(widgets);
        section->setTheme(theme);
        section->setContent(grid);
        section->setExpanded(!folded_.contains(group.title));
        connect(section, &CollapsibleSection::expandedChanged, this, [this, title = group.title](bool expanded) {
            if (expanded) {
                folded_.erase(title);
            } else {
                folded_.insert(title);
            }
            activate_timer_.start();
        });
        sections_layout_->addWidget(section);
        sections_.push_back(section);
    }
    sections_layout_->addStretch(1);
    showEmptyState();
    activate_timer_.start();
    Q_EMIT cardsChanged();
}

void CurvesPage::showEmptyState() {
    const bool has_series = catalogue_ && !catalogue_->metrics().empty();
    stack_->setCurrentWidget(has_series ? content_ : empty_);
    if (has_series) Q_EMIT statusText(tr("%1 of %2 metrics").arg(shown_.size()).arg(catalogue_->metrics().size()));
}

void CurvesPage::connectCard(CurveCard* card) {
    connect(card, &CurveCard::xRangeChanged, this, &CurvesPage::linkRange);
    connect(card, &CurveCard::cursorMoved, this, &CurvesPage::linkCursor);
    connect(card, &CurveCard::hovered, this, [this](CurveCard* from, const QList<HoverRow>& rows) {
        if (!rows.isEmpty()) hovered_ = rows;
        if (from == full_card_) values_->setCursor(rows);
    });
    connect(card, &CurveCard::fixedCursorsChanged, this,
            [this](CurveCard*, const std::vector<double>& cursors) { linkFixedCursors(cursors); });
    connect(card, &CurveCard::expandRequested, this, [this](CurveCard* from) {
        if (from == full_card_) {
            showGrid();
        } else {
            showFull(from->id());
        }
    });
    connect(card, &CurveCard::menuRequested, this, &CurvesPage::showCardMenu);
    connect(card, &CurveCard::titleEdited, this, [this](CurveCard* from, const QString& title) {
        FigureChart figure = from->figure();
        figure.title = utf8(title);
        changeCharts([&](ChartCollection& charts) { charts.change(from->id(), figure); }, tr("Name a chart"));
    });
    connect(card, &CurveCard::scaleToggled, this, [this](CurveCard* from, Qt::Orientation axis, AxisScale scale) {
        const auto place = own_scales_.try_emplace(from->id(), settings_.x_scale, settings_.y_scale).first;
        (axis == Qt::Horizontal ? place->second.first : place->second.second) = scale;
        from->setSettings(settingsOf(from->id()));
    });
    connect(card, &CurveCard::runClicked, this, &CurvesPage::highlight);
    connect(card, &CurveCard::dataChanged, this, [this](CurveCard* from) {
        if (from != full_card_) return;
        showLegend();
        showValues();
    });
}

void CurvesPage::highlight(qint64 line, Qt::KeyboardModifiers modifiers) {
    std::vector<RunId> clicked{RunId(line)};
    for (const CurveGroup& group : scene_->groups)
        if (group.drawn_as.id == RunId(line)) clicked = group.runs;
    std::vector<RunId> runs;
    if (modifiers.testFlag(Qt::ControlModifier)) runs = services_.selection().highlightedRuns();
    const auto known = [&](RunId run) { return std::ranges::find(runs, run) != runs.end(); };
    if (std::ranges::all_of(clicked, known)) {
        std::erase_if(runs, [&](RunId run) { return std::ranges::find(clicked, run) != clicked.end(); });
    } else {
        std::ranges::copy_if(clicked, std::back_inserter(runs), [&](RunId run) { return !known(run); });
    }
    services_.selection().setHighlightedRuns(std::move(runs));
}

void CurvesPage::shareScene() {
    if (!catalogue_) return;
    scene_ = scene_of(services_.selection(), catalogue_);
    tool_bar_->setGrouped(!services_.selection().groups().empty());
    settings_.groups.by = services_.selection().groupKey();
    shareSettings();
    for (const auto& [id, card] : cards_)
        card->setScene(scene_);
    showHighlights();
    showFollow();
}

void CurvesPage::activateVisible() {
    if (!isVisible() || views_->currentWidget() != scroll_) return;
    const QRect seen = scroll_->viewport()->rect();
    const QRect kept = seen.adjusted(0, -kept_screens * seen.height(), 0, kept_screens * seen.height());
    for (const auto& [id, card] : cards_) {
        if (card == full_card_) continue;
        const QRect place(card->mapTo(scroll_->widget(), QPoint()) - QPoint(0, scroll_->verticalScrollBar()->value()),
                          card->size());
        if (!card->isVisibleTo(scroll_->widget()) || !place.intersects(kept)) {
            card->setActive(false);
        } else if (place.intersects(seen) && card->chart() == nullptr) {
            card->setLinkedRange(linked_range_);
            card->setActive(true);
            card->chart()->setFixedCursors(fixed_cursors_);
        }
    }
}

void CurvesPage::react(const ChangeSet& changes) {
    for (const SeriesId series : changes.series)
        cache_->invalidate(series);
    if (changes.runs) cache_->invalidate_runs();
    if (changes.everything) cache_->clear();
    bool unknown_series = false;
    std::set<std::string_view> grown;
    for (const SeriesId series : changes.series) {
        const std::string_view metric = catalogue_ ? catalogue_->metric_of(series) : std::string_view();
        unknown_series |= metric.empty();
        grown.insert(metric);
    }
    for (const auto& [id, card] : cards_)
        if (std::ranges::any_of(grown, [card](std::string_view metric) { return card->shows(metric); })) card->reload();
    if (following_ && !changes.series.empty()) askForLatest();
    if ((changes.everything || changes.runs || unknown_series) && !reload_timer_.isActive()) reload_timer_.start();
}

void CurvesPage::linkRange(CurveCard* from) {
    if (from->chart() == nullptr) return;
    const bool zoomed = from->chart()->isZoomed(Qt::Horizontal);
    following_ = false;
    setLinkedRange(zoomed ? std::optional(from->chart()->range().x) : std::nullopt, from);
}

void CurvesPage::linkCursor(CurveCard* from, double x) {
    const std::optional<double> cursor = std::isnan(x) ? std::nullopt : std::optional(x);
    for (const auto& [id, card] : cards_)
        if (card != from && card->chart() != nullptr) card->chart()->setLinkedCursor(cursor);
}

void CurvesPage::showHighlights() {
    QList<qint64> ids;
    for (const RunId run : services_.selection().highlightedRuns())
        ids << run.value;
    if (scene_)
        for (const CurveGroup& group : scene_->groups)
            if (std::ranges::any_of(group.runs, [&](RunId run) { return ids.contains(run.value); }))
                ids << group.drawn_as.id.value;
    for (const auto& [id, card] : cards_)
        card->setHighlighted(ids);
}

std::vector<CurveCard*> CurvesPage::cards() const {
    std::vector<CurveCard*> cards;
    for (const std::string& id : shown_)
        cards.push_back(cards_.at(id));
    return cards;
}

void CurvesPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    activate_timer_.start();
}

void CurvesPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    activate_timer_.start();
}

} // namespace isoloss
