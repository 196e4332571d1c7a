#include "ui/pages/curves_page.h"

#include "engine/store/project.h"
#include "ui/figures/value_text.h"
#include "ui/pages/card_grid.h"
#include "ui/pages/curve_card.h"
#include "ui/pages/metric_sections.h"
#include "ui/ui_services.h"
#include "widgets/chart_legend.h"
#include "widgets/chip_button.h"
#include "widgets/collapsible_section.h"
#include "widgets/empty_state.h"

#include <QHBoxLayout>
#include <QJsonObject>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSlider>
#include <QStackedLayout>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace isoloss {
namespace {

constexpr int reload_delay_ms = 200;
constexpr int smoothing_delay_ms = 60;
/// Charts this many screens away from what is seen are let go.
constexpr int kept_screens = 2;

} // namespace

/// The series of the project, by metric.
struct CurvesPage::Catalogue {
    std::vector<SeriesRecord> series;
    std::vector<std::string> metrics;
};

CurvesPage::CurvesPage(UiServices& services, QWidget* parent)
    : Page(parent), services_(services), cache_(std::make_shared<SharedSeriesCache>()), content_(new QWidget(this)),
      empty_(new EmptyState(this)), stack_(new QStackedLayout(this)), views_(new QStackedLayout),
      scroll_(new QScrollArea(content_)), sections_widget_(new QWidget), sections_layout_(new QVBoxLayout),
      full_(new QWidget(content_)), full_layout_(new QVBoxLayout(full_)), full_legend_(new ChartLegend(full_)),
      full_hint_(new QLabel(full_)), search_(new QLineEdit(content_)), x_chip_(new ChipButton(tr("x"), content_)),
      smoothing_(new QSlider(Qt::Horizontal, content_)), smoothing_text_(new QLabel(content_)),
      log_x_(new QToolButton(content_)), log_y_(new QToolButton(content_)), follow_(new QToolButton(content_)),
      export_(new QPushButton(tr("Export…"), content_)) {
    setAccessibleName(tr("Curves"));
    settings_.kind = FigureKind::curves;

    auto* layout = new QVBoxLayout(content_);
    layout->setContentsMargins(14, 12, 0, 0);
    layout->setSpacing(Theme::unit);
    makeToolBar(layout);
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

    auto* back = new QToolButton(full_);
    back->setText(tr("← All charts"));
    back->setToolTip(tr("Back to the grid (Esc)"));
    connect(back, &QToolButton::clicked, this, &CurvesPage::showGrid);
    auto* full_header = new QHBoxLayout;
    full_header->setSpacing(Theme::unit);
    full_header->addWidget(back);
    full_header->addWidget(full_hint_);
    full_header->addStretch();
    full_layout_->setContentsMargins(0, 0, 14, 12);
    full_layout_->setSpacing(Theme::unit);
    full_layout_->addLayout(full_header);
    full_layout_->addWidget(full_legend_);
    views_->addWidget(full_);

    stack_->addWidget(content_);
    stack_->addWidget(empty_);
    empty_->setTitle(tr("No curves yet"));
    empty_->setText(tr("Drop a folder with event files on the window: every metric becomes a chart here."));
    makeActions();

    reload_timer_.setSingleShot(true);
    reload_timer_.setInterval(reload_delay_ms);
    connect(&reload_timer_, &QTimer::timeout, this, &CurvesPage::loadCatalogue);
    activate_timer_.setSingleShot(true);
    activate_timer_.setInterval(0);
    connect(&activate_timer_, &QTimer::timeout, this, &CurvesPage::activateVisible);
    smoothing_timer_.setSingleShot(true);
    smoothing_timer_.setInterval(smoothing_delay_ms);
    connect(&smoothing_timer_, &QTimer::timeout, this, &CurvesPage::shareSettings);
    connect(scroll_->verticalScrollBar(), &QScrollBar::valueChanged, this, [this] { activate_timer_.start(); });
    connect(scroll_->verticalScrollBar(), &QScrollBar::rangeChanged, this, [this] { activate_timer_.start(); });

    connect(&services_.bridge(), &EngineBridge::projectChanged, this, [this] {
        catalogue_.reset();
        {
            const std::lock_guard lock(cache_->mutex);
            cache_->cache.clear();
        }
        linked_range_.reset();
        own_scales_.clear();
        showGrid();
        loadCatalogue();
    });
    connect(&services_.bridge(), &EngineBridge::changed, this, &CurvesPage::react);
    connect(&services_.selection(), &Selection::shownRunsChanged, this, &CurvesPage::shareSources);
    connect(&services_.selection(), &Selection::highlightedRunsChanged, this, &CurvesPage::showHighlights);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &CurvesPage::setTheme);
    setTheme(services_.theme().theme());
    loadCatalogue();
}

CurvesPage::~CurvesPage() = default;

void CurvesPage::setTheme(const Theme& theme) {
    x_chip_->setTheme(theme);
    empty_->setTheme(theme);
    full_legend_->setTheme(theme);
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    full_hint_->setPalette(muted);
    for (CollapsibleSection* section : sections_)
        section->setTheme(theme);
    for (const auto& [metric, card] : cards_)
        card->setTheme(theme);
}

void CurvesPage::loadCatalogue() {
    if (services_.bridge().project() == nullptr) {
        catalogue_.reset();
        arrange();
        return;
    }
    services_.bridge().query<Catalogue>(
        catalogue_channel_,
        [](Reader& reader) -> Expected<Catalogue> {
            Catalogue catalogue;
            ISOLOSS_TRY(catalogue.series, reader.series());
            std::set<std::string> names;
            for (const SeriesRecord& series : catalogue.series)
                names.insert(series.name);
            catalogue.metrics.assign(names.begin(), names.end());
            return catalogue;
        },
        this,
        [this](const QueryAnswer<Catalogue>& catalogue) {
            if (catalogue) {
                takeCatalogue(*catalogue);
            } else {
                services_.showError(catalogue.error());
            }
        });
}

void CurvesPage::takeCatalogue(std::shared_ptr<const Catalogue> catalogue) {
    const bool same_metrics = catalogue_ && catalogue_->metrics == catalogue->metrics;
    catalogue_ = std::move(catalogue);
    if (!same_metrics) arrange();
    shareSources();
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
    if (catalogue_) known.insert(catalogue_->metrics.begin(), catalogue_->metrics.end());
    for (auto card = cards_.begin(); card != cards_.end();) {
        card->second->setParent(sections_widget_); // the section that held it goes
        card->second->hide();
        if (known.contains(card->first)) {
            ++card;
            continue;
        }
        if (card->second == full_card_) showGrid();
        std::erase_if(card_of_, [gone = card->second](const auto& entry) { return entry.second == gone; });
        card->second->deleteLater();
        card = cards_.erase(card);
    }
    const Theme& theme = services_.theme().theme();
    for (const MetricSection& group :
         metric_sections(catalogue_ ? catalogue_->metrics : std::vector<std::string>(), search_->text())) {
        auto* section = new CollapsibleSection(QStringLiteral("%1 · %2").arg(group.title).arg(group.metrics.size()));
        auto* grid = new CardGrid;
        std::vector<QWidget*> widgets;
        for (const std::string& metric : group.metrics) {
            CurveCard*& card = cards_[metric];
            if (card == nullptr) {
                card = new CurveCard(services_, cache_, metric);
                card->setSettings(settingsOf(metric));
                connectCard(card);
            }
            shown_.push_back(metric);
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
    const bool has_series = catalogue_ && !catalogue_->metrics.empty();
    stack_->setCurrentWidget(has_series ? content_ : empty_);
    if (has_series && catalogue_)
        Q_EMIT statusText(tr("%1 of %2 metrics").arg(shown_.size()).arg(catalogue_->metrics.size()));
}

void CurvesPage::connectCard(CurveCard* card) {
    connect(card, &CurveCard::xRangeChanged, this, &CurvesPage::linkRange);
    connect(card, &CurveCard::cursorMoved, this, &CurvesPage::linkCursor);
    connect(card, &CurveCard::hovered, this, [this](CurveCard*, const QList<HoverRow>& rows) {
        if (!rows.isEmpty()) hovered_ = rows;
    });
    connect(card, &CurveCard::expandRequested, this, [this](CurveCard* from) {
        if (from == full_card_) {
            showGrid();
        } else {
            showFull(from->metric());
        }
    });
    connect(card, &CurveCard::exportRequested, this, [this](CurveCard* from) { exportMetrics({from->metric()}); });
    connect(card, &CurveCard::scaleToggled, this, [this](CurveCard* from, Qt::Orientation axis, AxisScale scale) {
        const auto place = own_scales_.try_emplace(from->metric(), settings_.x_scale, settings_.y_scale).first;
        (axis == Qt::Horizontal ? place->second.first : place->second.second) = scale;
        from->setSettings(settingsOf(from->metric()));
    });
    connect(card, &CurveCard::runClicked, this, [this](qint64 run, Qt::KeyboardModifiers modifiers) {
        std::vector<RunId> runs;
        if (modifiers.testFlag(Qt::ControlModifier)) runs = services_.selection().highlightedRuns();
        const auto known = std::find(runs.begin(), runs.end(), RunId(run));
        if (known != runs.end()) {
            runs.erase(known);
        } else {
            runs.emplace_back(run);
        }
        services_.selection().setHighlightedRuns(std::move(runs));
    });
    connect(card, &CurveCard::dataChanged, this, [this](CurveCard* from) {
        if (from == full_card_) full_legend_->setEntries(from->legend(), from->note());
    });
}

void CurvesPage::shareSources() {
    if (!catalogue_) return;
    const std::vector<RunRecord>& runs = *services_.selection().shownRuns();
    std::map<RunId, const RunRecord*> shown;
    for (const RunRecord& run : runs)
        shown[run.id] = &run;
    std::map<std::string, std::map<RunId, const SeriesRecord*>> by_metric;
    for (const SeriesRecord& series : catalogue_->series)
        if (shown.contains(series.run)) by_metric[series.name][series.run] = &series;
    card_of_.clear();
    for (const auto& [metric, card] : cards_) {
        std::vector<CurveSource> sources;
        const auto series = by_metric.find(metric);
        for (std::size_t i = 0; series != by_metric.end() && i < runs.size(); ++i) {
            const auto found = series->second.find(runs[i].id);
            if (found == series->second.end()) continue;
            sources.push_back({runs[i], *found->second});
            card_of_[found->second->id] = card;
        }
        card->setSources(std::move(sources));
    }
    showHighlights();
    showFollow();
}

void CurvesPage::activateVisible() {
    if (!isVisible() || views_->currentWidget() != scroll_) return;
    const QRect seen = scroll_->viewport()->rect();
    const QRect kept = seen.adjusted(0, -kept_screens * seen.height(), 0, kept_screens * seen.height());
    for (const auto& [metric, card] : cards_) {
        if (card == full_card_) continue;
        const QRect place(card->mapTo(scroll_->widget(), QPoint()) - QPoint(0, scroll_->verticalScrollBar()->value()),
                          card->size());
        if (!card->isVisibleTo(scroll_->widget()) || !place.intersects(kept)) {
            card->setActive(false);
        } else if (place.intersects(seen) && card->chart() == nullptr) {
            card->setLinkedRange(linked_range_);
            card->setActive(true);
        }
    }
}

void CurvesPage::react(const ChangeSet& changes) {
    if (!changes.series.empty()) {
        const std::lock_guard lock(cache_->mutex);
        for (const SeriesId series : changes.series)
            cache_->cache.invalidate(series);
    }
    if (changes.everything) {
        const std::lock_guard lock(cache_->mutex);
        cache_->cache.clear();
    }
    bool unknown_series = false;
    std::set<CurveCard*> grown;
    for (const SeriesId series : changes.series) {
        const auto card = card_of_.find(series);
        unknown_series |= card == card_of_.end();
        if (card != card_of_.end()) grown.insert(card->second);
    }
    for (CurveCard* card : grown)
        card->reload();
    if ((changes.everything || changes.runs || unknown_series) && !reload_timer_.isActive()) reload_timer_.start();
}

void CurvesPage::linkRange(CurveCard* from) {
    if (from->chart() == nullptr) return;
    const bool zoomed = from->chart()->isZoomed();
    linked_range_ = zoomed ? std::optional(from->chart()->range().x) : std::nullopt;
    for (const auto& [metric, card] : cards_)
        if (card != from) card->setLinkedRange(linked_range_);
    showFollow();
}

void CurvesPage::linkCursor(CurveCard* from, double x) {
    const std::optional<double> cursor = std::isnan(x) ? std::nullopt : std::optional(x);
    for (const auto& [metric, card] : cards_)
        if (card != from && card->chart() != nullptr) card->chart()->setLinkedCursor(cursor);
}

void CurvesPage::showHighlights() {
    QList<qint64> ids;
    for (const RunId run : services_.selection().highlightedRuns())
        ids << run.value;
    for (const auto& [metric, card] : cards_)
        card->setHighlighted(ids);
}

std::vector<CurveCard*> CurvesPage::cards() const {
    std::vector<CurveCard*> cards;
    for (const std::string& metric : shown_)
        cards.push_back(cards_.at(metric));
    return cards;
}

void CurvesPage::showFull(const std::string& metric) {
    const auto found = cards_.find(metric);
    if (found == cards_.end() || found->second == full_card_) return;
    if (full_card_ != nullptr) showGrid();
    full_card_ = found->second;
    full_layout_->insertWidget(1, full_card_, 1);
    full_card_->show();
    full_hint_->setText(tr("Esc goes back"));
    full_card_->setLinkedRange(linked_range_);
    full_card_->setActive(true);
    full_legend_->setEntries(full_card_->legend(), full_card_->note());
    views_->setCurrentWidget(full_);
    if (full_card_->chart() != nullptr) full_card_->chart()->setFocus();
}

void CurvesPage::showGrid() {
    if (full_card_ == nullptr) return;
    full_layout_->removeWidget(full_card_);
    full_card_ = nullptr;
    views_->setCurrentWidget(scroll_);
    arrange();
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
