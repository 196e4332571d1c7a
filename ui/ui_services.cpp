#include "ui/ui_services.h"

namespace isoloss {

namespace {

std::unique_ptr<QSettings> openSettings(const QString& file) {
    if (!file.isEmpty()) return std::make_unique<QSettings>(file, QSettings::IniFormat);
    return std::make_unique<QSettings>(QSettings::IniFormat, QSettings::UserScope, QStringLiteral("isoloss"),
                                       QStringLiteral("isoloss"));
}

} // namespace

UiServices::UiServices(UiOptions options)
    : settings_(openSettings(options.settingsFile)), theme_(*settings_),
      session_(std::move(options.backend), std::move(options.engine)), device_(options.device) {}

UiServices::~UiServices() {
    session_.close();
}

} // namespace isoloss
