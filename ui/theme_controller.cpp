#include "ui/theme_controller.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QSettings>
#include <array>

namespace isoloss {

namespace {

constexpr int portalTimeoutMs = 2000;
const QString portalService = QStringLiteral("org.freedesktop.portal.Desktop");
const QString portalPath = QStringLiteral("/org/freedesktop/portal/desktop");
const QString portalInterface = QStringLiteral("org.freedesktop.portal.Settings");
const QString appearance = QStringLiteral("org.freedesktop.appearance");
const QString colorSchemeKey = QStringLiteral("color-scheme");
const QString settingsKey = QStringLiteral("theme");
const std::array<QString, 3> choiceNames{QStringLiteral("system"), QStringLiteral("light"), QStringLiteral("dark")};

ColorScheme schemeOfPalette(const QPalette& palette) {
    return palette.color(QPalette::Window).lightness() < palette.color(QPalette::WindowText).lightness()
               ? ColorScheme::dark
               : ColorScheme::light;
}

} // namespace

ThemeController::ThemeController(QSettings& settings, QObject* parent)
    : QObject(parent), settings_(settings), fallback_(schemeOfPalette(QApplication::palette())) {
    const QString stored = settings_.value(settingsKey).toString();
    for (std::size_t i = 0; i < choiceNames.size(); ++i)
        if (stored == choiceNames[i]) choice_ = static_cast<ThemeChoice>(i);
    theme_ = Theme::light();
    apply();
}

void ThemeController::setChoice(ThemeChoice choice) {
    if (choice == choice_) return;
    choice_ = choice;
    settings_.setValue(settingsKey, choiceNames[static_cast<std::size_t>(choice)]);
    apply();
}

void ThemeController::followDesktop() {
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) return;
    bus.connect(portalService, portalPath, portalInterface, QStringLiteral("SettingChanged"), this,
                SLOT(portalSettingChanged(QString, QString, QDBusVariant)));
    auto read = QDBusMessage::createMethodCall(portalService, portalPath, portalInterface, QStringLiteral("Read"));
    read << appearance << colorSchemeKey;
    auto* watcher = new QDBusPendingCallWatcher(bus.asyncCall(read, portalTimeoutMs), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        watcher->deleteLater();
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (reply.isValid()) adoptPreference(reply.value().variant());
    });
}

void ThemeController::portalSettingChanged(const QString& nameSpace, const QString& key, const QDBusVariant& value) {
    if (nameSpace == appearance && key == colorSchemeKey) adoptPreference(value.variant());
}

void ThemeController::adoptPreference(const QVariant& value) {
    // `Read` wraps its answer in a second variant.
    const QVariant inner = value.canConvert<QDBusVariant>() ? value.value<QDBusVariant>().variant() : value;
    constexpr uint prefersDark = 1;
    constexpr uint prefersLight = 2;
    switch (inner.toUInt()) {
    case prefersDark:
        preferred_ = ColorScheme::dark;
        break;
    case prefersLight:
        preferred_ = ColorScheme::light;
        break;
    default:
        preferred_.reset();
    }
    apply();
}

void ThemeController::apply() {
    ColorScheme scheme = preferred_.value_or(fallback_);
    if (choice_ == ThemeChoice::light) scheme = ColorScheme::light;
    if (choice_ == ThemeChoice::dark) scheme = ColorScheme::dark;
    theme_ = scheme == ColorScheme::dark ? Theme::dark() : Theme::light();
    if (auto* application = qobject_cast<QApplication*>(QApplication::instance())) apply_theme(*application, theme_);
    Q_EMIT themeChanged(theme_);
}

} // namespace isoloss
