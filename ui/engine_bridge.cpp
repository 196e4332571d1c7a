#include "ui/engine_bridge.h"
