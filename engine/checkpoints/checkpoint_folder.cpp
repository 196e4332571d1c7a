#include "engine/checkpoints/checkpoint_folder.h"
