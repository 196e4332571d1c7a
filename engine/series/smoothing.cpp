#include "engine/series/smoothing.h"
