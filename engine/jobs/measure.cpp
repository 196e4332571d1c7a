#include "engine/jobs/measure.h"
