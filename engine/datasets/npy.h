#pragma once

#include "engine/base/error.h"
#include "engine/datasets/number_array.h"

#include <string_view>

namespace isoloss {

/// The first bytes of a .npy file.
inline constexpr std::string_view npy_magic = "\x93NUMPY";

/// An array in NumPy's file format, versions 1 to 3. Integers, booleans and floating-point numbers of up to 64 bits, in
/// either byte order. Python objects, which would be unpickled, and other types are refused by name; so is Fortran
/// order where it differs from C's.
Expected<NumberArray> open_npy(ByteSource source);

} // namespace isoloss
