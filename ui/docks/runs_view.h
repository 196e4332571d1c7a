#pragma once

#include <QTreeView>
#include <map>
#include <string>
#include <vector>

namespace isoloss {

class RunsModel;

/// The table of runs. Section rows fold by click, Return, Left and Right; Left on a run goes to its section. Space
/// toggles the eyes of the selected runs, or of all runs of a section. Chosen columns are moved by dragging their
/// headings and keep the widths that they are given.
class RunsView : public QTreeView {
    Q_OBJECT

public:
    explicit RunsView(RunsModel& model, QWidget* parent = nullptr);

    /// By key, what a person made of them; other columns fit their content.
    using Widths = std::map<std::string, int>;

    const Widths& widths() const { return widths_; }

    void setWidths(Widths widths) { widths_ = std::move(widths); }

    /// Gives columns that changed their widths; the names take what is left.
    void layOutColumns();

Q_SIGNALS:
    /// A heading was dragged to another place: keys of the chosen columns as they stand now.
    void columnsMoved(const std::vector<std::string>& keys);
    void widthsChanged();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    enum class Rows { all, runs };

    void fitChosen();
    void fitNames();
    int contentWidth(int column, Rows rows) const;
    void keepWidth(int column, int width);
    void followMove(int column, int from, int to);
    void drawArrow(QPainter* painter, const QRect& cell, bool folded) const;
    /// Opens or closes the eyes of these rows, whichever the current row's is not.
    void toggleEyes(const std::vector<int>& rows);
    /// Whether the key meant something here.
    bool pressKey(int key, const QModelIndex& current);

    RunsModel& runs_;
    std::vector<std::string> laidOut_; ///< keys of the columns that have their widths
    bool laidOutSections_ = false;     ///< whether there were sections, whose cells are wider
    bool fitting_ = false;             ///< widths and places change, but not by hand
    Widths widths_;
};

} // namespace isoloss
