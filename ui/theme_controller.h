#pragma once

#include "widgets/theme.h"

#include <QObject>
#include <QVariant>
#include <optional>

class QDBusVariant;
class QSettings;

namespace isoloss {

enum class ThemeChoice { system, light, dark };

/// Which theme holds: the user's choice, or what the desktop prefers. Asks the freedesktop portal without waiting for
/// it and follows its changes; without a portal the lightness of the default palette decides. Applies the theme to the
/// program. Window thread.
class ThemeController : public QObject {
    Q_OBJECT

public:
    explicit ThemeController(QSettings& settings, QObject* parent = nullptr);

    const Theme& theme() const { return theme_; }

    ThemeChoice choice() const { return choice_; }

    void setChoice(ThemeChoice choice);

    /// Asks the portal; called after the first paint, so that a slow bus never delays the window.
    void followDesktop();

Q_SIGNALS:
    void themeChanged(const isoloss::Theme& theme);

private Q_SLOTS:
    void portalSettingChanged(const QString& nameSpace, const QString& key, const QDBusVariant& value);

private:
    void adoptPreference(const QVariant& value);
    void apply();

    QSettings& settings_;
    ThemeChoice choice_ = ThemeChoice::system;
    ColorScheme fallback_ = ColorScheme::light;
    std::optional<ColorScheme> preferred_; ///< what the portal said
    Theme theme_;
};

} // namespace isoloss
