#pragma once

#include "engine/base/error.h"

#include <string_view>

namespace isoloss::torch_module {

/// The exception that is being handled as an Error: memory exhausted → limit, no kernel for a type → unsupported, the
/// rest → internal. `doing` starts the sentence ("Scoring"). Call inside a catch block only.
Error current_exception_as_error(std::string_view doing);

/// Calls `function`, which returns Expected<…>, and turns whatever it throws into an Error.
template <typename Function>
auto without_exceptions(std::string_view doing, Function&& function) noexcept -> decltype(function()) {
    try {
        return function();
    } catch (...) {
        return fail(current_exception_as_error(doing));
    }
}

} // namespace isoloss::torch_module
