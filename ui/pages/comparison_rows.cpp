#include "ui/pages/comparison_rows.h"

#include "engine/analysis/compare.h"
#include "engine/store/reader.h"
#include "ui/figures/value_text.h"

#include <QCoreApplication>
#include <cmath>

namespace isoloss {
namespace {

QString tr(const char* text) {
    return QCoreApplication::translate("ComparisonRows", text);
}

QString config_value(const std::string& text) {
    return text.empty() ? QStringLiteral("–") : qtext(text);
}

QString difference_tool_tip(const QuantityComparison& quantity) {
    if (!quantity.standard_error) return tr("No error: %1.").arg(QString::fromStdString(quantity.error_reason));
    if (!quantity.paired) return tr("Standard error of scores on different data.");
    QString text =
        tr("Standard error of the paired difference over %1 shared items.").arg(count_text(quantity.shared_items));
    if (quantity.mcnemar_p) {
        text += u'\n' + tr("%1 learned, %2 forgotten; p = %3 (McNemar, exact)")
                            .arg(quantity.learned)
                            .arg(quantity.forgotten)
                            .arg(short_number(quantity.mcnemar_p));
    }
    return text;
}

CheckpointDifference difference_row(const QuantityComparison& quantity) {
    const auto text = [](const std::optional<ValueRecord>& value) {
        return short_number(value ? std::optional(value->value) : std::nullopt);
    };
    const auto exact = [](const std::optional<ValueRecord>& value) {
        return value ? number_with_error(value->value, value->standard_error) : short_number(std::nullopt);
    };
    CheckpointDifference row;
    row.name = qtext(quantity.quantity.key);
    row.first = text(quantity.a);
    row.second = text(quantity.b);
    row.tool_tip = tr("A %1, B %2").arg(exact(quantity.a), exact(quantity.b));
    row.difference = signed_number(quantity.difference);
    if (!quantity.difference) return row;
    const double difference = *quantity.difference;
    if (quantity.standard_error && *quantity.standard_error > 0) {
        const QString sign = difference < 0 ? QString() : QStringLiteral("+");
        row.difference = sign + number_with_error(difference, quantity.standard_error);
    }
    row.tool_tip += u'\n' + difference_tool_tip(quantity);
    const Direction direction = quantity.quantity.direction;
    if (direction != Direction::descriptive && difference != 0) {
        row.better = (direction == Direction::up) == (difference > 0);
        row.worse = !row.better;
    }
    return row;
}

ComparedItem item_row(const QuantityRecord& quantity, const ItemFlip& flip) {
    ComparedItem item;
    item.task = qtext(quantity.key);
    item.key = qtext(flip.item.key);
    item.kind = flip.kind;
    item.text = qtext(flip.item.text);
    for (const std::string& choice : flip.item.choices)
        item.choices << qtext(choice);
    item.gold = flip.item.gold;
    item.chosen_a = flip.chosen_a;
    item.chosen_b = flip.chosen_b;
    return item;
}

} // namespace

Expected<ComparisonRows> load_comparison(Reader& reader, CheckpointId first, CheckpointId second,
                                         const std::vector<std::string>& ignored) {
    ISOLOSS_TRY(const CheckpointComparison comparison, compare_checkpoints(reader, {first, second}, ignored));
    ComparisonRows rows;
    rows.first = checkpoint_label(comparison.checkpoints.at(0));
    rows.second = checkpoint_label(comparison.checkpoints.at(1));
    for (const ConfigDifference& field : comparison.config)
        rows.config.push_back({qtext(field.field),
                               config_value(field.values.at(0)),
                               config_value(field.values.at(1)),
                               {},
                               {},
                               false,
                               false});
    for (const QuantityComparison& quantity : comparison.quantities) {
        rows.quantities.push_back(difference_row(quantity));
        rows.paired_quantities += quantity.paired;
        if (quantity.shared_items == 0 || !quantity.a || !quantity.b) continue;
        ISOLOSS_TRY(const std::vector<ItemFlip> flips, item_flips(reader, quantity.a->id, quantity.b->id));
        if (!flips.empty()) rows.shared_items += quantity.shared_items;
        for (const ItemFlip& flip : flips)
            rows.items.push_back(item_row(quantity.quantity, flip));
    }
    return rows;
}

} // namespace isoloss
