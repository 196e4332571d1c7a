#include "ui/pages/downstream_page.h"

#include "engine/store/project.h"
#include "ui/figures/comparability.h"
#include "ui/figures/value_text.h"
#include "ui/pages/export_popover.h"
#include "ui/pages/plane_defaults.h"
#include "ui/pages/point_tip.h"
#include "ui/pages/view_menu.h"
#include "ui/ui_services.h"
#include "widgets/chart_legend.h"
#include "widgets/chart_view.h"
#include "widgets/chip_button.h"
#include "widgets/empty_state.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMenu>
#include <QMouseEvent>
#include <QPushButton>
#include <QStackedLayout>
#include <QToolButton>
#include <QUndoCommand>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>
#include <set>

namespace isoloss {
namespace {

constexpr int reload_delay_ms = 150;
constexpr int analysis_delay_ms = 40;
constexpr std::size_t most_analysis_keys = 48;
constexpr double selected_size = 10;

bool explains(const QuantityChoice& choice) {
    return choice.checkpoints > 0 && choice.group != "Scores" && choice.group != "Means" && choice.group != "Series" &&
           choice.key != "step" && choice.key != "run" && !is_loss_like(choice.key);
}

} // namespace

/// What the project offers for the axes.
struct DownstreamPage::Choices {
    std::vector<QuantityChoice> list;
    std::map<std::string, QuantityId, std::less<>> ids; ///< of stored quantities

    const QuantityChoice* find(const std::string& key) const {
        const auto found =
            std::find_if(list.begin(), list.end(), [&](const QuantityChoice& choice) { return choice.key == key; });
        return found == list.end() ? nullptr : &*found;
    }
};

struct DownstreamPage::Table {
    CheckpointTable table;
    std::string warning;
};

/// One change of what the plane shows; moves of the band merge while they follow each other.
class DownstreamPage::SpecCommand final : public QUndoCommand {
public:
    SpecCommand(DownstreamPage* page, FigureSpec before, FigureSpec after, const QString& text)
        : QUndoCommand(text), page_(page), before_(std::move(before)), after_(std::move(after)) {}

    void undo() override {
        if (page_) page_->applySpec(before_);
    }

    void redo() override {
        if (page_) page_->applySpec(after_);
    }

    int id() const override { return only_band() ? 0x49534f42 : -1; }

    bool mergeWith(const QUndoCommand* other) override {
        const auto* next = static_cast<const SpecCommand*>(other);
        if (next->page_ != page_) return false;
        after_ = next->after_;
        return true;
    }

private:
    bool only_band() const {
        FigureSpec with_band = before_;
        with_band.band = after_.band;
        return before_.band && after_.band && with_band == after_;
    }

    QPointer<DownstreamPage> page_;
    FigureSpec before_, after_;
};

DownstreamPage::DownstreamPage(UiServices& services, QWidget* parent)
    : Page(parent), services_(services), panel_(new EqualLossPanel), content_(new QWidget(this)),
      empty_(new EmptyState(this)), unmeasured_(new EmptyState(this)), stack_(new QStackedLayout(this)),
      x_chip_(new ChipButton(tr("x"), content_)), y_chip_(new ChipButton(tr("y"), content_)),
      colour_chip_(new ChipButton(tr("colour"), content_)), lines_chip_(new ChipButton(tr("lines"), content_)),
      score_chip_(new ChipButton(tr("score"), content_)), options_(new QToolButton(content_)),
      export_(new QPushButton(tr("Export…"), content_)), chart_(new ChartView(content_)),
      legend_(new ChartLegend(content_)), tip_(new PointTip(chart_)) {
    setAccessibleName(tr("Loss vs Downstream"));
    chart_->setAccessibleName(tr("Loss against downstream scores"));
    chart_->setUndoStack(&services_.undo());
    chart_->viewport()->installEventFilter(this);

    auto* chips = new QHBoxLayout;
    chips->setSpacing(Theme::unit);
    for (ChipButton* chip : {x_chip_, y_chip_, colour_chip_, lines_chip_, score_chip_})
        chips->addWidget(chip);
    chips->addWidget(options_);
    chips->addStretch();
    chips->addWidget(new ViewMenu(services_, *this, "downstream", content_));
    chips->addWidget(export_);
    auto* layout = new QVBoxLayout(content_);
    layout->setContentsMargins(14, 12, 14, 12);
    layout->setSpacing(Theme::unit);
    layout->addLayout(chips);
    layout->addWidget(chart_, 1);
    layout->addWidget(legend_);
    stack_->addWidget(content_);
    stack_->addWidget(empty_);
    stack_->addWidget(unmeasured_);

    makeActions();
    makeOptionsMenu();
    connectChart();
    connect(x_chip_, &ChipButton::chosen, this, [this](const QVariant& value) { chooseX(value.toString()); });
    connect(y_chip_, &ChipButton::chosen, this, [this](const QVariant& value) { chooseY(value.toString()); });
    connect(colour_chip_, &ChipButton::chosen, this, [this](const QVariant& value) {
        FigureSpec spec = spec_;
        spec.colour = utf8(value.toString());
        changeSpec(std::move(spec), tr("colour"));
    });
    connect(lines_chip_, &ChipButton::chosen, this, [this](const QVariant& value) {
        FigureSpec spec = spec_;
        spec.lines = utf8(value.toString());
        changeSpec(std::move(spec), tr("lines"));
    });
    connect(score_chip_, &ChipButton::chosen, this, [this](const QVariant& value) {
        if (const auto key = key_with_metric(spec_.y, utf8(value.toString()))) chooseY(qtext(*key));
    });
    connect(legend_, &ChartLegend::entryClicked, this, [this](int index) {
        const auto& entries = figure_.chart.legend;
        if (index < 0 || static_cast<std::size_t>(index) >= entries.size()) return;
        const QColor color = entries[static_cast<std::size_t>(index)].color;
        QList<qint64> ids;
        for (const ChartPoint& point : figure_.chart.points)
            if (point.color == color) ids << point.id << point.line;
        chart_->setHighlighted(ids);
    });

    connect(panel_.data(), &EqualLossPanel::bandEdited, this, [this](double centre, double halfWidth) {
        FigureSpec spec = spec_;
        spec.band = FigureBand{centre, halfWidth};
        changeSpec(std::move(spec), tr("band"));
    });
    connect(panel_.data(), &EqualLossPanel::checkpointSelected, this,
            [this](CheckpointId id) { selectCheckpoint(id, Qt::NoModifier); });
    connect(panel_.data(), &EqualLossPanel::checkpointInspected, this, &DownstreamPage::inspect);
    connect(panel_.data(), &EqualLossPanel::quantityChosen, this, [this](const QString& key) {
        FigureSpec spec = spec_;
        spec.colour = utf8(key);
        changeSpec(std::move(spec), tr("colour"));
    });

    reload_timer_.setSingleShot(true);
    reload_timer_.setInterval(reload_delay_ms);
    connect(&reload_timer_, &QTimer::timeout, this, &DownstreamPage::loadChoices);
    analysis_timer_.setSingleShot(true);
    analysis_timer_.setInterval(analysis_delay_ms);
    connect(&analysis_timer_, &QTimer::timeout, this, &DownstreamPage::analyse);

    connect(&services_.bridge(), &EngineBridge::projectChanged, this, [this] {
        choices_.reset();
        table_.reset();
        figure_ = {};
        spec_ = {};
        band_offered_ = false;
        loadChoices();
    });
    connect(&services_.bridge(), &EngineBridge::changed, this, [this](const ChangeSet& changes) {
        const bool series_used =
            !changes.series.empty() && (spec_.x.starts_with("series:") || spec_.y.starts_with("series:"));
        const bool concerns = changes.everything || changes.runs || changes.checkpoints || changes.quantities ||
                              changes.values || series_used;
        if (concerns && !reload_timer_.isActive()) reload_timer_.start();
    });
    connect(&services_.selection(), &Selection::shownRunsChanged, this, [this] {
        if (!reload_timer_.isActive()) reload_timer_.start();
    });
    connect(&services_.selection(), &Selection::highlightedRunsChanged, this, &DownstreamPage::showHighlights);
    connect(&services_.selection(), &Selection::checkpointsChanged, this, [this] {
        const auto& chosen = services_.selection().checkpoints();
        panel_->setSelected(chosen.empty() ? CheckpointId() : chosen.back());
        rebuild();
    });
    connect(&services_.theme(), &ThemeController::themeChanged, this, &DownstreamPage::setTheme);
    setTheme(services_.theme().theme());
    loadChoices();
}

DownstreamPage::~DownstreamPage() {
    delete panel_.data();
}

QWidget* DownstreamPage::sidePanel() {
    return panel_;
}

void DownstreamPage::makeActions() {
    const auto add = [this](const QString& text, const QKeySequence& key, auto slot) {
        auto* action = new QAction(text, this);
        action->setShortcut(key);
        action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
        connect(action, &QAction::triggered, this, slot);
        addAction(action);
        return action;
    };
    band_action_ = add(tr("Band of equal loss"), Qt::Key_B, [this] { toggleBand(); });
    log_y_ = add(tr("Logarithmic y axis"), Qt::Key_L, [this] { toggleScale(Qt::Vertical); });
    log_x_ = add(tr("Logarithmic x axis"), Qt::SHIFT | Qt::Key_L, [this] { toggleScale(Qt::Horizontal); });
    reverse_x_ = add(tr("Reverse the x axis"), {}, [this] {
        FigureSpec spec = spec_;
        spec.x_order = figure_.chart.x.reversed ? AxisOrder::ascending : AxisOrder::descending;
        changeSpec(std::move(spec), tr("direction of x"));
    });
    errors_ = add(tr("Error bars"), Qt::Key_E, [this] {
        const bool shown = std::any_of(figure_.chart.points.begin(), figure_.chart.points.end(),
                                       [](const ChartPoint& point) { return point.x_error || point.y_error; });
        FigureSpec spec = spec_;
        spec.error_bars = shown ? ErrorBars::hidden : ErrorBars::shown;
        changeSpec(std::move(spec), tr("error bars"));
    });
    add(tr("Next score"), Qt::Key_S, [this] { nextScore(); });
    add(tr("Fit the plane"), Qt::Key_0, [this] { chart_->fit(); });
    copy_action_ = add(tr("Copy the table of the figure"), QKeySequence::Copy, [this] { copyTable(); });
    export_action_ = add(tr("Export…"), Qt::CTRL | Qt::Key_E, [this] { exportFigure(); });
    measure_action_ = new QAction(tr("Measure…"), this);
    connect(measure_action_, &QAction::triggered, &services_, &UiServices::showMeasure);
    for (QAction* action : {band_action_, log_x_, log_y_, reverse_x_, errors_})
        action->setCheckable(true);

    unmeasured_->addButton(measure_action_);
}

void DownstreamPage::makeOptionsMenu() {
    options_->setText(tr("Axes"));
    options_->setToolTip(tr("Scales, direction, error bars, band"));
    options_->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(options_);
    menu->addActions({log_x_, log_y_, reverse_x_});
    menu->addSeparator();
    menu->addActions({errors_, band_action_});
    options_->setMenu(menu);
    export_->setToolTip(tr("Save or copy the figure (Ctrl+E)"));
    connect(export_, &QPushButton::clicked, this, &DownstreamPage::exportFigure);
}

void DownstreamPage::connectChart() {
    connect(chart_, &ChartView::bandChanged, this, [this](double centre, double halfWidth) {
        FigureSpec spec = spec_;
        spec.band = FigureBand{centre, halfWidth};
        changeSpec(std::move(spec), tr("band"));
    });
    connect(chart_, &ChartView::pointClicked, this,
            [this](qint64 id, Qt::KeyboardModifiers modifiers) { selectCheckpoint(CheckpointId(id), modifiers); });
    connect(chart_, &ChartView::lineClicked, this, [this](qint64 id) {
        if (const RunId run = run_of_line(id); run.value != 0) services_.selection().setHighlightedRuns({run});
    });
    connect(chart_, &ChartView::isolateRequested, this, [this](qint64 id) {
        for (std::size_t i = 0; i < figure_.chart.points.size(); ++i) {
            const ChartPoint& point = figure_.chart.points[i];
            if (point.id != id && point.line != id) continue;
            services_.selection().setHighlightedRuns({table_->checkpoints[figure_.rows[i]].run});
            return;
        }
    });
    chart_->setHoverTableVisible(false); // the tip says more: standard errors
    connect(chart_, &ChartView::hovered, this, [this](const QList<HoverRow>& rows) {
        if (rows.isEmpty()) {
            tip_->hide();
        } else {
            showTip(CheckpointId(rows.front().id));
        }
    });
    connect(chart_, &ChartView::contextMenuRequested, this, &DownstreamPage::showContextMenu);
}

void DownstreamPage::setTheme(const Theme& theme) {
    for (ChipButton* chip : {x_chip_, y_chip_, colour_chip_, lines_chip_, score_chip_})
        chip->setTheme(theme);
    chart_->setTheme(theme);
    legend_->setTheme(theme);
    tip_->setTheme(theme);
    empty_->setTheme(theme);
    unmeasured_->setTheme(theme);
    panel_->setTheme(theme);
    rebuild();
}

void DownstreamPage::loadChoices() {
    if (services_.bridge().project() == nullptr) {
        choices_.reset();
        table_.reset();
        rebuild();
        return;
    }
    services_.bridge().query<Choices>(
        choices_channel_,
        [](Reader& reader) -> Expected<Choices> {
            Choices choices;
            ISOLOSS_TRY(choices.list, quantity_choices(reader));
            ISOLOSS_TRY(const std::vector<QuantityRecord> quantities, reader.quantities());
            for (const QuantityRecord& quantity : quantities)
                choices.ids[quantity.key] = quantity.id;
            return choices;
        },
        this,
        [this](const QueryAnswer<Choices>& answer) {
            if (answer) {
                takeChoices(*answer);
            } else {
                services_.showError(answer.error());
            }
        });
}

void DownstreamPage::takeChoices(std::shared_ptr<const Choices> choices) {
    choices_ = std::move(choices);
    analysis_keys_.clear();
    for (const QuantityChoice& choice : choices_->list)
        if (explains(choice) && analysis_keys_.size() < most_analysis_keys) analysis_keys_.push_back(choice.key);
    // What was restored may come from a project with other quantities.
    const auto known = [this](const std::string& key) {
        return key.empty() || key == "run" || key.starts_with("mean(") || choices_->find(key) != nullptr;
    };
    if (!known(spec_.colour)) spec_.colour = "run";
    if (!known(spec_.lines)) spec_.lines = "run";
    if (spec_.x.empty() || spec_.y.empty() || !known(spec_.x) || !known(spec_.y)) {
        const std::optional<PlaneAxes> axes = default_axes(choices_->list);
        spec_.x = axes ? axes->x : std::string();
        spec_.y = axes ? axes->y : std::string();
        spec_.x_scale = axes ? axes->x_scale : AxisScale::linear;
        spec_.band.reset();
        band_offered_ = false;
    }
    fillChips();
    loadTable();
}

void DownstreamPage::fillChips() {
    std::vector<ChipChoice> numbers, fields;
    fields.push_back({{}, tr("run"), {}, QStringLiteral("run")});
    for (const QuantityChoice& choice : choices_->list) {
        const ChipChoice entry{qtext(choice.group), qtext(choice.title), tr("%1").arg(count_text(choice.checkpoints)),
                               qtext(choice.key)};
        numbers.push_back(entry);
        if (choice.key != "run") fields.push_back(entry);
    }
    std::vector<ChipChoice> lines{{{}, tr("run"), {}, QStringLiteral("run")}, {{}, tr("none"), {}, QString()}};
    for (const ChipChoice& field : fields)
        if (field.group == QStringLiteral("Config")) lines.push_back(field);
    std::vector<ChipChoice> colours = fields;
    colours.push_back({{}, tr("none"), {}, QString()});
    x_chip_->setChoices(numbers);
    y_chip_->setChoices(std::move(numbers));
    colour_chip_->setChoices(std::move(colours));
    lines_chip_->setChoices(std::move(lines));
    fillScoreChip();
    for (const auto& [chip, key] : {std::pair{x_chip_, spec_.x}, std::pair{y_chip_, spec_.y},
                                    std::pair{colour_chip_, spec_.colour}, std::pair{lines_chip_, spec_.lines}}) {
        chip->setValue(qtext(key));
        if (key.empty()) chip->setValueText(tr("none"));
    }
}

void DownstreamPage::fillScoreChip() {
    static const std::map<std::string_view, const char*> kinds{{"acc", QT_TR_NOOP("hard")},
                                                               {"exact_match", QT_TR_NOOP("hard")},
                                                               {"acc_norm", QT_TR_NOOP("normalised")},
                                                               {"bits_per_byte", QT_TR_NOOP("soft")},
                                                               {"ppl", QT_TR_NOOP("soft")},
                                                               {"prob", QT_TR_NOOP("soft")}};
    std::set<std::string> metrics;
    for (const QuantityChoice& choice : choices_->list) {
        const std::string_view metric = metric_of_key(choice.key);
        if (metric.empty() || choice.group != "Scores") continue;
        const auto with = key_with_metric(spec_.y, metric);
        if (with && (spec_.y.starts_with("mean(") || choices_->find(*with) != nullptr))
            metrics.insert(std::string(metric));
    }
    std::vector<ChipChoice> choices;
    for (const std::string& metric : metrics) {
        const auto kind = kinds.find(metric);
        choices.push_back({{}, qtext(metric), kind == kinds.end() ? QString() : tr(kind->second), qtext(metric)});
    }
    score_chip_->setVisible(metrics.size() > 1);
    score_chip_->setChoices(std::move(choices));
    score_chip_->setValue(qtext(metric_of_key(spec_.y)));
}

void DownstreamPage::loadTable() {
    spec_.filter = utf8(services_.selection().filter());
    if (spec_.x.empty() || spec_.y.empty()) {
        table_.reset();
        rebuild();
        return;
    }
    std::vector<std::string> keys = scatter_keys(spec_);
    for (const std::string& key : analysis_keys_)
        if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
    services_.bridge().query<Table>(
        table_channel_,
        [filter = spec_.filter, keys, x = spec_.x](Reader& reader) -> Expected<Table> {
            Table result;
            ISOLOSS_TRY(result.table, load_checkpoint_table(reader, filter, keys));
            ISOLOSS_TRY(result.warning, comparability_warning(reader, result.table, x));
            return result;
        },
        this,
        [this](const QueryAnswer<Table>& answer) {
            if (!answer) return services_.showError(answer.error());
            table_ = std::shared_ptr<const CheckpointTable>(*answer, &(*answer)->table);
            warning_ = (*answer)->warning;
            rebuild();
        });
}

void DownstreamPage::changeSpec(FigureSpec spec, const QString& undoText) {
    if (spec == spec_) return;
    services_.undo().push(new SpecCommand(this, spec_, std::move(spec), undoText));
}

void DownstreamPage::applySpec(FigureSpec spec) {
    const bool same_columns = scatter_keys(spec) == scatter_keys(spec_);
    const bool same_axes =
        spec.x == spec_.x && spec.y == spec_.y && spec.x_scale == spec_.x_scale && spec.y_scale == spec_.y_scale;
    FigureSpec without_band = spec;
    without_band.band = spec_.band;
    const bool only_band = without_band == spec_ && table_ != nullptr;
    if (spec.x != spec_.x) band_offered_ = spec.band.has_value();
    spec_ = std::move(spec);
    if (only_band) {
        setBand(spec_.band);
        return;
    }
    if (choices_) fillChips();
    const bool have_columns =
        table_ != nullptr && std::all_of(scatter_keys(spec_).begin(), scatter_keys(spec_).end(),
                                         [this](const std::string& key) { return table_->column(key) != nullptr; });
    if (same_columns && have_columns) {
        rebuild();
    } else {
        loadTable();
    }
    if (!same_axes) chart_->fit();
}

void DownstreamPage::rebuild() {
    const Theme& theme = services_.theme().theme();
    if (!table_) {
        figure_ = {};
        showEmptyState();
        return;
    }
    figure_ = scatter_figure(*table_, spec_, theme);
    if (!warning_.empty()) {
        figure_.remarks.insert(figure_.remarks.begin(), warning_);
        figure_.chart.note += tr(" · not comparable");
    }
    placeDefaultBand();
    const auto& chosen = services_.selection().checkpoints();
    ChartData shown = figure_.chart;
    for (ChartPoint& point : shown.points)
        if (std::find(chosen.begin(), chosen.end(), CheckpointId(point.id)) != chosen.end()) point.size = selected_size;
    chart_->setData(std::move(shown));
    legend_->setEntries(figure_.chart.legend, figure_.chart.note);
    QString remarks;
    for (const std::string& remark : figure_.remarks)
        remarks += (remarks.isEmpty() ? QString() : QStringLiteral("\n")) + qtext(remark);
    legend_->setToolTip(remarks);
    log_x_->setChecked(spec_.x_scale == AxisScale::log);
    log_y_->setChecked(spec_.y_scale == AxisScale::log);
    reverse_x_->setChecked(figure_.chart.x.reversed);
    errors_->setChecked(std::any_of(figure_.chart.points.begin(), figure_.chart.points.end(),
                                    [](const ChartPoint& point) { return point.x_error || point.y_error; }));
    setBand(spec_.band);
    showHighlights();
    showEmptyState();
    Q_EMIT statusText(figure_.chart.note);
    Q_EMIT figureChanged();
}

void DownstreamPage::placeDefaultBand() {
    if (band_offered_ || figure_.chart.points.empty()) return;
    band_offered_ = true;
    if (!spec_.band && is_loss_like(spec_.x)) spec_.band = default_band(points());
    if (spec_.band) figure_.chart.band = ChartBand{spec_.band->centre, spec_.band->half_width};
}

std::vector<LossScorePoint> DownstreamPage::points() const {
    std::vector<LossScorePoint> result;
    std::map<RunId, std::size_t> runs;
    const QuantityColumn* x = table_->column(spec_.x);
    for (std::size_t i = 0; i < figure_.rows.size(); ++i) {
        const std::size_t row = figure_.rows[i];
        const CheckpointRecord& checkpoint = table_->checkpoints[row];
        LossScorePoint point;
        point.run = runs.try_emplace(checkpoint.run, runs.size()).first->second;
        point.step = checkpoint.step ? static_cast<double>(*checkpoint.step) : HUGE_VAL;
        point.loss = figure_.chart.points[i].x;
        point.loss_error = x->cells[row].standard_error;
        point.score = figure_.chart.points[i].y;
        result.push_back(point);
    }
    return result;
}

void DownstreamPage::setBand(const std::optional<FigureBand>& band) {
    figure_.chart.band = band ? std::optional<ChartBand>({band->centre, band->half_width}) : std::nullopt;
    if (chart_->band() != figure_.chart.band) chart_->setBand(figure_.chart.band);
    band_action_->setChecked(band.has_value());
    panel_->setBand(band);
    analysis_channel_.drop();
    if (band) analysis_timer_.start();
}

void DownstreamPage::toggleBand() {
    FigureSpec spec = spec_;
    if (spec.band) {
        spec.band.reset();
    } else if (table_) {
        spec.band = default_band(points());
    }
    changeSpec(std::move(spec), tr("band"));
    chart_->setBandFocus(spec_.band.has_value());
    if (spec_.band) chart_->setFocus();
}

void DownstreamPage::analyse() {
    if (!table_ || !spec_.band) return;
    std::vector<QuantityOfPoints> quantities;
    for (const std::string& key : analysis_keys_) {
        const QuantityColumn* column = table_->column(key);
        if (column == nullptr || column->is_text || key == spec_.x || key == spec_.y) continue;
        QuantityOfPoints quantity{key, {}};
        std::set<double> distinct;
        for (const std::size_t row : figure_.rows) {
            quantity.values.push_back(column->cells[row].value.value_or(std::nan("")));
            if (std::isfinite(quantity.values.back())) distinct.insert(quantity.values.back());
        }
        if (distinct.size() > 1) quantities.push_back(std::move(quantity));
    }
    services_.bridge().query<EqualLossReport>(
        analysis_channel_,
        [points = points(), quantities = std::move(quantities), band = *spec_.band](Reader&) {
            return Expected<EqualLossReport>(at_equal_loss(points, quantities, band.centre, band.half_width));
        },
        this,
        [this](const QueryAnswer<EqualLossReport>& report) {
            if (report && table_) showReport(**report);
        });
}

void DownstreamPage::showReport(const EqualLossReport& report) {
    EqualLossText text;
    text.report = report;
    if (!warning_.empty()) text.report.warning = warning_;
    text.quantities_offered = report.quantities_tried;
    const QuantityColumn* x = table_->column(spec_.x);
    const QuantityColumn* y = table_->column(spec_.y);
    text.loss_title = is_loss_like(spec_.x) ? tr("loss") : tr("x");
    text.score_title = tr("score");
    text.loss_unit = x == nullptr ? QString() : qtext(x->unit);
    std::set<RunId> runs;
    for (const std::size_t i : report.inside) {
        if (i >= figure_.rows.size()) return; // the figure has changed since; a newer report is on its way
        const std::size_t row = figure_.rows[i];
        const CheckpointRecord& checkpoint = table_->checkpoints[row];
        const ChartPoint& point = figure_.chart.points[i];
        runs.insert(checkpoint.run);
        text.inside.push_back({checkpoint.id, checkpoint_label(checkpoint), point.color, point.x, point.y,
                               y == nullptr ? std::nullopt : y->cells[row].standard_error});
    }
    text.runs_inside = static_cast<int>(runs.size());
    for (const EqualLossCorrelation& quantity : report.quantities) {
        const QuantityColumn* column = table_->column(quantity.key);
        text.quantity_titles.push_back(
            qtext(column == nullptr || column->title.empty() ? quantity.key : column->title));
    }
    panel_->setText(std::move(text));
    Q_EMIT reportChanged();
}

void DownstreamPage::showHighlights() {
    QList<qint64> ids;
    for (std::size_t i = 0; table_ && i < figure_.rows.size(); ++i) {
        const RunId run = table_->checkpoints[figure_.rows[i]].run;
        if (services_.selection().isHighlighted(run)) ids << figure_.chart.points[i].id << line_id(run);
    }
    chart_->setHighlighted(ids);
}

void DownstreamPage::showEmptyState() {
    const bool loading = services_.bridge().project() != nullptr && !choices_;
    if (loading || !figure_.chart.points.empty() || (table_ && !table_->checkpoints.empty())) {
        stack_->setCurrentWidget(content_);
        return;
    }
    const bool has_checkpoints = choices_ && !choices_->list.empty() &&
                                 std::any_of(choices_->list.begin(), choices_->list.end(),
                                             [](const QuantityChoice& choice) { return choice.checkpoints > 0; });
    if (table_ && !spec_.filter.empty()) {
        empty_->setTitle(tr("The filter hides every checkpoint"));
        empty_->setText(tr("No checkpoint passes %1").arg(qtext(spec_.filter)));
    } else if (has_checkpoints) {
        unmeasured_->setTitle(tr("No loss and score to compare yet"));
        unmeasured_->setText(tr("Import the results of an evaluation harness, or measure a loss and a task on the "
                                "checkpoints. Every checkpoint then becomes a point here."));
    } else {
        empty_->setTitle(tr("No checkpoints yet"));
        empty_->setText(tr("Drop a folder of checkpoints or of evaluation results on the window. Every checkpoint "
                           "becomes a point: its loss against its score."));
    }
    stack_->setCurrentWidget(has_checkpoints && spec_.filter.empty() ? unmeasured_ : empty_);
}

void DownstreamPage::toggleScale(Qt::Orientation axis) {
    FigureSpec spec = spec_;
    AxisScale& scale = axis == Qt::Horizontal ? spec.x_scale : spec.y_scale;
    scale = scale == AxisScale::log ? AxisScale::linear : AxisScale::log;
    changeSpec(std::move(spec), axis == Qt::Horizontal ? tr("scale of x") : tr("scale of y"));
}

void DownstreamPage::chooseX(const QString& key) {
    FigureSpec spec = spec_;
    spec.x = utf8(key);
    spec.x_scale = is_perplexity(spec.x) ? AxisScale::log : AxisScale::linear;
    spec.x_order = AxisOrder::automatic;
    spec.x_min = spec.x_max = std::nullopt;
    spec.band.reset();
    changeSpec(std::move(spec), tr("x axis"));
}

void DownstreamPage::chooseY(const QString& key) {
    FigureSpec spec = spec_;
    spec.y = utf8(key);
    spec.y_scale = is_perplexity(spec.y) ? AxisScale::log : AxisScale::linear;
    spec.y_min = spec.y_max = std::nullopt;
    changeSpec(std::move(spec), tr("y axis"));
}

void DownstreamPage::nextScore() {
    if (!choices_) return;
    std::set<std::string> metrics;
    for (const QuantityChoice& choice : choices_->list) {
        const std::string metric(metric_of_key(choice.key));
        const auto with = key_with_metric(spec_.y, metric);
        if (choice.group == "Scores" && with && (spec_.y.starts_with("mean(") || choices_->find(*with) != nullptr))
            metrics.insert(metric);
    }
    if (metrics.size() < 2) return;
    auto next = metrics.upper_bound(std::string(metric_of_key(spec_.y)));
    if (next == metrics.end()) next = metrics.begin();
    chooseY(qtext(*key_with_metric(spec_.y, *next)));
}

void DownstreamPage::selectCheckpoint(CheckpointId checkpoint, Qt::KeyboardModifiers modifiers) {
    std::vector<CheckpointId> chosen;
    if (modifiers.testFlag(Qt::ControlModifier)) {
        chosen = services_.selection().checkpoints();
        const auto known = std::find(chosen.begin(), chosen.end(), checkpoint);
        if (known != chosen.end()) {
            chosen.erase(known);
            services_.selection().setCheckpoints(std::move(chosen));
            return;
        }
    }
    chosen.push_back(checkpoint);
    services_.selection().setCheckpoints(std::move(chosen));
}

void DownstreamPage::inspect(CheckpointId checkpoint) {
    services_.selection().setCheckpoints({checkpoint});
    if (!choices_) return;
    const auto quantity = choices_->ids.find(spec_.y);
    if (quantity != choices_->ids.end()) services_.selection().inspectValue(checkpoint, quantity->second);
}

void DownstreamPage::copyTable() {
    const QString csv = chart_->chartTable().csv();
    QGuiApplication::clipboard()->setText(csv);
    services_.showMessage(tr("Copied the table of the figure"));
}

void DownstreamPage::showTip(CheckpointId checkpoint) {
    for (std::size_t i = 0; table_ && i < figure_.rows.size(); ++i) {
        const std::size_t row = figure_.rows[i];
        const CheckpointRecord& record = table_->checkpoints[row];
        if (record.id != checkpoint) continue;
        std::vector<std::pair<QString, QString>> rows;
        rows.emplace_back(tr("step"), record.step ? count_text(*record.step) : tr("final"));
        for (const std::string& key : {spec_.x, spec_.y, spec_.colour}) {
            const QuantityColumn* column = table_->column(key);
            if (column == nullptr) continue;
            const QString title = qtext(column->title.empty() ? column->key : column->title);
            const Cell& cell = column->cells[row];
            rows.emplace_back(title, column->is_text ? qtext(column->texts[row])
                                                     : number_with_error(cell.value, cell.standard_error));
        }
        tip_->showAt(chart_->mapFromGlobal(QCursor::pos()), qtext(record.run_name), figure_.chart.points[i].color,
                     rows);
        return;
    }
    tip_->hide();
}

void DownstreamPage::showContextMenu(const QPoint& global, const ChartHit& hit) {
    QMenu menu(this);
    if (hit.kind == ChartHit::Kind::point) {
        const CheckpointId checkpoint(hit.id);
        menu.addAction(tr("Inspect"), this, [this, checkpoint] { inspect(checkpoint); });
        menu.addAction(tr("Measure…"), this, [this, checkpoint] {
            services_.selection().setCheckpoints({checkpoint});
            services_.showMeasure();
        });
        const auto& chosen = services_.selection().checkpoints();
        if (!chosen.empty() && chosen.front() != checkpoint) {
            menu.addAction(tr("Compare with the selected one"), this, [this, checkpoint, first = chosen.front()] {
                services_.selection().setCheckpoints({first, checkpoint});
                services_.showPage(PageKind::compare);
            });
        }
        menu.addSeparator();
    }
    menu.addActions({band_action_, errors_, log_x_, log_y_, reverse_x_});
    menu.addSeparator();
    menu.addActions({copy_action_, export_action_});
    menu.exec(global);
}

bool DownstreamPage::eventFilter(QObject* watched, QEvent* event) {
    if (watched == chart_->viewport() && event->type() == QEvent::MouseButtonDblClick) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        const ChartHit hit = chart_->hitAt(mouse->position());
        if (hit.kind == ChartHit::Kind::point) {
            inspect(CheckpointId(hit.id));
            return true;
        }
    }
    return Page::eventFilter(watched, event);
}

void DownstreamPage::exportFigure() {
    if (!table_) return;
    if (popover_ == nullptr) popover_ = new ExportPopover(services_, this);
    FigureSpec spec = spec_;
    if (chart_->isZoomed()) {
        const ChartRange range = chart_->range();
        spec.x_min = range.x.min;
        spec.x_max = range.x.max;
        spec.y_min = range.y.min;
        spec.y_max = range.y.max;
    }
    popover_->open(export_, std::move(spec), tr("%1 against %2").arg(qtext(spec_.y), qtext(spec_.x)));
}

QJsonObject DownstreamPage::state() const {
    if (spec_.x.empty() || spec_.y.empty()) return {};
    return QJsonDocument::fromJson(QByteArray::fromStdString(recipe_json(spec_))).object();
}

void DownstreamPage::restoreState(const QJsonObject& state) {
    const QByteArray json = QJsonDocument(state).toJson();
    Expected<FigureSpec> spec = parse_recipe(std::string_view(json.constData(), static_cast<std::size_t>(json.size())));
    if (!spec || spec->kind != FigureKind::scatter) return;
    band_offered_ = true;
    applySpec(std::move(*spec));
}

} // namespace isoloss
