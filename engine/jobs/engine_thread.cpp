#include "engine/jobs/engine_thread.h"
