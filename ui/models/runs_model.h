#pragma once

#include "ui/models/run_arrangement.h"
#include "ui/selection.h"
#include "widgets/theme.h"

#include <QAbstractTableModel>
#include <memory>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

namespace isoloss {

/// The rows of the Runs dock over an immutable ArrangedRuns: runs, and a section row before each group. Columns: eye,
/// pin, name with swatch, then the chosen ones, of which a section shows mean ± sd over its runs. Changes of the eye
/// and the pin show at once and are asked for by signal; the next setRuns brings what was stored. The eye of a section
/// is that of all its runs. Window thread.
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
    /// The rows of those runs that are listed and in no folded section, from above.
    std::vector<int> rowsOf(const std::vector<RunId>& runs) const;
    bool isSection(int row) const;
    int sectionRowOf(int row) const; ///< of the section that a row is in; −1 without sections
    bool isFolded(int row) const;
    void toggleSection(int row);
    /// The key of a model column, as RunArrangement::sortKey names it.
    std::string keyOf(int column) const;
    /// Whether the eye of a run is open, with changes that are not stored yet.
    bool isVisible(const RunRecord& run) const;
    /// Opens or closes the eyes of these rows at once; a section row stands for all its runs.
    void setVisible(const std::vector<int>& rows, bool visible);

    /// What the pages draw: listed runs whose eye is open and that are not in the trash.
    Selection::Runs shownRuns() const;
    /// The same by section.
    std::vector<RunGroup> shownGroups() const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
    void visibilityRequested(const std::vector<isoloss::RunId>& runs, bool visible);
    void pinRequested(isoloss::RunId run, bool pinned);
    void renameRequested(isoloss::RunId run, const QString& name);

private:
    struct Row {
        int run = -1; ///< index into the table; −1: a section row
        int section = -1;

        bool operator==(const Row&) const = default;
    };

    std::vector<Row> makeRows() const;
    const RunSection& sectionOf(const Row& row) const;
    std::span<const RunRecord> runsOf(const RunSection& section) const;
    bool isShown(const RunRecord& run) const;
    Qt::CheckState eyeOf(const RunSection& section) const;
    QVariant sectionData(const Row& row, int column, int role) const;

    Theme theme_ = Theme::light();
    std::shared_ptr<const ArrangedRuns> runs_ = std::make_shared<const ArrangedRuns>();
    std::vector<Row> rows_;
    std::set<QString> folded_; ///< keys of folded sections
    std::unordered_map<RunId, bool> visible_, pinned_;
};

} // namespace isoloss
