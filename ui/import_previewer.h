#pragma once

#include "engine/base/cancellation.h"
#include "engine/base/progress.h"
#include "engine/importers/import_preview.h"
#include "engine/importers/tables/table_sketch.h"

#include <QObject>
#include <QStringList>
#include <memory>
#include <thread>

namespace isoloss {

class Project;

/// Looks at what an import would bring, on a thread of its own; a new request ends the one before. Window thread.
class ImportPreviewer : public QObject {
    Q_OBJECT

public:
    explicit ImportPreviewer(QObject* parent = nullptr) : QObject(parent) {}

    ~ImportPreviewer() override { cancel(); }

    /// `project`: what is known already; may be null.
    void start(std::shared_ptr<const Project> project, const QStringList& paths, ImportOptions options);
    /// Waits for the threads, which stop at the next block.
    void cancel();

    /// Reads the first rows of a table; a new request ends the one before.
    void sketch(std::shared_ptr<const Project> project, const std::filesystem::path& table, ImportOptions options);

    bool isRunning() const { return running_; }

Q_SIGNALS:
    void progressed(const isoloss::Progress& progress);
    void found(const std::shared_ptr<const isoloss::ImportPreview>& preview);
    void failed(const isoloss::Error& error);
    void sketched(const std::shared_ptr<const isoloss::TableSketch>& sketch);
    void sketchFailed(const isoloss::Error& error);

private:
    std::thread thread_, sketching_;
    CancellationSource cancellation_;
    int number_ = 0;        ///< of the newest request
    int sketch_number_ = 0; ///< of the newest sketch
    bool running_ = false;
};

} // namespace isoloss
