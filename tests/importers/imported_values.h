#pragma once

#include "engine/store/project.h"

#include <QStringList>
#include <map>

namespace isoloss::support {

/// "run@step key=value±stderr n" of all values of a project, those that a newer one hides with their variant, sorted.
inline QStringList value_texts(Project& project) {
    auto reader = *project.reader();
    std::map<CheckpointId, QString> labels;
    const auto checkpoints = *reader->checkpoints();
    for (const CheckpointRecord& checkpoint : checkpoints)
        labels[checkpoint.id] = QString::fromStdString(checkpoint.run_name) + "@" +
                                (checkpoint.step ? QString::number(*checkpoint.step) : QString("last"));
    QStringList texts;
    const auto current = *reader->values();
    for (const ValueRecord& newest : current) {
        const auto history = *reader->value_history(newest.checkpoint, newest.quantity);
        for (const ValueRecord& value : history) {
            QString text = labels[value.checkpoint] + " " + QString::fromStdString(newest.quantity_key) + "=" +
                           (value.value ? QString::number(*value.value) : QString("none"));
            if (value.standard_error) text += " ±" + QString::number(*value.standard_error);
            if (value.n) text += " n" + QString::number(*value.n);
            if (value.status != ValueStatus::ok)
                text += " " + QString::fromUtf8(value_status_name(value.status).data());
            if (value.id != newest.id) text += " (" + QString::fromStdString(value.variant) + ")";
            texts << text;
        }
    }
    texts.sort();
    return texts;
}

} // namespace isoloss::support
