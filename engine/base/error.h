#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace isoloss {

/// What kind of failure it was. The kind decides the exit code and whether trying again makes sense; the words are in
/// the Error.
enum class ErrorKind {
    usage,       ///< the caller asked for something that has no meaning
    not_found,   ///< a file, a run, a quantity that is not there
    io,          ///< the operating system refused a read or a write
    damaged,     ///< bytes that contradict their format
    unsupported, ///< valid, but nothing that Isoloss can read or compute
    untrusted,   ///< could run code; the user has not said that it is trusted
    newer,       ///< written by a newer Isoloss
    foreign,     ///< not one of our files
    busy,        ///< in use by another instance
    limit,       ///< over a stated cap (size, depth, count)
    cancelled,   ///< the user or a shutdown stopped it
    internal,    ///< a bug of ours that was caught
};

/// An error that a researcher can act on: which file, where in it, why, and what to do.
/// `place` is an offset ("byte 4096"), a line ("line 12") or a key ("tensor wte.weight"); any part may be empty.
struct Error {
    ErrorKind kind = ErrorKind::internal;
    std::string file;
    std::string place;
    std::string reason;
    std::string remedy;

    /// One line: "FILE (PLACE): REASON. REMEDY".
    std::string text() const;
};

/// A value or an Error; for everything that can fail in normal use. Exceptions are for bugs only.
template <typename T>
using Expected = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(Error error) {
    return tl::unexpected<Error>(std::move(error));
}

inline tl::unexpected<Error> fail(ErrorKind kind, std::string reason, std::string remedy = {}) {
    return tl::unexpected<Error>(Error{kind, {}, {}, std::move(reason), std::move(remedy)});
}

/// The stable lower-case name of a kind, used in --json output and in stored job errors.
std::string_view error_kind_name(ErrorKind kind);

/// The process exit code of the command line contract: 0 done, 1 failed, 2 wrong usage, 3 refused.
int exit_code(ErrorKind kind);

} // namespace isoloss

// Early return of an error from a function that returns Expected<…>.
#define ISOLOSS_TRY_VOID(expression)                                                                                   \
    do {                                                                                                               \
        if (auto isoloss_try_result = (expression); !isoloss_try_result)                                               \
            return ::isoloss::fail(std::move(isoloss_try_result).error());                                             \
    } while (false)

// `ISOLOSS_TRY(auto rows, reader.runs());` declares `rows` or returns the error.
#define ISOLOSS_TRY(declaration, expression)                                                                           \
    ISOLOSS_TRY_IMPL(ISOLOSS_TRY_NAME(isoloss_try_, __LINE__), declaration, expression)
#define ISOLOSS_TRY_NAME(a, b) ISOLOSS_TRY_NAME_IMPL(a, b)
#define ISOLOSS_TRY_NAME_IMPL(a, b) a##b
#define ISOLOSS_TRY_IMPL(temporary, declaration, expression)                                                           \
    auto temporary = (expression);                                                                                     \
    if (!temporary) return ::isoloss::fail(std::move(temporary).error());                                              \
    declaration = std::move(*temporary)
