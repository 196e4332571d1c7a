#include "engine/importers/import.h"
