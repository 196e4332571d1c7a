#pragma once

#include "engine/base/cancellation.h"
#include "engine/datasets/dataset_items.h"
#include "ui/engine_bridge.h"

#include <QWidget>
#include <atomic>
#include <memory>
#include <optional>
#include <vector>

class QComboBox;
class QLabel;
class QTimer;

namespace isoloss {

class TokenText;
class UiServices;

/// A token of a preview: what it stands for and its ids (several where a character takes more than one).
struct PreviewToken {
    std::string text;
    std::vector<std::int32_t> ids;
};

/// The first items of a data set, cut to tokens when a tokenizer is chosen; else each part is one token without ids.
struct PreviewItem {
    std::string title;
    std::vector<std::vector<PreviewToken>> parts;
};

/// Reads the first items; the folder of a checkpoint gives the tokenizer, empty: none. Query thread.
Expected<std::vector<PreviewItem>> preview_items(const DatasetRecord& dataset, const std::string& checkpoint);

/// The first items of a data set with the borders of their tokens, and their number, counted in the background. Window
/// thread.
class DatasetPreview : public QWidget {
    Q_OBJECT

public:
    explicit DatasetPreview(UiServices& services, QWidget* parent = nullptr);
    ~DatasetPreview() override;

    /// Nothing: an empty preview.
    void setDataset(const std::optional<DatasetRecord>& dataset);

private:
    void loadCheckpoints();
    void load();
    void count();
    void show();
    void applyTheme();
    QString checkpoint() const;

    UiServices& services_;
    QueryChannel checkpoints_, loading_, counting_;
    std::optional<DatasetRecord> dataset_;
    std::shared_ptr<const std::vector<PreviewItem>> items_;
    std::optional<CancellationSource> stopCounting_;
    std::shared_ptr<std::atomic<int>> percent_; ///< of the count under way
    QComboBox* tokenizer_;
    QLabel* tokens_;
    TokenText* text_;
    QTimer* progress_;
};

} // namespace isoloss
