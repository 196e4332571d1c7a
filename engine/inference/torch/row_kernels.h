#pragma once

#include <cstdint>

namespace isoloss::torch_module {

// Loops over rows of float32 numbers, compiled for several instruction sets, of which the machine's best runs. Not a
// number in gives not a number out; relative errors are about 1e-7. Any thread.

/// The largest that is a number; −∞ where none is.
float row_maximum(const float* row, std::int64_t count);

/// Σ exp(row − shift).
double row_exp_sum(const float* row, std::int64_t count, float shift);

/// Whether none is infinite or not a number.
bool row_finite(const float* row, std::int64_t count);

/// The row becomes its softmax. `blocked`, which may be null, says what counts as −∞.
void row_softmax(float* row, std::int64_t count, const bool* blocked);

/// GELU in the form with tanh, in place.
void row_gelu_tanh(float* row, std::int64_t count);

/// Rotates the pairs (first[i], second[i]) by angles of which cosines and sines are given.
void rotate_rows(float* first, float* second, const float* cosines, const float* sines, std::int64_t count);

} // namespace isoloss::torch_module
