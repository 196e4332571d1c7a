#include "ui/pages/page_factory.h"

#include "ui/pages/checkpoints_page.h"
#include "ui/pages/compare_page.h"
#include "ui/pages/curves_page.h"
#include "ui/pages/downstream_page.h"

namespace isoloss {

Page* makePage(PageKind kind, UiServices& services, QWidget* parent) {
    switch (kind) {
    case PageKind::curves:
        return new CurvesPage(services, parent);
    case PageKind::downstream:
        return new DownstreamPage(services, parent);
    case PageKind::checkpoints:
        return new CheckpointsPage(services, parent);
    case PageKind::compare:
        return new ComparePage(services, parent);
    }
    return nullptr;
}

} // namespace isoloss
