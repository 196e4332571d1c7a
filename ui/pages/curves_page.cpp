#include "ui/pages/curves_page.h"

#include "engine/store/project.h"
#include "ui/figures/value_text.h"
#include "ui/pages/card_grid.h"
#include "ui/pages/curve_card.h"
#include "ui/pages/export_popover.h"
#include "ui/pages/metric_sections.h"
#include "ui/pages/view_menu.h"
#include "ui/ui_services.h"
#include "widgets/chart_legend.h"
#include "widgets/chip_button.h"
#include "widgets/collapsible_section.h"
#include "widgets/empty_state.h"

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
#include <QStackedLayout>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace isoloss {
namespace {

constexpr int reload_delay_ms = 200;
constexpr int smoothing_delay_ms = 60;
constexpr int smoothing_steps = 100;
constexpr std::size_t most_exported = 12;
/// Charts this many screens away from what is seen are let go.
constexpr int kept_screens = 2;
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
      log_x_(new QToolButton(content_)), log_y_(new QToolButton(content_)),
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

void CurvesPage::makeToolBar(QVBoxLayout* layout) {
    search_->setPlaceholderText(tr("Search metrics"));
    search_->setAccessibleName(tr("Search metrics"));
    search_->setClearButtonEnabled(true);
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
    export_->setToolTip(tr("Save or copy the charts on the screen (Ctrl+E)"));
    connect(export_, &QPushButton::clicked, this, &CurvesPage::exportFigure);

    auto* bar = new QHBoxLayout;
    bar->setContentsMargins(0, 0, 14, 0);
    bar->setSpacing(Theme::unit);
    bar->addWidget(search_);
    bar->addWidget(x_chip_);
    bar->addSpacing(Theme::unit);
    bar->addWidget(smoothing_label);
    bar->addWidget(smoothing_);
    bar->addWidget(smoothing_text_);
    bar->addSpacing(Theme::unit);
    bar->addWidget(log_x_);
    bar->addWidget(log_y_);
    bar->addStretch();
    bar->addWidget(new ViewMenu(services_, *this, "curves", content_));
    bar->addWidget(export_);
    layout->addLayout(bar);
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
    add(tr("Search metrics"), Qt::CTRL | Qt::Key_F, [this] { search_->setFocus(Qt::ShortcutFocusReason); });
    add(tr("Copy the values under the cursor"), QKeySequence::Copy, [this] { copyHovered(); });
    add(tr("Export…"), Qt::CTRL | Qt::Key_E, [this] { exportFigure(); });
    add(tr("Fit all charts"), Qt::Key_0, [this] {
        linked_range_.reset();
        for (const auto& [metric, card] : cards_) {
            card->setLinkedRange(std::nullopt);
            if (card->chart() != nullptr) card->chart()->fit();
        }
    });
}

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

void CurvesPage::shareSources() {
    if (!catalogue_) return;
    const std::vector<RunRecord>& runs = *services_.selection().shownRuns();
    std::map<RunId, const RunRecord*> shown;
    for (const RunRecord& run : runs)
        shown[run.id] = &run;
    std::map<std::string, std::map<RunId, const SeriesRecord*>> by_metric;
    for (const SeriesRecord& series : catalogue_->series)
        if (shown.contains(series.run)) by_metric[series.name][series.run] = &series;
    for (const auto& [metric, card] : cards_) {
        std::vector<CurveSource> sources;
        const auto series = by_metric.find(metric);
        for (std::size_t i = 0; series != by_metric.end() && i < runs.size(); ++i) {
            const auto found = series->second.find(runs[i].id);
            if (found != series->second.end()) sources.push_back({runs[i], *found->second});
        }
        card->setSources(std::move(sources));
    }
    showHighlights();
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
    for (const SeriesId series : changes.series) {
        bool known = false;
        for (const auto& [metric, card] : cards_) {
            if (!card->shows(series)) continue;
            known = true;
            card->reload();
        }
        unknown_series |= !known;
    }
    if ((changes.everything || changes.runs || unknown_series) && !reload_timer_.isActive()) reload_timer_.start();
}

void CurvesPage::linkRange(CurveCard* from) {
    if (from->chart() == nullptr) return;
    const bool zoomed = from->chart()->isZoomed();
    linked_range_ = zoomed ? std::optional(from->chart()->range().x) : std::nullopt;
    for (const auto& [metric, card] : cards_)
        if (card != from) card->setLinkedRange(linked_range_);
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

void CurvesPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    activate_timer_.start();
}

void CurvesPage::resizeEvent(QResizeEvent* event) {
    Page::resizeEvent(event);
    activate_timer_.start();
}

} // namespace isoloss
