#include "engine/importers/source_state.h"

#include "engine/base/hash.h"

#include <algorithm>
#include <span>
#include <string>

namespace isoloss {

namespace {

constexpr std::uint64_t head_bytes = 4096;

Expected<std::string> head_hash(const InputFile& file, std::uint64_t size) {
    std::string head(std::min(size, head_bytes), '\0');
    ISOLOSS_TRY(const std::size_t count, file.read_some(0, std::as_writable_bytes(std::span(head))));
    head.resize(count);
    return content_hash(head);
}

} // namespace

Expected<SourceChange> compare_source(const InputFile& file, const std::optional<SourceRecord>& known) {
    if (!known) return SourceChange::fresh;
    if (file.size() < known->offset || file.size() < known->head_size) return SourceChange::replaced;
    ISOLOSS_TRY(const std::string hash, head_hash(file, known->head_size));
    if (hash != known->head_hash) return SourceChange::replaced;
    const FileIdentity& now = file.identity();
    return now.size == known->size && now.modified == known->modified ? SourceChange::unchanged : SourceChange::changed;
}

Expected<SourceRecord> source_record(const InputFile& file, std::string_view format) {
    SourceRecord record;
    record.path = path_text(file.path());
    record.format = format;
    record.device = file.identity().device;
    record.inode = file.identity().inode;
    record.size = file.identity().size;
    record.modified = file.identity().modified;
    record.head_size = std::min(record.size, head_bytes);
    ISOLOSS_TRY(record.head_hash, head_hash(file, record.head_size));
    return record;
}

} // namespace isoloss
