#pragma once

#include <QHeaderView>

namespace isoloss {

/// A horizontal header whose titles end in "…" where the column is too narrow, whatever side they are aligned to.
/// QHeaderView leaves the style sheet's padding out of account and cuts letters off instead.
class ElidedHeader final : public QHeaderView {
public:
    explicit ElidedHeader(QWidget* parent = nullptr);

protected:
    void initStyleOptionForIndex(QStyleOptionHeader* option, int logicalIndex) const override;
};

} // namespace isoloss
