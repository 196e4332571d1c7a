#include "engine/analysis/paired_losses.h"
#include "engine/store/project.h"
#include "ui/figures/comparability.h"
#include "ui/figures/value_text.h"
#include "ui/pages/downstream_page_p.h"
#include "ui/pages/plane_defaults.h"
#include "ui/ui_services.h"
#include "widgets/chip_button.h"

#include <algorithm>
#include <map>
#include <set>

namespace isoloss {
namespace {

constexpr std::size_t most_analysis_keys = 48;

/// What may go with the score. A seed is a name, not an amount.
bool explains(const QuantityChoice& choice) {
    return choice.checkpoints > 0 && choice.group != "Scores" && choice.group != "Means" && choice.group != "Series" &&
           choice.key != "step" && choice.key != "run" && choice.key != "config.seed" && !is_loss_like(choice.key) &&
           !is_probe_score(choice.key);
}

} // namespace

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
    // What was restored may name quantities that are not measured yet, or those of another project.
    const auto known = [this](const std::string& key) {
        return key.empty() || key == "run" || key.starts_with("mean(") || choices_->find(key) != nullptr;
    };
    if (wanted_ && known(wanted_->x) && known(wanted_->y)) {
        spec_ = *wanted_;
        band_offered_ = true;
        if (known(spec_.colour) && known(spec_.lines) && known(spec_.size_by)) wanted_.reset();
    }
    if (!known(spec_.colour)) spec_.colour = "run";
    if (!known(spec_.lines)) spec_.lines = "run";
    if (!known(spec_.size_by)) spec_.size_by.clear();
    if (spec_.x.empty() || spec_.y.empty() || !known(spec_.x) || !known(spec_.y)) {
        const std::optional<PlaneAxes> axes = default_axes(choices_->list);
        spec_.x = axes ? axes->x : std::string();
        spec_.y = axes ? axes->y : std::string();
        spec_.x_scale = axes ? axes->x_scale : AxisScale::linear;
        spec_.band.reset();
        spec_.marks.clear();
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
    std::vector<ChipChoice> sizes = numbers;
    std::erase_if(sizes, [](const ChipChoice& choice) { return choice.value == QStringLiteral("run"); });
    sizes.push_back({{}, tr("none"), {}, QString()});
    x_chip_->setChoices(numbers);
    y_chip_->setChoices(std::move(numbers));
    colour_chip_->setChoices(std::move(colours));
    lines_chip_->setChoices(std::move(lines));
    size_chip_->setChoices(std::move(sizes));
    fillScoreChip();
    for (const auto& [chip, key] :
         {std::pair{x_chip_, spec_.x}, std::pair{y_chip_, spec_.y}, std::pair{colour_chip_, spec_.colour},
          std::pair{lines_chip_, spec_.lines}, std::pair{size_chip_, spec_.size_by}}) {
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
            if (is_loss_like(x)) {
                ISOLOSS_TRY(result.loss_errors, paired_loss_errors(reader, result.table, x));
            }
            return result;
        },
        this,
        [this](const QueryAnswer<Table>& answer) {
            if (!answer) return services_.showError(answer.error());
            table_ = std::shared_ptr<const CheckpointTable>(*answer, &(*answer)->table);
            warning_ = (*answer)->warning;
            loss_errors_ = (*answer)->loss_errors;
            rebuild();
        });
}

} // namespace isoloss
