#include "engine/store/source_check.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"

#include <filesystem>

namespace isoloss {

namespace {

constexpr std::uint64_t most_head_bytes = std::uint64_t{1} << 20; ///< of a record that claims more

/// The file of a record: what was read of one run in it is recorded under "FILE#RUN".
std::string file_of(const SourceRecord& source) {
    std::error_code ignored;
    for (auto end = source.path.size(); end != std::string::npos && end > 0; end = source.path.rfind('#', end - 1)) {
        std::string file = source.path.substr(0, end);
        if (std::filesystem::exists(file, ignored)) return file;
    }
    return source.path;
}

/// Why it is lost; empty when it is not.
std::string loss_of(const SourceRecord& source) {
    std::error_code code;
    const auto status = std::filesystem::status(file_of(source), code);
    if (status.type() == std::filesystem::file_type::not_found) return "is gone";
    if (code) return "cannot be looked at: " + code.message();
    if (source.head_size == 0 && source.offset == 0) return {};
    const auto file = InputFile::open(source.path);
    if (!file) return file.error().reason;
    if (file->size() < source.offset || file->size() < source.head_size) return "is shorter than when it was read";
    if (source.head_size > most_head_bytes) return "was recorded in a way that cannot be checked";
    std::string head(source.head_size, '\0');
    const auto read = file->read_exact(0, std::as_writable_bytes(std::span(head)));
    if (!read) return read.error().reason;
    return content_hash(head) == source.head_hash ? std::string() : "was replaced by another file";
}

} // namespace

std::vector<LostSource> find_lost_sources(std::span<const SourceRecord> sources) {
    std::vector<LostSource> lost;
    for (const SourceRecord& source : sources)
        if (std::string reason = loss_of(source); !reason.empty()) lost.push_back({source.path, std::move(reason)});
    return lost;
}

} // namespace isoloss
