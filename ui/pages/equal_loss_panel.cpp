#include "ui/pages/equal_loss_panel.h"

#include "engine/base/number_text.h"
#include "ui/figures/value_text.h"
#include "ui/pages/correlation_rows.h"
#include "ui/plural.h"
#include "widgets/bar_rows.h"
#include "widgets/chart_data.h"
#include "widgets/delegates.h"
#include "widgets/elided_label.h"
#include "widgets/number_rows.h"

#include <QCoreApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QScrollArea>
#include <QTableView>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

namespace isoloss {
namespace {

constexpr std::size_t most_bars = 6;
constexpr qsizetype most_names = 3;
constexpr int least_table_height = 120;
constexpr int least_number_width = 48;
constexpr double rounding_noise = 1e-12; ///< of scores that were interpolated
constexpr int runs_for_test = 5;         ///< at_equal_loss() tests from this many runs on

QString bar_tool_tip(const EqualLossCorrelation& correlation, int tried) {
    QStringList lines{qtext(correlation.key)};
    if (correlation.correlation)
        lines << QCoreApplication::translate("EqualLossPanel", "r = %1 over %2 runs at equal loss")
                     .arg(signed_number(correlation.correlation))
                     .arg(correlation.runs);
    if (correlation.interval_low && correlation.interval_high)
        lines << QCoreApplication::translate("EqualLossPanel", "95 % interval %1 to %2")
                     .arg(signed_number(correlation.interval_low), signed_number(correlation.interval_high));
    if (correlation.permutation_p)
        lines << QCoreApplication::translate("EqualLossPanel", "p = %1 by permutation over runs")
                     .arg(short_number(correlation.permutation_p));
    if (correlation.holm_p)
        lines << QCoreApplication::translate("EqualLossPanel", "p = %1 corrected for %2 quantities (Holm)")
                     .arg(short_number(correlation.holm_p))
                     .arg(tried);
    if (correlation.partial)
        lines << QCoreApplication::translate("EqualLossPanel", "partial r = %1 over %2 checkpoints, descriptive")
                     .arg(signed_number(correlation.partial))
                     .arg(correlation.checkpoints);
    if (!correlation.reading.empty()) lines << qtext(correlation.reading);
    return lines.join(u'\n');
}

QLabel* caption_label(QWidget* parent) {
    auto* label = new QLabel(parent);
    label->setWordWrap(true);
    label->setProperty("caption", true);
    return label;
}

} // namespace

EqualLossPanel::EqualLossPanel(QWidget* parent)
    : QWidget(parent), caption_(caption_label(this)), centre_(new QLineEdit(this)), half_width_(new QLineEdit(this)),
      reading_(new QLabel(this)), warning_(new QLabel(this)), bars_(new BarRows(this)),
      chosen_title_(new ElidedLabel(this)), verdict_(new QLabel(this)), numbers_(new NumberRows(this)),
      caution_(new QLabel(this)), not_crossing_(new QLabel(this)), inside_caption_(caption_label(this)),
      table_(new QTableView(this)), model_(new CheckpointBandModel(this)), swatch_delegate_(new SwatchDelegate(this)),
      cell_delegate_(new CellDelegate(this)) {
    setWindowTitle(tr("At equal loss"));
    setAccessibleName(windowTitle());
    centre_->setAccessibleName(tr("Centre of the band"));
    half_width_->setAccessibleName(tr("Half width of the band"));
    for (QLineEdit* field : {centre_, half_width_}) {
        field->setMaximumWidth(88);
        connect(field, &QLineEdit::editingFinished, this, &EqualLossPanel::readFields);
    }
    reading_->setWordWrap(true);
    reading_->setTextFormat(Qt::RichText);
    reading_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    for (QLabel* label : {warning_, caution_, not_crossing_}) {
        label->setWordWrap(true);
        label->hide();
    }
    numbers_->setAccessibleName(tr("Numbers of the quantity"));
    inside_caption_->setText(tr("Inside the band"));

    table_->setModel(model_);
    table_->setAccessibleName(tr("Checkpoints inside the band"));
    table_->setItemDelegate(cell_delegate_);
    table_->setItemDelegateForColumn(CheckpointBandModel::CheckpointColumn, swatch_delegate_);
    table_->setSelectionBehavior(QAbstractItemView::SelectRows);
    table_->setSelectionMode(QAbstractItemView::SingleSelection);
    table_->setShowGrid(false);
    table_->setFrameShape(QFrame::NoFrame);
    table_->setWordWrap(false);
    table_->setTabKeyNavigation(false);
    table_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    table_->verticalHeader()->hide();
    table_->verticalHeader()->setDefaultSectionSize(Theme::row_height);
    QHeaderView* header = table_->horizontalHeader();
    header->setHighlightSections(false);
    header->setSectionsClickable(false);
    header->setSectionResizeMode(QHeaderView::ResizeToContents);
    header->setMinimumSectionSize(least_number_width);
    table_->setTextElideMode(Qt::ElideMiddle);
    header->setSectionResizeMode(CheckpointBandModel::CheckpointColumn, QHeaderView::Stretch);

    table_->setMinimumHeight(least_table_height);

    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(makeContent());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins({});
    layout->addWidget(scroll);

    connect(bars_, &BarRows::rowClicked, this, [this](int row) {
        if (row < 0 || static_cast<std::size_t>(row) >= text_.report.quantities.size()) return;
        chosen_key_ = text_.report.quantities[static_cast<std::size_t>(row)].key;
        showNumbers();
        Q_EMIT quantityChosen(qtext(chosen_key_));
    });
    connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                if (!selecting_ && current.isValid()) Q_EMIT checkpointSelected(model_->checkpoint(current.row()));
            });
    connect(table_, &QTableView::activated, this,
            [this](const QModelIndex& index) { Q_EMIT checkpointInspected(model_->checkpoint(index.row())); });
    setBand(std::nullopt);
}

QWidget* EqualLossPanel::makeContent() {
    auto* content = new QWidget;
    auto* fields = new QHBoxLayout;
    fields->setSpacing(Theme::unit);
    fields->addWidget(centre_);
    fields->addWidget(new QLabel(QStringLiteral("±")));
    fields->addWidget(half_width_);
    fields->addStretch();
    auto* heading = new QHBoxLayout;
    heading->setSpacing(Theme::unit);
    heading->addWidget(chosen_title_, 1);
    heading->addWidget(verdict_);
    auto* numbers = new QVBoxLayout;
    numbers->setSpacing(Theme::unit / 4);
    numbers->addLayout(heading);
    numbers->addWidget(numbers_);
    numbers->addWidget(caution_);
    numbers->addWidget(not_crossing_);
    auto* layout = new QVBoxLayout(content);
    layout->setContentsMargins(12, 12, 12, 8);
    layout->setSpacing(Theme::unit);
    layout->addWidget(caption_);
    layout->addLayout(fields);
    layout->addWidget(reading_);
    layout->addWidget(warning_);
    layout->addWidget(bars_);
    layout->addLayout(numbers);
    layout->addSpacing(Theme::unit / 2);
    layout->addWidget(inside_caption_);
    layout->addWidget(table_, 1);
    layout->addStretch(); // while the table is hidden
    return content;
}

void EqualLossPanel::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    setTheme(theme_); // the style sheet has taken fonts and colours back when the dock became the parent
}

void EqualLossPanel::setTheme(const Theme& theme) {
    theme_ = theme;
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, theme.muted);
    for (QLabel* label : {caption_, inside_caption_}) {
        label->setFont(theme.caption);
        label->setPalette(muted);
    }
    for (QLabel* label : {verdict_, caution_, not_crossing_}) {
        label->setFont(theme.small);
        label->setPalette(muted);
    }
    chosen_title_->setFont(theme.strong);
    QPalette warning = palette();
    warning.setColor(QPalette::WindowText, theme.warning);
    warning_->setPalette(warning);
    bars_->setTheme(theme);
    numbers_->setTheme(theme);
    swatch_delegate_->setTheme(theme);
    cell_delegate_->setTheme(theme);
}

void EqualLossPanel::setBand(const std::optional<FigureBand>& band) {
    band_ = band;
    for (QLineEdit* field : {centre_, half_width_})
        field->setEnabled(band.has_value());
    if (band) {
        const QStringList parts = ChartBand{band->centre, band->half_width}.text().split(QStringLiteral(" ± "));
        if (!centre_->hasFocus() || !centre_->isModified()) centre_->setText(parts.value(0));
        if (!half_width_->hasFocus() || !half_width_->isModified()) half_width_->setText(parts.value(1));
    } else {
        centre_->clear();
        half_width_->clear();
        EqualLossText nothing;
        nothing.loss_title = tr("loss");
        nothing.score_title = tr("score");
        setText(std::move(nothing));
        reading_->setText(tr("Press <b>b</b> to lay a band of equal loss across the plane."));
    }
    showCaption();
}

void EqualLossPanel::readFields() {
    if (!centre_->isModified() && !half_width_->isModified()) return;
    const auto number = [](const QLineEdit* field) {
        return parse_double(utf8(field->text().trimmed().replace(QChar(0x2212), u'-')));
    };
    const std::optional<double> centre = number(centre_), half_width = number(half_width_);
    centre_->setModified(false);
    half_width_->setModified(false);
    if (centre && half_width && std::isfinite(*centre) && std::isfinite(*half_width) && *half_width > 0) {
        Q_EMIT bandEdited(*centre, *half_width);
    } else {
        setBand(band_);
    }
}

void EqualLossPanel::showCaption() {
    if (!band_) {
        caption_->setText(tr("At equal loss"));
        return;
    }
    QString text = tr("At equal loss · %1").arg(ChartBand{band_->centre, band_->half_width}.text());
    if (!text_.loss_unit.isEmpty()) text += u' ' + text_.loss_unit;
    const auto inside = static_cast<int>(text_.inside.size());
    text += u'\n' + (inside == 1 ? tr("1 checkpoint") : tr("%1 checkpoints").arg(inside));
    text += QStringLiteral(", ") + (text_.runs_inside == 1 ? tr("1 run") : tr("%1 runs").arg(text_.runs_inside));
    caption_->setText(text);
}

void EqualLossPanel::setText(EqualLossText text) {
    text_ = std::move(text);
    showReading();
    showBars();
    showNumbers();
    showRunsNotCrossing();
    warning_->setText(qtext(text_.report.warning));
    warning_->setVisible(!text_.report.warning.empty());

    selecting_ = true;
    const CheckpointId selected = model_->checkpoint(table_->currentIndex().row());
    model_->setCheckpoints(text_.inside, text_.loss_title, text_.score_title);
    selecting_ = false;
    inside_caption_->setVisible(!text_.inside.empty());
    table_->setVisible(!text_.inside.empty());
    setSelected(selected);
    showCaption();
}

void EqualLossPanel::showReading() {
    const EqualLossReport& report = text_.report;
    int most_runs = 0;
    bool any_number = false;
    for (const EqualLossCorrelation& quantity : report.quantities) {
        any_number |= quantity.correlation || quantity.partial;
        most_runs = std::max(most_runs, quantity.runs);
    }
    QString reading;
    if (text_.inside.empty() && report.runs_crossing < 2) {
        reading = tr("No checkpoint lies inside the band. Drag it, or make it wider.");
    } else if (!report.score_spread) {
        reading = tr("One checkpoint lies inside the band: nothing to compare.");
    } else {
        if (text_.inside.empty())
            reading =
                tr("No checkpoint lies inside the band, but %1 runs cross this loss.").arg(report.runs_crossing) + u' ';
        if (*report.score_spread < rounding_noise)
            reading += tr("Scores do not differ where loss does not.");
        else
            reading += tr("Scores differ by <b>%1</b> where loss does not.").arg(short_number(report.score_spread));
        if (*report.score_spread >= rounding_noise && any_number) {
            reading += u' ' + tr("What goes with the higher ones:");
            if (most_runs < runs_for_test)
                reading += QStringLiteral("<br>") + tr("Too few runs for a test: %1 are needed.").arg(runs_for_test);
        } else if (*report.score_spread >= rounding_noise && text_.quantities_offered == 0) {
            reading += u' ' + tr("No other quantity is known yet: measure one, or import configs.");
        }
    }
    reading_->setText(reading);
}

void EqualLossPanel::showBars() {
    const EqualLossReport& report = text_.report;
    std::vector<BarRow> rows;
    const std::size_t shown = std::min({report.quantities.size(), text_.quantity_titles.size(), most_bars});
    bool any_number = false;
    for (std::size_t i = 0; i < shown; ++i) {
        const EqualLossCorrelation& quantity = report.quantities[i];
        const std::optional<double> value = quantity.correlation ? quantity.correlation : quantity.partial;
        any_number |= value.has_value();
        const QString detail = quantity.correlation ? tr("%1 runs").arg(quantity.runs)
                               : quantity.partial   ? tr("%1 checkpoints").arg(quantity.checkpoints)
                                                    : QString();
        const QString written = value ? correlation_text(*value) : QString();
        rows.push_back(
            {text_.quantity_titles[i], value, written, detail, bar_tool_tip(quantity, report.quantities_tried)});
    }
    if (!any_number) rows.clear();
    // What holds for all of them stands once, among the numbers below.
    const bool alike =
        std::all_of(rows.begin(), rows.end(), [&rows](const BarRow& row) { return row.detail == rows.front().detail; });
    if (rows.size() > 1 && alike)
        for (BarRow& row : rows)
            row.detail.clear();
    bars_->setRows(std::move(rows));
    bars_->setVisible(any_number);
}

std::optional<std::size_t> EqualLossPanel::chosenIndex() const {
    const auto& quantities = text_.report.quantities;
    if (quantities.empty() || text_.quantity_titles.size() < quantities.size()) return std::nullopt;
    const auto chosen =
        std::find_if(quantities.begin(), quantities.end(),
                     [this](const EqualLossCorrelation& quantity) { return quantity.key == chosen_key_; });
    return chosen == quantities.end() ? 0 : static_cast<std::size_t>(chosen - quantities.begin());
}

void EqualLossPanel::showNumbers() {
    const std::optional<std::size_t> chosen = chosenIndex();
    const bool shown = chosen && (!text_.inside.empty() || text_.report.runs_crossing > 0);
    for (QWidget* part : std::initializer_list<QWidget*>{chosen_title_, verdict_, numbers_})
        part->setVisible(shown);
    QString caution;
    if (shown) {
        const EqualLossCorrelation& quantity = text_.report.quantities[*chosen];
        bars_->setChosen(static_cast<int>(*chosen));
        chosen_title_->setText(text_.quantity_titles[*chosen]);
        verdict_->setText(correlation_verdict(quantity));
        numbers_->setRows(correlation_rows(quantity, text_.report));
        caution = correlation_caution(quantity);
    }
    caution_->setText(caution);
    caution_->setVisible(!caution.isEmpty());
}

void EqualLossPanel::showRunsNotCrossing() {
    const QStringList& names = text_.runs_not_crossing;
    // Where runs have one checkpoint each, none can cross: the caution says so.
    const bool shown = !names.isEmpty() && !text_.report.one_checkpoint_per_run;
    not_crossing_->setVisible(shown);
    if (!shown) return;
    QString text =
        plural(names.size(), tr("%1 run does not cross this loss: "), tr("%1 runs do not cross this loss: ")) +
        names.mid(0, most_names).join(QStringLiteral(", "));
    if (names.size() > most_names) text += tr(" and %1 more").arg(names.size() - most_names);
    not_crossing_->setText(text);
    not_crossing_->setToolTip(names.join(u'\n'));
}

void EqualLossPanel::setSelected(CheckpointId checkpoint) {
    selecting_ = true;
    const int row = model_->rowOf(checkpoint);
    table_->setCurrentIndex(row < 0 ? QModelIndex() : model_->index(row, 0));
    if (row < 0) table_->clearSelection();
    selecting_ = false;
}

QString EqualLossPanel::caption() const {
    return caption_->text();
}

QString EqualLossPanel::reading() const {
    return reading_->text();
}

std::string EqualLossPanel::chosenQuantity() const {
    const std::optional<std::size_t> chosen = chosenIndex();
    return chosen ? text_.report.quantities[*chosen].key : std::string();
}

} // namespace isoloss
