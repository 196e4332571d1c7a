#include "engine/analysis/equal_loss.h"
