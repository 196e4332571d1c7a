#include "ui/inspector/details.h"

#include "engine/analysis/config_fields.h"
#include "engine/base/json.h"
#include "engine/store/reader.h"
#include "ui/figures/value_text.h"
#include "ui/plural.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>
#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace isoloss {

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Details)
};

constexpr std::size_t mostRuns = 8; ///< that are listed one by one under each field
constexpr std::size_t mostRows = 300;

QString timeText(double utcSeconds) {
    return QLocale().toString(QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(utcSeconds * 1000)),
                              QLocale::ShortFormat);
}

void addIf(std::vector<DetailNode>& nodes, const QString& name, const QString& value) {
    if (!value.isEmpty()) nodes.push_back({name, value, {}});
}

DetailNode jsonNode(const QString& name, const rapidjson::Value& value) {
    DetailNode node{name, {}, {}};
    if (value.IsObject()) {
        for (const auto& member : value.GetObject())
            node.children.push_back(jsonNode(qtext(json_view(member.name)), member.value));
        node.value = node.children.empty() ? QStringLiteral("{}") : QString();
    } else if (value.IsString()) {
        node.value = qtext(json_view(value));
    } else {
        node.value = qtext(json_text(value));
    }
    return node;
}

QString withSource(const std::optional<double>& number, const std::string& source) {
    if (!number) return Text::tr("unknown");
    return source.empty() ? short_number(number) : QStringLiteral("%1 (%2)").arg(short_number(number), qtext(source));
}

std::vector<DetailNode> valueNodes(const ValueRecord& value) {
    std::vector<DetailNode> nodes;
    if (value.value) nodes.push_back({Text::tr("exact value"), exact_number(*value.value, false), {}});
    if (value.standard_error)
        nodes.push_back({Text::tr("standard error"), exact_number(*value.standard_error, false), {}});
    if (value.n) nodes.push_back({Text::tr("n"), count_text(*value.n), {}});
    if (value.n_skipped > 0) nodes.push_back({Text::tr("skipped"), count_text(value.n_skipped), {}});
    nodes.push_back({Text::tr("status"), qtext(value_status_name(value.status)), {}});
    addIf(nodes, Text::tr("reason"), qtext(value.reason));
    addIf(nodes, Text::tr("variant"), qtext(value.variant));
    if (value.recorded_at > 0) nodes.push_back({Text::tr("recorded"), timeText(value.recorded_at), {}});
    for (DetailNode& node : jsonNodes(value.provenance))
        nodes.push_back(std::move(node));
    return nodes;
}

DetailNode valueNode(const ValueRecord& value) {
    const QString shown =
        value.value ? number_with_error(value.value, value.standard_error) : qtext(value_status_name(value.status));
    return {qtext(value.quantity_key), shown, valueNodes(value)};
}

std::vector<DetailNode> checkpointNodes(const CheckpointRecord& checkpoint) {
    std::vector<DetailNode> nodes;
    nodes.push_back({Text::tr("run"), qtext(checkpoint.run_name), {}});
    nodes.push_back({Text::tr("step"), step_text(checkpoint.step), {}});
    if (checkpoint.attempt > 1) nodes.push_back({Text::tr("attempt"), QString::number(checkpoint.attempt), {}});
    nodes.push_back({Text::tr("tokens"), withSource(checkpoint.tokens, checkpoint.tokens_source), {}});
    nodes.push_back({Text::tr("FLOPs"), withSource(checkpoint.flops, checkpoint.flops_source), {}});
    if (checkpoint.parameter_count)
        nodes.push_back({Text::tr("parameters"), count_text(*checkpoint.parameter_count), {}});
    addIf(nodes, Text::tr("architecture"), qtext(checkpoint.architecture));
    addIf(nodes, Text::tr("format"), qtext(checkpoint.format));
    nodes.push_back({Text::tr("folder"),
                     checkpoint.path.empty() ? Text::tr("no files; only scores are known") : qtext(checkpoint.path),
                     {}});
    addIf(nodes, Text::tr("content hash"), qtext(checkpoint.content_hash));
    return nodes;
}

/// The node under the parts of a name, made where it is missing.
DetailNode& nodeOf(DetailNode& root, const QStringList& parts) {
    DetailNode* node = &root;
    for (const QString& part : parts) {
        auto& children = node->children;
        const auto found = std::find_if(children.begin(), children.end(),
                                        [&](const DetailNode& child) { return child.name == part && child.open; });
        node = found != children.end() ? &*found : &children.emplace_back(DetailNode{part, {}, {}, true});
    }
    return *node;
}

/// "optimizer" above nothing but "lr" becomes "optimizer.lr".
void joinSingleParents(DetailNode& node) {
    while (node.children.size() == 1 && node.children.front().open) {
        DetailNode child = std::move(node.children.front());
        child.name = node.name + QLatin1Char('.') + child.name;
        node = std::move(child);
    }
    for (DetailNode& child : node.children)
        joinSingleParents(child);
}

/// What each run has in a field, or of many runs how many have what.
std::vector<DetailNode> fieldNodes(const std::vector<QString>& values, const std::vector<RunRecord>& runs) {
    std::vector<DetailNode> nodes;
    if (values.size() <= mostRuns) {
        for (std::size_t i = 0; i < values.size(); ++i)
            nodes.push_back({qtext(runs[i].name), values[i], {}});
        return nodes;
    }
    std::map<QString, QStringList> runsOf;
    for (std::size_t i = 0; i < values.size(); ++i)
        runsOf[values[i]] += qtext(runs[i].name);
    for (const auto& [value, names] : runsOf) {
        if (nodes.size() >= mostRows) break;
        DetailNode node{value, plural(names.size(), Text::tr("%1 run"), Text::tr("%1 runs")), {}};
        for (const QString& name : names.first(std::min<qsizetype>(names.size(), mostRows)))
            node.children.push_back({name, {}, {}});
        nodes.push_back(std::move(node));
    }
    return nodes;
}

} // namespace

std::vector<DetailNode> jsonNodes(const std::string& json) {
    const auto document = parse_json(json, "config");
    if (!document || !document->IsObject()) return {};
    std::vector<DetailNode> nodes;
    for (const auto& member : document->GetObject())
        nodes.push_back(jsonNode(qtext(json_view(member.name)), member.value));
    return nodes;
}

Expected<Details> runDetails(Reader& reader, RunId id) {
    ISOLOSS_TRY(const auto run, reader.run(id));
    if (!run) return fail(ErrorKind::not_found, "this run is no longer in the project");
    ISOLOSS_TRY(const auto series, reader.series(id));
    ISOLOSS_TRY(const auto checkpoints, reader.checkpoints(id));
    Details details;
    details.runs = {*run};
    details.title = qtext(run->name);
    QStringList counts{plural(run->series_count, Text::tr("%1 series"), Text::tr("%1 series")),
                       plural(run->checkpoint_count, Text::tr("%1 checkpoint"), Text::tr("%1 checkpoints")),
                       plural(run->point_count, Text::tr("%1 point"), Text::tr("%1 points"))};
    details.subtitle = counts.join(QStringLiteral(" · "));

    DetailNode about{Text::tr("Run"), {}, {}, true};
    addIf(about.children, Text::tr("group"), qtext(run->group));
    about.children.push_back({Text::tr("status"), qtext(run_status_name(run->status)), {}});
    addIf(about.children, Text::tr("why"), qtext(run->status_note));
    about.children.push_back(
        {Text::tr("last step"), run->last_step ? count_text(*run->last_step) : Text::tr("unknown"), {}});
    about.children.push_back({Text::tr("attempts"), QString::number(run->attempts), {}});
    if (run->started_at) about.children.push_back({Text::tr("started"), timeText(*run->started_at), {}});
    details.nodes.push_back(std::move(about));

    DetailNode config{Text::tr("Config"), {}, jsonNodes(run->config), true};
    if (config.children.empty()) config.value = Text::tr("none logged");
    details.nodes.push_back(std::move(config));

    DetailNode curves{Text::tr("Series"), count_text(static_cast<std::int64_t>(series.size())), {}};
    for (const SeriesRecord& record : series) {
        if (curves.children.size() >= mostRows) break;
        DetailNode node{qtext(record.name), short_number(record.last), {}};
        node.children = {{Text::tr("last"), exact_number(record.last, record.is_float32), {}},
                         {Text::tr("min"), exact_number(record.min, record.is_float32), {}},
                         {Text::tr("max"), exact_number(record.max, record.is_float32), {}},
                         {Text::tr("points"), count_text(record.points), {}},
                         {Text::tr("steps"),
                          Text::tr("%1 to %2").arg(count_text(record.first_step), count_text(record.last_step)),
                          {}}};
        if (record.nonfinite > 0) node.children.push_back({Text::tr("not finite"), count_text(record.nonfinite), {}});
        curves.children.push_back(std::move(node));
    }
    details.nodes.push_back(std::move(curves));

    DetailNode points{Text::tr("Checkpoints"), count_text(static_cast<std::int64_t>(checkpoints.size())), {}};
    for (const CheckpointRecord& record : checkpoints) {
        if (points.children.size() >= mostRows) break;
        points.children.push_back({checkpoint_label(record),
                                   record.path.empty() ? Text::tr("scores only") : qtext(record.format),
                                   checkpointNodes(record)});
    }
    details.nodes.push_back(std::move(points));
    return details;
}

Expected<Details> runDifferences(Reader& reader, const std::vector<RunId>& runs) {
    Details details;
    std::vector<ConfigFields> configs;
    for (const RunId id : runs) {
        ISOLOSS_TRY(auto run, reader.run(id));
        if (!run) continue; // gone since it was selected
        configs.push_back(flatten_config(run->config));
        run->config.clear();
        details.runs.push_back(std::move(*run));
    }
    std::set<std::string> names;
    for (const ConfigFields& config : configs)
        for (const auto& [name, value] : config)
            names.insert(name);
    DetailNode differences{Text::tr("Config differences"), {}, {}, true};
    int differing = 0;
    for (const std::string& name : names) {
        std::vector<QString> values;
        for (const ConfigFields& config : configs) {
            const auto field = config.find(name);
            values.push_back(field == config.end() ? QStringLiteral("–") : qtext(config_text(field->second)));
        }
        if (std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end()) continue;
        ++differing;
        nodeOf(differences, qtext(name).split(QLatin1Char('.'))).children = fieldNodes(values, details.runs);
    }
    for (DetailNode& node : differences.children)
        joinSingleParents(node);
    const auto count = static_cast<std::int64_t>(details.runs.size());
    details.title = plural(count, Text::tr("%1 run"), Text::tr("%1 runs"));
    details.subtitle = Text::tr("%1 config fields differ, %2 are equal")
                           .arg(differing)
                           .arg(static_cast<int>(names.size()) - differing);
    if (differences.children.empty()) differences.value = Text::tr("none");
    details.nodes.push_back(std::move(differences));
    return details;
}

Expected<Details> checkpointDetails(Reader& reader, CheckpointId id) {
    ISOLOSS_TRY(const auto checkpoint, reader.checkpoint(id));
    if (!checkpoint) return fail(ErrorKind::not_found, "this checkpoint is no longer in the project");
    ISOLOSS_TRY(const auto values, reader.values(id));
    Details details;
    details.title = checkpoint_label(*checkpoint);
    details.subtitle =
        plural(static_cast<std::int64_t>(values.size()), Text::tr("%1 quantity"), Text::tr("%1 quantities"));
    details.nodes.push_back({Text::tr("Checkpoint"), {}, checkpointNodes(*checkpoint), true});
    DetailNode quantities{Text::tr("Quantities"), {}, {}, true};
    for (const ValueRecord& value : values)
        quantities.children.push_back(valueNode(value));
    if (quantities.children.empty()) quantities.value = Text::tr("none yet: measure some");
    details.nodes.push_back(std::move(quantities));
    return details;
}

Expected<Details> valueDetails(Reader& reader, CheckpointId id, QuantityId quantity) {
    ISOLOSS_TRY(const auto checkpoint, reader.checkpoint(id));
    ISOLOSS_TRY(auto history, reader.value_history(id, quantity));
    if (!checkpoint || history.empty()) return fail(ErrorKind::not_found, "this value is no longer in the project");
    Details details;
    const ValueRecord& newest = history.back();
    details.title = qtext(newest.quantity_key);
    details.subtitle = checkpoint_label(*checkpoint);
    DetailNode now = valueNode(newest);
    now.name = Text::tr("Value");
    now.open = true;
    for (DetailNode& child : now.children)
        child.open = true;
    details.nodes.push_back(std::move(now));
    ISOLOSS_TRY(details.has_items, reader.has_outcomes(newest.id));
    DetailNode earlier{Text::tr("Earlier variants"), {}, {}, false};
    for (std::size_t i = history.size() - 1; i-- > 0;)
        earlier.children.push_back(valueNode(history[i]));
    if (!earlier.children.empty()) details.nodes.push_back(std::move(earlier));
    details.nodes.push_back({Text::tr("Checkpoint"), {}, checkpointNodes(*checkpoint), false});
    return details;
}

} // namespace isoloss
