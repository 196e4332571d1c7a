#include "engine/datasets/tokenizer.h"
