#include "engine/inference/metric_catalogue.h"
