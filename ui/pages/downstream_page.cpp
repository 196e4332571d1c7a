#include "ui/pages/downstream_page_p.h"

#include "engine/store/project.h"
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
#include "widgets/flow_layout.h"

#include <QAction>
#include <QJsonDocument>
#include <QJsonObject>
#include <QPushButton>
#include <QStackedLayout>
#include <QToolButton>
#include <QUndoCommand>
#include <QVBoxLayout>
#include <algorithm>

namespace isoloss {
namespace {

constexpr int reload_delay_ms = 150;
constexpr int analysis_delay_ms = 40;

} // namespace

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
      size_chip_(new ChipButton(tr("size"), content_)), score_chip_(new ChipButton(tr("score"), content_)),
      options_(new QToolButton(content_)), export_(new QPushButton(tr("Export…"), content_)),
      chart_(new ChartView(content_)), legend_(new ChartLegend(content_)), tip_(new PointTip(chart_)) {
    setAccessibleName(tr("Loss vs Downstream"));
    chart_->setAccessibleName(tr("Loss against downstream scores"));
    chart_->setUndoStack(&services_.undo());
    chart_->viewport()->installEventFilter(this);

    auto* chips = new FlowLayout;
    chips->setSpacing(Theme::unit);
    for (ChipButton* chip : {x_chip_, y_chip_, colour_chip_, lines_chip_, size_chip_, score_chip_})
        chips->addWidget(chip);
    chips->addWidget(options_);
    chips->addTrailing(new ViewMenu(services_, *this, "downstream", content_));
    chips->addTrailing(export_);
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
    connect(size_chip_, &ChipButton::chosen, this, [this](const QVariant& value) {
        FigureSpec spec = spec_;
        spec.size_by = utf8(value.toString());
        changeSpec(std::move(spec), tr("size"));
    });
    connect(score_chip_, &ChipButton::chosen, this, [this](const QVariant& value) {
        if (const auto key = key_with_metric(spec_.y, utf8(value.toString()))) chooseY(qtext(*key));
    });
    connect(legend_, &ChartLegend::entryClicked, this, [this](int index) {
        const auto& entries = figure_.chart.legend;
        if (index < 0 || static_cast<std::size_t>(index) >= entries.size()) return;
        const LegendEntry& entry = entries[static_cast<std::size_t>(index)];
        if (entry.size || !entry.color.isValid()) return;
        const QColor color = entry.color;
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
        wanted_.reset();
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

void DownstreamPage::setTheme(const Theme& theme) {
    for (ChipButton* chip : {x_chip_, y_chip_, colour_chip_, lines_chip_, size_chip_, score_chip_})
        chip->setTheme(theme);
    chart_->setTheme(theme);
    legend_->setTheme(theme);
    tip_->setTheme(theme);
    empty_->setTheme(theme);
    unmeasured_->setTheme(theme);
    panel_->setTheme(theme);
    rebuild();
}

void DownstreamPage::changeSpec(FigureSpec spec, const QString& undoText) {
    if (spec == spec_) return;
    services_.undo().push(new SpecCommand(this, spec_, std::move(spec), undoText));
}

void DownstreamPage::applySpec(FigureSpec spec) {
    wanted_.reset(); // the user has gone on from there
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
        ChartData waiting;
        waiting.empty_text = tr("Reading the checkpoints…");
        chart_->setData(std::move(waiting));
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
        point.ringed = std::find(chosen.begin(), chosen.end(), CheckpointId(point.id)) != chosen.end();
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
    wanted_ = std::move(*spec);
    chart_->fit();
    if (choices_)
        takeChoices(choices_);
    else
        spec_ = *wanted_;
}

} // namespace isoloss
