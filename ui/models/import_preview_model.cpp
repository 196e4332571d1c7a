#include "ui/models/import_preview_model.h"

#include "ui/plural.h"
#include "widgets/item_roles.h"

#include <algorithm>
#include <map>

namespace isoloss {

namespace {

std::pair<std::string, std::string> keyOf(const RunPreview& run) {
    return {run.identity.kind, run.identity.key};
}

std::int64_t countOf(const RunPreview& run, int column) {
    switch (column) {
    case ImportPreviewModel::SeriesColumn:
        return static_cast<std::int64_t>(run.series.size());
    case ImportPreviewModel::PointsColumn:
        return run.points;
    case ImportPreviewModel::CheckpointsColumn:
        return run.checkpoints;
    case ImportPreviewModel::ScoresColumn:
        return run.values;
    default:
        return 0;
    }
}

} // namespace

int ImportPreviewModel::addNode(Kind kind, int parent) {
    const int added = static_cast<int>(nodes_.size());
    auto& siblings = parent < 0 ? roots_ : nodes_[static_cast<std::size_t>(parent)].children;
    Node node;
    node.kind = kind;
    node.parent = parent;
    node.row = static_cast<int>(siblings.size());
    siblings.push_back(added);
    nodes_.push_back(std::move(node));
    return added;
}

void ImportPreviewModel::add(int node, const SourcePreview& source, const std::vector<RunPreview>& runs) {
    Node& to = nodes_[static_cast<std::size_t>(node)];
    to.sources.push_back(&source);
    to.partly = to.partly || !source.whole;
    for (const RunPreview& run : runs)
        to.runs.push_back(&run);
}

void ImportPreviewModel::addSource(const SourcePreview& source, int format) {
    add(format, source, source.runs);
    if (source.runs.size() == 1) {
        // Files of one run stand together below it.
        const auto [known, isNew] = run_nodes_.try_emplace(keyOf(source.runs.front()), 0);
        if (isNew) known->second = addNode(Kind::run, format);
        add(known->second, source, source.runs);
        return;
    }
    const int file = addNode(Kind::file, format);
    add(file, source, source.runs);
    for (const RunPreview& run : source.runs) {
        Node& child = nodes_[static_cast<std::size_t>(addNode(Kind::run, file))];
        child.runs = {&run};
        child.partly = !source.whole;
    }
}

void ImportPreviewModel::setPreview(std::shared_ptr<const ImportPreview> preview) {
    beginResetModel();
    preview_ = std::move(preview);
    nodes_.clear();
    roots_.clear();
    run_nodes_.clear();
    std::map<std::string, int> formats;
    const std::vector<SourcePreview> none;
    for (const SourcePreview& source : preview_ ? preview_->sources : none) {
        const auto [known, isNew] = formats.try_emplace(source.title, 0);
        if (isNew) {
            known->second = addNode(Kind::format, -1);
            nodes_.back().title = qtext(source.title);
        }
        addSource(source, known->second);
    }
    const std::size_t rows = nodes_.size();
    for (std::size_t i = 0; i < rows; ++i) {
        if (nodes_[i].kind != Kind::run || nodes_[i].sources.size() < 2) continue;
        const std::vector<const SourcePreview*> files = nodes_[i].sources;
        for (const SourcePreview* source : files)
            add(addNode(Kind::file, static_cast<int>(i)), *source, source->runs);
    }
    endResetModel();
    Q_EMIT correctionsChanged();
}

void ImportPreviewModel::setJoinNames(bool join) {
    if (join_names_ == join) return;
    join_names_ = join;
    tellBelow({});
    Q_EMIT correctionsChanged();
}

ImportPreviewModel::Totals ImportPreviewModel::totals() const {
    Totals totals;
    if (!preview_) return totals;
    std::set<std::pair<std::string, std::string>> runs;
    for (const SourcePreview& source : preview_->sources) {
        if (isExcluded(source) || source.needs_mapping) continue;
        ++totals.sources;
        if (!source.whole) totals.partly = true;
        for (const RunPreview& run : source.runs) {
            if (runs.insert(keyOf(run)).second && !run.known) {
                ++totals.runs;
                if (run.same_name) ++totals.names_in_use;
            }
            totals.points += run.points;
            totals.checkpoints += run.checkpoints;
            totals.scores += run.values;
        }
    }
    if (preview_->not_looked_at > 0) totals.partly = true;
    return totals;
}

ImportOptions ImportPreviewModel::importOptions() const {
    ImportOptions options;
    options.excluded = excluded_;
    options.run_names = names_;
    options.join_names = join_names_;
    return options;
}

std::vector<const SourcePreview*> ImportPreviewModel::sources(const QModelIndex& index) const {
    if (!index.isValid() || nodeOf(index).kind == Kind::format) return {};
    const Node& shown = nodeOf(index);
    return shown.sources.empty() ? nodes_[static_cast<std::size_t>(shown.parent)].sources : shown.sources;
}

std::vector<const RunPreview*> ImportPreviewModel::runs(const QModelIndex& index) const {
    if (!index.isValid() || nodeOf(index).kind != Kind::run) return {};
    return nodeOf(index).runs;
}

QModelIndex ImportPreviewModel::indexOf(const std::filesystem::path& file) const {
    for (std::size_t i = nodes_.size(); i-- > 0;) {
        const Node& node = nodes_[i];
        if (node.kind == Kind::format || node.sources.empty() || node.sources.front()->files.front() != file) continue;
        return createIndex(node.row, 0, static_cast<quintptr>(i));
    }
    return {};
}

QModelIndex ImportPreviewModel::index(int row, int column, const QModelIndex& parent) const {
    const auto& children = parent.isValid() ? nodeOf(parent).children : roots_;
    if (row < 0 || column < 0 || column >= ColumnCount || row >= static_cast<int>(children.size())) return {};
    return createIndex(row, column, static_cast<quintptr>(children[static_cast<std::size_t>(row)]));
}

QModelIndex ImportPreviewModel::parent(const QModelIndex& index) const {
    if (!index.isValid()) return {};
    const int above = nodeOf(index).parent;
    if (above < 0) return {};
    return createIndex(nodes_[static_cast<std::size_t>(above)].row, 0, static_cast<quintptr>(above));
}

int ImportPreviewModel::rowCount(const QModelIndex& parent) const {
    if (!parent.isValid()) return static_cast<int>(roots_.size());
    if (parent.column() != 0) return 0;
    return static_cast<int>(nodeOf(parent).children.size());
}

int ImportPreviewModel::columnCount(const QModelIndex&) const {
    return ColumnCount;
}

QString ImportPreviewModel::newName(const RunPreview& run) const {
    const auto given = names_.find(keyOf(run));
    return qtext(given == names_.end() ? run.name : given->second);
}

QString ImportPreviewModel::name(const Node& node) const {
    switch (node.kind) {
    case Kind::format:
        return QStringLiteral("%1 (%2)").arg(node.title, count_text(static_cast<std::int64_t>(node.children.size())));
    case Kind::run:
        return newName(*node.runs.front());
    case Kind::file:
        return qtext(node.sources.front()->files.front().filename().string());
    }
    return {};
}

QString ImportPreviewModel::target(const Node& node) const {
    if (node.kind == Kind::file && node.runs.empty())
        return node.sources.front()->needs_mapping ? tr("needs its columns named") : tr("nothing new");
    if (node.kind != Kind::run) return {};
    const RunPreview& run = *node.runs.front();
    if (run.known) return tr("adds to %1").arg(qtext(run.name));
    if (!run.same_name) return tr("new run");
    return join_names_ ? tr("joins the run of this name") : tr("new run, name in use");
}

QString ImportPreviewModel::number(const Node& node, int column) const {
    if (column == StepsColumn) {
        std::optional<std::int64_t> first, last;
        for (const RunPreview* run : node.runs) {
            if (!run->first_step) continue;
            first = std::min(first.value_or(*run->first_step), *run->first_step);
            last = std::max(last.value_or(*run->last_step), *run->last_step);
        }
        if (!first) return {};
        return first == last ? step_text(first) : QStringLiteral("%1 – %2").arg(step_text(first), step_text(last));
    }
    if (column == SeriesColumn && node.runs.size() > 1) return {}; // names of several do not add up
    std::int64_t sum = 0;
    for (const RunPreview* run : node.runs)
        sum += countOf(*run, column);
    if (sum == 0) return {};
    return node.partly ? tr("%1+").arg(count_text(sum)) : count_text(sum);
}

Qt::CheckState ImportPreviewModel::checkState(const Node& node) const {
    const auto excluded = std::count_if(node.sources.begin(), node.sources.end(),
                                        [this](const SourcePreview* source) { return isExcluded(*source); });
    if (excluded == 0) return Qt::Checked;
    return excluded == static_cast<std::ptrdiff_t>(node.sources.size()) ? Qt::Unchecked : Qt::PartiallyChecked;
}

QVariant ImportPreviewModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid()) return {};
    const Node& shown = nodeOf(index);
    switch (role) {
    case Qt::DisplayRole:
        if (index.column() == NameColumn) return name(shown);
        return index.column() == TargetColumn ? target(shown) : number(shown, index.column());
    case Qt::EditRole:
        return index.column() == NameColumn ? name(shown) : QVariant();
    case Qt::CheckStateRole:
        if (index.column() != NameColumn || shown.sources.empty() || shown.sources.front()->needs_mapping) return {};
        return checkState(shown);
    case Qt::ToolTipRole:
        if (index.column() == NameColumn && shown.sources.size() == 1)
            return qtext(shown.sources.front()->files.front().string());
        return index.column() == TargetColumn ? target(shown) : QVariant();
    case Qt::TextAlignmentRole:
        if (index.column() == NameColumn || index.column() == TargetColumn) return {};
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    default:
        return {};
    }
}

bool ImportPreviewModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (!index.isValid() || index.column() != NameColumn) return false;
    const Node& changed = nodeOf(index);
    if (role == Qt::CheckStateRole) {
        for (const SourcePreview* source : changed.sources) {
            if (value.toInt() == Qt::Unchecked)
                excluded_.insert(source->files.front());
            else
                excluded_.erase(source->files.front());
        }
        for (QModelIndex above = index; above.isValid(); above = parent(above))
            Q_EMIT dataChanged(above, above, {role});
        tellBelow(index);
    } else if (role == Qt::EditRole && changed.kind == Kind::run && !changed.runs.front()->known) {
        const RunPreview& run = *changed.runs.front();
        const std::string text = utf8(value.toString().trimmed());
        if (text.empty() || text == run.name)
            names_.erase(keyOf(run));
        else
            names_[keyOf(run)] = text;
        Q_EMIT dataChanged(index, index, {Qt::DisplayRole, Qt::EditRole});
    } else {
        return false;
    }
    Q_EMIT correctionsChanged();
    return true;
}

void ImportPreviewModel::tellBelow(const QModelIndex& index) {
    const int rows = rowCount(index);
    if (rows == 0) return;
    Q_EMIT dataChanged(this->index(0, 0, index), this->index(rows - 1, ColumnCount - 1, index));
    for (int row = 0; row < rows; ++row)
        tellBelow(this->index(row, 0, index));
}

QVariant ImportPreviewModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) return {};
    if (role == Qt::TextAlignmentRole && section != NameColumn && section != TargetColumn)
        return QVariant(Qt::AlignRight | Qt::AlignVCenter);
    if (role != Qt::DisplayRole) return {};
    switch (section) {
    case NameColumn:
        return tr("Run");
    case StepsColumn:
        return tr("Steps");
    case SeriesColumn:
        return tr("Series");
    case PointsColumn:
        return tr("Points");
    case CheckpointsColumn:
        return tr("Checkpoints");
    case ScoresColumn:
        return tr("Scores");
    case TargetColumn:
        return tr("Goes to");
    default:
        return {};
    }
}

Qt::ItemFlags ImportPreviewModel::flags(const QModelIndex& index) const {
    if (!index.isValid()) return {};
    const Node& shown = nodeOf(index);
    Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
    if (index.column() != NameColumn) return flags;
    flags |= Qt::ItemIsUserCheckable;
    if (shown.kind == Kind::run && !shown.runs.front()->known) flags |= Qt::ItemIsEditable;
    return flags;
}

} // namespace isoloss
