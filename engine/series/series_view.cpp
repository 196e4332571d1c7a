#include "engine/series/series_view.h"
