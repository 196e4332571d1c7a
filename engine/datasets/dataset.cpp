#include "engine/datasets/dataset.h"
