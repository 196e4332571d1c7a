#pragma once

#include <QSettings>
#include <QStringList>

namespace isoloss {

/// The projects opened last, newest first; files that are gone are left out.
QStringList recentProjects(const QSettings& settings);
void rememberProject(QSettings& settings, const QString& path);

/// Where a first import goes when no project is open: NAME.isoloss in the user's Isoloss folder, numbered when taken.
QString defaultProjectPath(const QString& importedPath);

} // namespace isoloss
