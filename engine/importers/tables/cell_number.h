#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace isoloss {

/// What a cell of a table says when a number is wanted.
enum class CellKind {
    number,   ///< a value; NaN and infinities are values too
    overflow, ///< a number beyond double, such as 1e999: an infinity, worth a warning
    missing,  ///< empty, or one of the words for nothing
    text,     ///< anything else: no number is guessed from it
};

struct CellNumber {
    CellKind kind = CellKind::missing;
    double value = 0; ///< of a number and an overflow
};

/// Reads a cell by one table for all readers of tables; spaces around it do not count:
///   1  -2.5  +3  1e-4            the number
///   nan inf infinity, any case, signed   NaN and infinities
///   1e999                        an infinity, as overflow
///   (empty) - – — . NA N/A #N/A null none nil, any case   missing
///   1,5  1,234  58%  0x10  1_000  true   text: whether a comma parts thousands or decimals cannot be known
CellNumber cell_number(std::string_view cell);

/// Why a cell is no step.
enum class StepFault { none, missing, text, fraction, range };

struct CellStep {
    std::int64_t step = 0;
    StepFault fault = StepFault::none;
};

/// A step: an integer in any notation (1000, 1e3, 1000.0) within 64 bits. 1.5, 9.3e18 and nan are refused, and so is a
/// number beyond 2^53 that is not written as an integer: it has been rounded already.
CellStep cell_step(std::string_view cell);

/// For messages: "is no integer", "is no number", …
std::string_view step_fault_text(StepFault fault);

std::string_view without_spaces(std::string_view text);

} // namespace isoloss
