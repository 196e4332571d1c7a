#include "engine/importers/source_finder.h"

#include "engine/base/file.h"

#include <algorithm>
#include <span>

namespace isoloss {

namespace {

constexpr std::size_t beginning_bytes = 128, head_bytes = 16u << 10;
constexpr std::size_t most_heads = 512; ///< 8 MB of them

/// Empty for a file that cannot be read.
std::string first_bytes(const std::filesystem::path& path, std::size_t most) {
    const auto file = InputFile::open(path);
    if (!file) return {};
    std::string bytes(std::min<std::uint64_t>(file->size(), most), '\0');
    const auto count = file->read_some(0, std::as_writable_bytes(std::span(bytes)));
    bytes.resize(count.value_or(0));
    return bytes;
}

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

std::string_view FolderListing::beginning(Entry& entry) {
    if (!entry.beginning_read) entry.beginning = first_bytes(entry.path, beginning_bytes);
    entry.beginning_read = true;
    return entry.beginning;
}

std::string_view FolderListing::head(Entry& entry) {
    if (entry.head_read) return entry.head;
    entry.head = first_bytes(entry.path, head_bytes);
    entry.head_read = true;
    heads_.push_back(&entry);
    if (heads_.size() > most_heads) {
        heads_.front()->head = {};
        heads_.front()->head_read = false;
        heads_.pop_front();
    }
    return entry.head;
}

void SourceFinder::skip(const std::filesystem::path& path, std::string reason) {
    skipped_.push_back({path_text(path), {}, std::move(reason)});
}

} // namespace isoloss
