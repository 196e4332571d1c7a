#pragma once

#include "ui/page.h"
#include "ui/page_kind.h"

namespace isoloss {

class UiServices;

/// Makes a page of the centre area. The services outlive it.
Page* makePage(PageKind kind, UiServices& services, QWidget* parent);

} // namespace isoloss
