#include "engine/importers/source_finder.h"

#include "engine/base/file.h"

#include <algorithm>
#include <span>

namespace isoloss {

namespace {

constexpr std::size_t head_bytes = 16u << 10;

} // namespace

std::string FolderListing::run_name() const {
    return path_text(name_.empty() ? path_.filename() : name_);
}

std::vector<FolderListing::Entry*> FolderListing::unclaimed_files() {
    std::vector<Entry*> files;
    for (Entry& entry : entries_)
        if (entry.regular && !entry.claimed && !entry.neighbour) files.push_back(&entry);
    return files;
}

std::vector<FolderListing::Entry*> FolderListing::unclaimed_folders() {
    std::vector<Entry*> folders;
    for (Entry& entry : entries_)
        if (entry.folder && !entry.claimed && !entry.neighbour) folders.push_back(&entry);
    return folders;
}

FolderListing::Entry* FolderListing::find(std::string_view name) {
    const auto found =
        std::lower_bound(entries_.begin(), entries_.end(), name,
                         [](const Entry& entry, std::string_view wanted) { return entry.name < wanted; });
    return found != entries_.end() && found->name == name ? &*found : nullptr;
}

std::string_view FolderListing::head(Entry& entry) {
    if (entry.head_read) return entry.head;
    entry.head_read = true;
    const auto file = InputFile::open(entry.path);
    if (!file) return entry.head;
    entry.head.resize(std::min<std::uint64_t>(file->size(), head_bytes));
    const auto count = file->read_some(0, std::as_writable_bytes(std::span(entry.head)));
    entry.head.resize(count.value_or(0));
    return entry.head;
}

void SourceFinder::skip(const std::filesystem::path& path, std::string reason) {
    skipped_.push_back({path_text(path), {}, std::move(reason)});
}

} // namespace isoloss
