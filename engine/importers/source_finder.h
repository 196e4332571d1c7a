#pragma once

#include "engine/importers/source.h"

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace isoloss {

/// The entries of one folder while finders look for their sources in it. A file that is claimed is not offered to later
/// finders; a folder that is claimed is not descended into.
class FolderListing {
public:
    struct Entry {
        std::filesystem::path path; ///< canonical folder / name
        std::string name;
        bool folder = false;
        bool regular = false; ///< neither folder, pipe, device nor socket
        std::uint64_t size = 0;
        bool claimed = false;
        bool neighbour = false; ///< only beside a file that was named alone: taken when it belongs to that one
        bool beginning_read = false, head_read = false;
        std::string beginning, head; ///< through the functions of FolderListing
    };

    FolderListing(std::filesystem::path path, std::filesystem::path name, std::vector<Entry> entries)
        : path_(std::move(path)), name_(std::move(name)), entries_(std::move(entries)) {}

    const std::filesystem::path& path() const { return path_; } ///< canonical

    /// Relative to what the person named; empty for that folder itself.
    const std::filesystem::path& name() const { return name_; }

    /// The name of a run that lives in this folder: name(), or the folder's own when that is empty.
    std::string run_name() const;

    /// Entries that nobody has claimed, in the order of names; neighbours are not among them.
    std::vector<Entry*> unclaimed_files();
    std::vector<Entry*> unclaimed_folders();

    /// By its name, claimed or not, neighbours too.
    Entry* find(std::string_view name);

    /// The first bytes of a file, at most 128, read once: enough to tell a binary format.
    static std::string_view beginning(Entry& entry);

    /// The first bytes of a file, at most 16 KiB. Valid until the heads of many other files were read: only so many are
    /// kept, whatever the number of files in the folder.
    std::string_view head(Entry& entry);

    std::vector<Entry>& entries() { return entries_; }

private:
    std::filesystem::path path_, name_;
    std::vector<Entry> entries_; ///< sorted by name
    std::deque<Entry*> heads_;   ///< whose heads are kept, the oldest first
};

/// Finds the sources of one format. Looks at every folder, outer ones first, and claims what is its own; at the end it
/// answers its sources, so that one may span folders. One thread; reads no more than heads.
class SourceFinder {
public:
    virtual ~SourceFinder() = default;

    virtual void look_at(FolderListing& folder) = 0;
    virtual std::vector<std::unique_ptr<Source>> take() = 0;

    void skip(const std::filesystem::path& path, std::string reason);

    std::vector<SkippedSource> take_skipped() { return std::move(skipped_); }

private:
    std::vector<SkippedSource> skipped_;
};

/// One of each, in the order in which they look at a folder: the surest formats first.
std::vector<std::unique_ptr<SourceFinder>> source_finders(const ImportOptions& options);

} // namespace isoloss
