#include "ui/pages/view_menu.h"

#include "engine/store/project.h"
#include "ui/figures/value_text.h"
#include "ui/models/run_arrangement.h"
#include "ui/page.h"
#include "ui/ui_services.h"

#include <QActionGroup>
#include <QHBoxLayout>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QMenu>
#include <QWidgetAction>
#include <algorithm>
#include <optional>

namespace isoloss {

namespace {

const QString runs_member = QStringLiteral("runs"); ///< how the table of runs was arranged, beside the page's own state

} // namespace

void restoreView(UiServices& services, Page& page, const ViewRecord& view) {
    const QJsonObject state = QJsonDocument::fromJson(QByteArray::fromStdString(view.body)).object();
    page.restoreState(state);
    const bool is_figure = state.value(QStringLiteral("isoloss")) == QStringLiteral("figure");
    const QString filter =
        is_figure ? state.value(QStringLiteral("filter")).toString() : qtext(services.runArrangement().filter);
    if (state.contains(runs_member)) {
        RunArrangement arrangement = runArrangementOf(state.value(runs_member).toObject());
        arrangement.filter = utf8(filter);
        services.arrangeRuns(arrangement);
    } else if (is_figure) {
        services.filterRuns(filter);
    }
}

struct ViewMenu::Views {
    std::vector<ViewRecord> all;
    std::string start;
};

ViewMenu::ViewMenu(UiServices& services, Page& page, std::string kind, QWidget* parent)
    : QToolButton(parent), services_(services), page_(page), kind_(std::move(kind)) {
    setText(tr("Views"));
    setToolTip(tr("Save what is set here under a name, or bring it back"));
    setPopupMode(QToolButton::InstantPopup);
    setMenu(new QMenu(this));
    connect(menu(), &QMenu::aboutToShow, this, &ViewMenu::fill);
    connect(&services_.bridge(), &EngineBridge::projectChanged, this, &ViewMenu::load);
    connect(&services_.bridge(), &EngineBridge::changed, this, [this](const ChangeSet& changes) {
        if (changes.views || changes.everything) load();
    });
    load();
}

QStringList ViewMenu::names() const {
    QStringList names;
    for (const ViewRecord& view : views_)
        names << qtext(view.name);
    return names;
}

void ViewMenu::load() {
    views_.clear();
    all_names_.clear();
    start_name_.clear();
    if (services_.bridge().project() == nullptr) return;
    services_.bridge().query<Views>(
        channel_,
        [](Reader& reader) -> Expected<Views> {
            Views views;
            ISOLOSS_TRY(views.all, reader.views());
            ISOLOSS_TRY(const std::optional<ViewRecord> start, reader.start_view());
            if (start) views.start = start->name;
            return views;
        },
        this,
        [this](const QueryAnswer<Views>& views) {
            if (!views) return services_.showError(views.error());
            views_.clear();
            all_names_.clear();
            for (const ViewRecord& view : (*views)->all) {
                all_names_ << qtext(view.name);
                if (view.page == kind_) views_.push_back(view);
            }
            start_name_ = qtext((*views)->start);
        });
}

void ViewMenu::fill() {
    menu()->clear();
    for (const ViewRecord& view : views_) {
        const QString name = qtext(view.name);
        menu()->addAction(name, this, [this, name] { restore(name); });
    }
    if (views_.empty()) menu()->addAction(tr("No views yet"))->setEnabled(false);
    menu()->addSeparator();
    auto* row = new QWidget(menu());
    auto* name = new QLineEdit(row);
    name->setPlaceholderText(tr("Save as…"));
    name->setAccessibleName(tr("Name of the view"));
    name->setMinimumWidth(180);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(8, 4, 8, 4);
    layout->addWidget(name);
    auto* action = new QWidgetAction(menu());
    action->setDefaultWidget(row);
    menu()->addAction(action);
    connect(name, &QLineEdit::returnPressed, this, [this, name] {
        const QString text = name->text().trimmed();
        menu()->close();
        if (!text.isEmpty()) save(text);
    });
    addStart();
    addRemoval();
}

void ViewMenu::addRemoval() {
    if (views_.empty()) return;
    QMenu* removal = menu()->addMenu(tr("Remove"));
    for (const ViewRecord& view : views_) {
        removal->addAction(qtext(view.name), this, [this, id = view.id] {
            services_.bridge().write([id](WriteSession& session) { return session.remove_view(id); });
        });
    }
}

void ViewMenu::addStart() {
    if (all_names_.isEmpty()) return;
    QMenu* start = menu()->addMenu(tr("Open the project with"));
    start->setEnabled(services_.session().isWritable());
    auto* choice = new QActionGroup(start);
    const auto add = [&](const QString& text, const QString& name) {
        QAction* action = start->addAction(text, this, [this, name] { setStartView(name); });
        action->setCheckable(true);
        action->setChecked(name == start_name_);
        choice->addAction(action);
    };
    add(tr("What was shown last"), {});
    start->addSeparator();
    for (const QString& name : all_names_)
        add(name, name);
}

void ViewMenu::setStartView(const QString& name) {
    services_.bridge().write([wanted = utf8(name)](WriteSession& session) { return session.set_start_view(wanted); });
}

void ViewMenu::save(const QString& name) {
    ViewRecord view;
    view.name = utf8(name);
    view.page = kind_;
    QJsonObject state = page_.state();
    state.insert(runs_member, runArrangementJson(services_.runArrangement()));
    view.body = QJsonDocument(state).toJson().toStdString();
    services_.bridge().write(
        [view](WriteSession& session) -> Expected<void> {
            ISOLOSS_TRY_VOID(session.put_view(view));
            return {};
        },
        this,
        [this, name](const Expected<void>& written) {
            if (!written) return services_.showError(written.error());
            services_.showMessage(tr("Saved the view “%1”").arg(name));
        });
}

void ViewMenu::restore(const QString& name) {
    const std::string wanted = utf8(name);
    const auto view = std::find_if(views_.begin(), views_.end(),
                                   [&](const ViewRecord& candidate) { return candidate.name == wanted; });
    if (view == views_.end()) return;
    restoreView(services_, page_, *view);
}

} // namespace isoloss
