#include "ui/pages/page_factory.h"

namespace isoloss {

Page* makePage(PageKind, UiServices&, QWidget* parent) {
    return new Page(parent);
}

} // namespace isoloss
