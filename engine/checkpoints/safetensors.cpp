#include "engine/checkpoints/safetensors.h"
