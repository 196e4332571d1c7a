#include "ui/pages/chart_collection.h"

#include "ui/figures/value_text.h"

#include <QJsonObject>
#include <algorithm>
#include <string_view>

namespace isoloss {
namespace {

/// No metric is called so: a name that a reader stores has no control characters.
constexpr char composed_prefix = '\x1f';
const QString title_member = QStringLiteral("title");
const QString metrics_member = QStringLiteral("metrics");
const QString name_member = QStringLiteral("name");
const QString axis_member = QStringLiteral("axis");
const QString right_axis = QStringLiteral("right");

std::string_view last_part(std::string_view name) {
    const std::size_t slash = name.rfind('/');
    return slash == std::string_view::npos ? name : name.substr(slash + 1);
}

} // namespace

bool ChartCollection::is_composed(const std::string& id) {
    return id.starts_with(composed_prefix);
}

const CurveChart* ChartCollection::find(const std::string& id) const {
    const auto found = std::ranges::find(top_, id, &CurveChart::id);
    return found == top_.end() ? nullptr : &*found;
}

CurveChart ChartCollection::chart(const std::string& id) const {
    const CurveChart* known = find(id);
    return known ? *known : CurveChart{id, FigureChart::of(id)};
}

void ChartCollection::set_pinned(const std::string& metric, bool pinned) {
    if (is_composed(metric) || pinned == is_on_top(metric)) return;
    if (pinned)
        top_.push_back({metric, FigureChart::of(metric)});
    else
        remove(metric);
}

std::string ChartCollection::compose(FigureChart figure) {
    const std::string id = composed_prefix + std::to_string(++last_number_);
    top_.push_back({id, std::move(figure)});
    return id;
}

void ChartCollection::change(const std::string& id, FigureChart figure) {
    if (figure.metrics.empty()) return remove(id);
    for (CurveChart& chart : top_)
        if (chart.id == id && is_composed(id)) chart.figure = std::move(figure);
}

void ChartCollection::remove(const std::string& id) {
    std::erase_if(top_, [&](const CurveChart& chart) { return chart.id == id; });
}

void ChartCollection::move(const std::string& id, std::size_t place) {
    const auto from = std::ranges::find(top_, id, &CurveChart::id);
    if (from == top_.end()) return;
    const auto to = top_.begin() + static_cast<std::ptrdiff_t>(std::min(place, top_.size() - 1));
    if (from < to)
        std::rotate(from, from + 1, to + 1);
    else
        std::rotate(to, from, from + 1);
}

QJsonArray ChartCollection::json() const {
    QJsonArray array;
    for (const CurveChart& chart : top_) {
        QJsonObject object;
        if (is_composed(chart.id) && !chart.figure.title.empty())
            object.insert(title_member, qtext(chart.figure.title));
        QJsonArray metrics;
        for (const FigureMetric& metric : chart.figure.metrics) {
            QJsonObject entry{{name_member, qtext(metric.name)}};
            if (metric.side == YSide::right) entry.insert(axis_member, right_axis);
            metrics.append(entry);
        }
        object.insert(is_composed(chart.id) ? metrics_member : name_member,
                      is_composed(chart.id) ? QJsonValue(metrics) : QJsonValue(qtext(chart.id)));
        array.append(object);
    }
    return array;
}

ChartCollection ChartCollection::from_json(const QJsonArray& array) {
    ChartCollection collection;
    for (const QJsonValue& value : array) {
        const QJsonObject object = value.toObject();
        if (const QString pinned = object.value(name_member).toString(); !pinned.isEmpty()) {
            collection.set_pinned(utf8(pinned), true);
            continue;
        }
        FigureChart figure;
        figure.title = utf8(object.value(title_member).toString());
        const QJsonArray metrics = object.value(metrics_member).toArray();
        for (const QJsonValue& entry : metrics) {
            const std::string name = utf8(entry.toObject().value(name_member).toString());
            const bool right = entry.toObject().value(axis_member).toString() == right_axis;
            if (!name.empty()) figure.metrics.push_back({name, right ? YSide::right : YSide::left});
        }
        if (!figure.metrics.empty()) collection.compose(std::move(figure));
    }
    return collection;
}

YSide side_for(const FigureChart& chart, const std::string& metric) {
    const bool alike = std::ranges::any_of(chart.metrics, [&](const FigureMetric& other) {
        return other.side == YSide::left && last_part(other.name) == last_part(metric);
    });
    return alike || chart.metrics.empty() ? YSide::left : YSide::right;
}

} // namespace isoloss
