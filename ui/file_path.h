#pragma once

#include <QFile>
#include <QString>
#include <filesystem>

namespace isoloss {

/// A path of Qt as the engine takes it: the bytes of the file system, whatever their encoding.
inline std::filesystem::path toPath(const QString& file) {
    return {QFile::encodeName(file).toStdString()};
}

} // namespace isoloss
