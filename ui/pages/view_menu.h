#pragma once

#include "engine/store/records.h"
#include "ui/engine_bridge.h"

#include <QToolButton>
#include <vector>

namespace isoloss {

class Page;
class UiServices;

/// The Views button of a page: saves what is set on the page under a name in the project, and brings it back. The body
/// of a view is the page's state, which for pages with a figure is its recipe. The window's thread.
class ViewMenu final : public QToolButton {
    Q_OBJECT

public:
    /// `kind` is the name of the page in the project: "curves", "downstream", "checkpoints", "compare".
    ViewMenu(UiServices& services, Page& page, std::string kind, QWidget* parent = nullptr);

    /// Stores the page's state; replaces a view of that name.
    void save(const QString& name);
    void restore(const QString& name);

    /// Names of the page's views, as last read.
    QStringList names() const;

private:
    void load();
    void fill();

    UiServices& services_;
    Page& page_;
    std::string kind_;
    QueryChannel channel_;
    std::vector<ViewRecord> views_;
};

} // namespace isoloss
