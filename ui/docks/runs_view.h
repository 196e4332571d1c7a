#pragma once

#include <QTreeView>
#include <string>
#include <vector>

namespace isoloss {

class RunsModel;

/// The table of runs. Section rows span all columns and fold by click, Return, Left and Right; Space toggles the eyes
/// of the selected runs.
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

    RunsModel& runs_;
    std::vector<std::string> laidOut_; ///< keys of the columns that have their widths
};

} // namespace isoloss
