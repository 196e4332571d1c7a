#pragma once

// The parts of LibTorch that nearly every file of this folder needs.
#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <span>
#include <string>
#include <vector>
