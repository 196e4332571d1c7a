#include "engine/analysis/filter.h"
