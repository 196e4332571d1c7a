#include "engine/importers/unchanged_files.h"

#include "engine/importers/source_state.h"

namespace isoloss {

Expected<bool> all_unchanged(SourceContext& context, std::span<const std::filesystem::path> files) {
    std::uint64_t bytes = 0;
    for (const auto& path : files) {
        ISOLOSS_TRY(const auto known, context.known(path_text(path)));
        if (!known) return false;
        const auto file = InputFile::open(path);
        if (!file) return false;
        const auto change = compare_source(*file, known);
        if (!change || *change != SourceChange::unchanged || known->offset != known->size) return false;
        bytes += file->size();
    }
    context.advance(bytes);
    return true;
}

} // namespace isoloss
