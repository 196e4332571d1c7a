#include "ui/import_previewer.h"

#include "engine/store/project.h"
#include "ui/file_path.h"

#include <exception>

namespace isoloss {

void ImportPreviewer::cancel() {
    cancellation_.cancel();
    for (std::thread* thread : {&thread_, &sketching_})
        if (thread->joinable()) thread->join();
    running_ = false;
    ++number_;
    ++sketch_number_;
}

namespace {

Expected<TableSketch> makeSketch(const Project* project, const std::filesystem::path& table, ImportOptions options) {
    if (project) {
        ISOLOSS_TRY(const auto reader, project->reader());
        ISOLOSS_TRY(options.mapping, with_kept_mappings(*reader, options.mapping));
    }
    return sketch_table(table, options);
}

} // namespace

void ImportPreviewer::sketch(std::shared_ptr<const Project> project, const std::filesystem::path& table,
                             ImportOptions options) {
    if (sketching_.joinable()) sketching_.join(); // a few kilobytes
    const int number = ++sketch_number_;
    sketching_ = std::thread([this, number, project = std::move(project), table, options = std::move(options)] {
        std::shared_ptr<const TableSketch> made;
        Error error;
        try {
            if (auto sketch = makeSketch(project.get(), table, options))
                made = std::make_shared<const TableSketch>(std::move(*sketch));
            else
                error = std::move(sketch.error());
        } catch (const std::exception& exception) {
            error = {ErrorKind::internal, {}, {}, exception.what(), "Please report this with the log"};
        }
        const auto deliver = [this, number, made, error] {
            if (number != sketch_number_) return;
            if (made)
                Q_EMIT sketched(made);
            else
                Q_EMIT sketchFailed(error);
        };
        QMetaObject::invokeMethod(this, deliver, Qt::QueuedConnection);
    });
}

void ImportPreviewer::start(std::shared_ptr<const Project> project, const QStringList& paths, ImportOptions options) {
    cancel();
    cancellation_ = CancellationSource();
    options.cancellation = cancellation_.token();
    const int number = number_;
    const auto deliver = [this, number](auto what) {
        QMetaObject::invokeMethod(
            this,
            [this, number, what] {
                if (number == number_) what();
            },
            Qt::QueuedConnection);
    };
    options.progress = [this, deliver](const Progress& progress) {
        deliver([this, progress] { Q_EMIT progressed(progress); });
    };
    std::vector<std::filesystem::path> files;
    for (const QString& path : paths)
        files.push_back(toPath(path));
    running_ = true;
    thread_ = std::thread([this, deliver, project = std::move(project), files, options] {
        std::shared_ptr<const ImportPreview> found_preview;
        Error error;
        try {
            if (auto preview = preview_import(project.get(), files, options))
                found_preview = std::make_shared<const ImportPreview>(std::move(*preview));
            else
                error = std::move(preview.error());
        } catch (const std::exception& exception) {
            error = {ErrorKind::internal, {}, {}, exception.what(), "Please report this with the log"};
        }
        deliver([this, found_preview, error] {
            running_ = false;
            if (found_preview)
                Q_EMIT found(found_preview);
            else
                Q_EMIT failed(error);
        });
    });
}

} // namespace isoloss
