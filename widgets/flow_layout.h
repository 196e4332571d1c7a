#pragma once

#include <QLayout>
#include <memory>
#include <vector>

namespace isoloss {

/// A row of tools that breaks into further rows where it is too narrow. Items shrink to their minimum only as long as
/// that keeps all of them in one row. Trailing items stand at the right end of their row.
class FlowLayout final : public QLayout {
public:
    explicit FlowLayout(QWidget* parent = nullptr);
    ~FlowLayout() override;

    void addTrailing(QWidget* widget);

    void addItem(QLayoutItem* item) override;
    int count() const override;
    QLayoutItem* itemAt(int index) const override;
    QLayoutItem* takeAt(int index) override;
    Qt::Orientations expandingDirections() const override;
    bool hasHeightForWidth() const override;
    int heightForWidth(int width) const override;
    QSize sizeHint() const override;
    QSize minimumSize() const override;
    void setGeometry(const QRect& rect) override;

private:
    struct Place {
        QLayoutItem* item;
        int width;
    };

    using Row = std::vector<Place>;

    std::vector<Row> rows(int width) const;
    int height(const std::vector<Row>& rows) const;

    std::vector<std::unique_ptr<QLayoutItem>> m_items;
};

} // namespace isoloss
