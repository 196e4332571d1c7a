#include "engine/inference/torch/exceptions.h"

#include <c10/util/Exception.h>
#include <exception>
#include <new>

namespace isoloss::torch_module {

namespace {

/// LibTorch's message is its first line; stack frames follow.
std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// "2.00 GiB" of "Tried to allocate 2.00 GiB (…", "2147483648 bytes" of "you tried to allocate 2147483648 bytes. …";
/// nothing where LibTorch does not say.
std::string wanted_memory(std::string_view message) {
    constexpr std::string_view before = "ried to allocate ";
    const auto found = message.find(before);
    if (found == std::string_view::npos) return {};
    const std::string_view rest = message.substr(found + before.size());
    const auto unit = rest.find(' ');
    if (unit == std::string_view::npos) return {};
    return std::string(rest.substr(0, rest.find_first_of(" .,(\n", unit + 1)));
}

Error out_of_memory(std::string_view doing, std::string_view message) {
    const std::string wanted = wanted_memory(message);
    return {ErrorKind::limit,
            {},
            {},
            std::string(doing) + " ran out of memory" + (wanted.empty() ? "" : " when it needed " + wanted + " more"),
            "Use a shorter window or a machine with more memory"};
}

Error translated(std::string_view doing, std::string_view message) {
    // LibTorch has no error types for these that exist in all its versions.
    if (contains(message, "allocate memory") || contains(message, "out of memory"))
        return out_of_memory(doing, message);
    if (contains(message, "not implemented for"))
        return {ErrorKind::unsupported,
                {},
                {},
                std::string(doing) + " is not possible in this number type on this device: " + first_line(message),
                "Use float32"};
    return {ErrorKind::internal,
            {},
            {},
            std::string(doing) + " failed in LibTorch: " + first_line(message),
            "Report this with the model's config.json"};
}

} // namespace

Error current_exception_as_error(std::string_view doing) {
    try {
        throw;
    } catch (const std::bad_alloc&) {
        return out_of_memory(doing, {});
    } catch (const c10::Error& error) {
        return translated(doing, error.what_without_backtrace());
    } catch (const std::exception& error) {
        return translated(doing, error.what());
    } catch (...) {
        return translated(doing, "unknown exception");
    }
}

} // namespace isoloss::torch_module
