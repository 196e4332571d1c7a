#pragma once

#include "engine/base/error.h"
#include "engine/datasets/number_array.h"

#include <string_view>

namespace isoloss {

/// Whether these first bytes of a file are those of an IDX file (of MNIST and its relatives).
bool begins_as_idx(std::string_view bytes);

/// An IDX file: 0, 0, type, number of dimensions, their sizes, elements; all big-endian.
Expected<NumberArray> open_idx(ByteSource source);

} // namespace isoloss
