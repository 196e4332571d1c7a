#pragma once

#include <QTreeView>
#include <string>
#include <vector>

namespace isoloss {

class RunsModel;

/// The table of runs. Section rows fold by click, Return, Left and Right; Left on a run goes to its section. Space
/// toggles the eyes of the selected runs, or of all runs of a section.
class RunsView : public QTreeView {
    Q_OBJECT

public:
    explicit RunsView(RunsModel& model, QWidget* parent = nullptr);

    /// Gives columns that changed the widths of their content; the names take what is left.
    void layOutColumns();

protected:
    void resizeEvent(QResizeEvent* event) override;
    void drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void fitNames();
    void drawArrow(QPainter* painter, const QRect& cell, bool folded) const;
    /// Opens or closes the eyes of these rows, whichever the current row's is not.
    void toggleEyes(const std::vector<int>& rows);
    /// Whether the key meant something here.
    bool pressKey(int key, const QModelIndex& current);

    RunsModel& runs_;
    std::vector<std::string> laidOut_; ///< keys of the columns that have their widths
};

} // namespace isoloss
