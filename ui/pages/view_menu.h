#pragma once

#include "engine/store/records.h"
#include "ui/engine_bridge.h"

#include <QToolButton>
#include <vector>

namespace isoloss {

class Page;
class UiServices;

/// Brings a view back on its page, the arrangement of the runs that it was saved with, and with a figure its filter.
/// The window's thread.
void restoreView(UiServices& services, Page& page, const ViewRecord& view);

/// The Views button of a page: saves what is set on the page under a name in the project, and brings it back; also says
/// which view the project opens with. The body of a view is the page's state, which for pages with a figure is its
/// recipe, and how the runs are arranged. The window's thread.
class ViewMenu final : public QToolButton {
    Q_OBJECT

public:
    /// `kind` is the name of the page in the project: "curves", "downstream", "checkpoints", "compare".
    ViewMenu(UiServices& services, Page& page, std::string kind, QWidget* parent = nullptr);

    /// Stores the page's state; replaces a view of that name.
    void save(const QString& name);
    void restore(const QString& name);
    /// The view, of any page, that the project opens with from now on; none for an empty name.
    void setStartView(const QString& name);

    /// Names of the page's views, as last read.
    QStringList names() const;

private:
    struct Views;

    void load();
    void fill();
    void addRemoval();
    void addStart();

    UiServices& services_;
    Page& page_;
    std::string kind_;
    QueryChannel channel_;
    std::vector<ViewRecord> views_; ///< of the page
    QStringList all_names_;         ///< of all views of the project
    QString start_name_;            ///< empty: none
};

} // namespace isoloss
