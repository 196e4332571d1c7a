#pragma once

#include <QWidget>
#include <vector>

namespace isoloss {

/// Lays widgets of equal size out in as many columns as fit; its height follows from its width, and wide cards are
/// higher by up to a third. The window's thread.
class CardGrid final : public QWidget {
    Q_OBJECT

public:
    explicit CardGrid(QWidget* parent = nullptr);

    /// Takes the cards over, in their order.
    void setCards(const std::vector<QWidget*>& cards);

Q_SIGNALS:
    /// The cards have new places.
    void placed();

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    int fitting() const; ///< columns that there is room for
    void place();

    std::vector<QWidget*> cards_;
};

} // namespace isoloss
