#include "engine/base/error.h"

namespace isoloss {

namespace {

void append_sentence(std::string& text, std::string_view sentence) {
    if (sentence.empty()) return;
    if (!text.empty() && text.back() != ':') text += text.back() == '.' ? "" : ".";
    if (!text.empty()) text += ' ';
    text += sentence;
}

} // namespace

std::string Error::text() const {
    std::string where = file;
    if (!place.empty()) where += where.empty() ? place : " (" + place + ")";
    std::string line = where.empty() ? std::string() : where + ":";
    append_sentence(line, reason);
    append_sentence(line, remedy);
    return line;
}

std::string_view error_kind_name(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::usage:
        return "usage";
    case ErrorKind::not_found:
        return "not_found";
    case ErrorKind::io:
        return "io";
    case ErrorKind::damaged:
        return "damaged";
    case ErrorKind::unsupported:
        return "unsupported";
    case ErrorKind::untrusted:
        return "untrusted";
    case ErrorKind::newer:
        return "newer";
    case ErrorKind::foreign:
        return "foreign";
    case ErrorKind::busy:
        return "busy";
    case ErrorKind::limit:
        return "limit";
    case ErrorKind::cancelled:
        return "cancelled";
    case ErrorKind::internal:
        return "internal";
    }
    return "internal";
}

int exit_code(ErrorKind kind) {
    switch (kind) {
    case ErrorKind::usage:
        return 2;
    case ErrorKind::damaged:
    case ErrorKind::untrusted:
    case ErrorKind::newer:
    case ErrorKind::foreign:
    case ErrorKind::busy:
        return 3;
    default:
        return 1;
    }
}

} // namespace isoloss
