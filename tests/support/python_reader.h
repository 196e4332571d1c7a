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

/// Runs a script of tests/importers/oracle on a file or folder; answers what it prints.
inline QByteArray python_output(const char* script, const std::filesystem::path& path) {
    QProcess python;
    python.start(QStringLiteral("python3"), {QStringLiteral(ISOLOSS_ORACLE_DIR "/") + QString::fromLatin1(script),
                                             QString::fromStdString(path.string())});
    if (!python.waitForFinished(120'000) || python.exitCode() != 0)
        throw std::runtime_error(python.readAllStandardError().toStdString());
    return python.readAllStandardOutput();
}

/// The same where it prints a JSON object.
inline QJsonObject read_with_python(const char* script, const std::filesystem::path& path) {
    return QJsonDocument::fromJson(python_output(script, path)).object();
}

} // namespace isoloss::test
