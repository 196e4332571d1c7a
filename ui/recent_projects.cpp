#include "ui/recent_projects.h"

#include <QDir>
#include <QFileInfo>

namespace isoloss {

namespace {

constexpr int mostRecent = 8;
const QString key = QStringLiteral("recentProjects");

} // namespace

QStringList recentProjects(const QSettings& settings) {
    QStringList paths = settings.value(key).toStringList();
    paths.removeIf([](const QString& path) { return !QFileInfo::exists(path); });
    return paths;
}

void rememberProject(QSettings& settings, const QString& path) {
    QStringList paths = settings.value(key).toStringList();
    paths.removeAll(path);
    paths.prepend(path);
    settings.setValue(key, QStringList(paths.mid(0, mostRecent)));
}

QString defaultProjectPath(const QString& importedPath) {
    const QFileInfo imported(QDir::cleanPath(importedPath));
    QString name = imported.isDir() ? imported.fileName() : imported.completeBaseName();
    if (name.isEmpty()) name = QStringLiteral("project");
    const QDir folder(QDir::home().filePath(QStringLiteral("Isoloss")));
    QString path = folder.filePath(name + QStringLiteral(".isoloss"));
    for (int number = 2; QFileInfo::exists(path); ++number)
        path = folder.filePath(QStringLiteral("%1-%2.isoloss").arg(name).arg(number));
    return path;
}

} // namespace isoloss
