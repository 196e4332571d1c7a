#include "engine/analysis/checkpoint_table.h"
