#pragma once

#include <QTreeView>

namespace isoloss {

class RunsModel;

/// The table of runs. Section rows span all columns and fold by click, Return, Left and Right; Space toggles the eyes
/// of the selected runs.
class RunsView : public QTreeView {
    Q_OBJECT

public:
    explicit RunsView(RunsModel& model, QWidget* parent = nullptr);

protected:
    void drawRow(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    RunsModel& runs_;
};

} // namespace isoloss
