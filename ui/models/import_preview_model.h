#pragma once

#include "engine/importers/import_preview.h"

#include <QAbstractItemModel>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace isoloss {

/// What an import would bring, as a tree: formats, their runs, and the files of a run that has several; a file that
/// holds several runs stands above them. Sources can be left out and new runs renamed; importOptions() says so to the
/// import. Window thread.
class ImportPreviewModel final : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Column {
        NameColumn,
        StepsColumn,
        SeriesColumn,
        PointsColumn,
        CheckpointsColumn,
        ScoresColumn,
        TargetColumn,
        ColumnCount
    };

    /// Sums over what is ticked. `partly`: some of it was only looked at in its beginning.
    struct Totals {
        std::int64_t sources = 0, runs = 0, points = 0, checkpoints = 0, scores = 0;
        std::int64_t names_in_use = 0; ///< new runs that have the name of a known one
        bool partly = false;
    };

    explicit ImportPreviewModel(QObject* parent = nullptr) : QAbstractItemModel(parent) {}

    /// Corrections that were made before are kept where they still apply.
    void setPreview(std::shared_ptr<const ImportPreview> preview);
    void setJoinNames(bool join);

    bool joinNames() const { return join_names_; }

    Totals totals() const;
    /// The person's corrections.
    ImportOptions importOptions() const;

    /// The sources that a row stands for; none for a format.
    std::vector<const SourcePreview*> sources(const QModelIndex& index) const;
    /// What they say of the run that the row stands for; none when it stands for no run.
    std::vector<const RunPreview*> runs(const QModelIndex& index) const;

    /// The row that stands for the source with this chief file alone, else for all of its run; invalid when there is
    /// none.
    QModelIndex indexOf(const std::filesystem::path& file) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& index) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void correctionsChanged();

private:
    enum class Kind { format, run, file };

    struct Node {
        Kind kind = Kind::format;
        int parent = -1;
        int row = 0;
        std::vector<int> children;
        std::vector<const SourcePreview*> sources; ///< all that unticking it leaves out; none for a run of a file
        std::vector<const RunPreview*> runs;       ///< all below
        bool partly = false;                       ///< one of them was only looked at in its beginning
        QString title;                             ///< of a format
    };

    int node(const QModelIndex& index) const { return static_cast<int>(index.internalId()); }

    const Node& nodeOf(const QModelIndex& index) const { return nodes_[static_cast<std::size_t>(node(index))]; }

    int addNode(Kind kind, int parent);
    void addSource(const SourcePreview& source, int format);
    void add(int node, const SourcePreview& source, const std::vector<RunPreview>& runs);

    bool isExcluded(const SourcePreview& source) const { return excluded_.contains(source.files.front()); }

    Qt::CheckState checkState(const Node& node) const;
    void tellBelow(const QModelIndex& index);
    QString name(const Node& node) const;
    QString newName(const RunPreview& run) const;
    QString target(const Node& node) const;
    QString number(const Node& node, int column) const;

    std::shared_ptr<const ImportPreview> preview_;
    std::vector<Node> nodes_;
    std::vector<int> roots_;
    std::map<std::pair<std::string, std::string>, int> run_nodes_; ///< below formats, by identity
    std::set<std::filesystem::path> excluded_;
    std::map<std::pair<std::string, std::string>, std::string> names_; ///< of new runs, by identity
    bool join_names_ = false;
};

} // namespace isoloss
