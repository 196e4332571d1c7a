#pragma once

#include "ui/models/run_arrangement.h"
#include "widgets/theme.h"

#include <QAbstractTableModel>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

namespace isoloss {

/// The rows of the Runs dock over an immutable ArrangedRuns: runs, and a section row before each group. Columns: eye,
/// pin, name with swatch, then the chosen ones. Changes of the eye and the pin show at once and are asked for by
/// signal; the next setRuns brings what was stored. Window thread.
class RunsModel : public QAbstractTableModel {
    Q_OBJECT

public:
    enum Column { eyeColumn, pinColumn, nameColumn, firstChosenColumn };

    explicit RunsModel(QObject* parent = nullptr);

    void setTheme(const Theme& theme);
    /// Keeps rows that stay (selection and scroll position survive) when only their content changed.
    void setRuns(std::shared_ptr<const ArrangedRuns> runs);

    const ArrangedRuns& runs() const { return *runs_; }

    /// nullptr for a section row.
    const RunRecord* run(int row) const;
    int rowOf(RunId run) const; ///< −1 when it is not listed or in a folded section
    bool isSection(int row) const;
    bool isFolded(int row) const;
    void toggleSection(int row);
    /// The key of a model column, as RunArrangement::sortKey names it.
    std::string keyOf(int column) const;
    /// Whether the eye of a run is open, with changes that are not stored yet.
    bool isVisible(const RunRecord& run) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void visibilityRequested(isoloss::RunId run, bool visible);
    void pinRequested(isoloss::RunId run, bool pinned);
    void renameRequested(isoloss::RunId run, const QString& name);

private:
    struct Row {
        int run = -1; ///< index into the table; −1: a section row
        int section = -1;

        bool operator==(const Row&) const = default;
    };

    std::vector<Row> makeRows() const;
    QVariant sectionData(const Row& row, int column, int role) const;

    Theme theme_ = Theme::light();
    std::shared_ptr<const ArrangedRuns> runs_ = std::make_shared<const ArrangedRuns>();
    std::vector<Row> rows_;
    std::set<QString> folded_; ///< titles of folded sections
    std::unordered_map<RunId, bool> visible_, pinned_;
};

} // namespace isoloss
