#pragma once

#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QStandardPaths>
#include <filesystem>
#include <stdexcept>

namespace isoloss::test {

inline bool has_python() {
    return !QStandardPaths::findExecutable(QStringLiteral("python3")).isEmpty();
}

/// Runs a script of tests/importers/oracle on a file; answers the JSON object that it prints.
inline QJsonObject read_with_python(const char* script, const std::filesystem::path& file) {
    QProcess python;
    python.start(QStringLiteral("python3"), {QStringLiteral(ISOLOSS_ORACLE_DIR "/") + QString::fromLatin1(script),
                                             QString::fromStdString(file.string())});
    if (!python.waitForFinished(60000) || python.exitCode() != 0)
        throw std::runtime_error(python.readAllStandardError().toStdString());
    return QJsonDocument::fromJson(python.readAllStandardOutput()).object();
}

} // namespace isoloss::test
