#include "engine/importers/source_scan.h"

#include "engine/base/file.h"
#include "engine/importers/source_finder.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

constexpr int deepest_folder = 64;

class Scan {
public:
    explicit Scan(const ImportOptions& options) : options_(options), finders_(source_finders(options)) {}

    void folder(const fs::path& named) {
        const fs::path canonical = fs::canonical(named);
        found_.named.push_back(canonical);
        look_into(canonical, name_in_root(canonical), 0);
    }

    // A link is taken where it lies, as it is when its folder is named.
    void file(const fs::path& named) {
        const fs::path folder = fs::canonical(named.has_parent_path() ? named.parent_path() : fs::path("."));
        found_.named.push_back(folder / named.filename());
        files_[folder].insert(named.filename().string());
    }

    void skip(const fs::path& path, std::string reason) {
        found_.skipped.push_back({path_text(path), {}, std::move(reason)});
    }

    FoundSources take() {
        for (const auto& [folder, names] : files_)
            look_at_files(folder, names);
        for (const auto& finder : finders_) {
            for (auto& source : finder->take())
                if (!options_.excluded.contains(source->files().front())) found_.sources.push_back(std::move(source));
            auto skipped = finder->take_skipped();
            std::move(skipped.begin(), skipped.end(), std::back_inserter(found_.skipped));
        }
        return std::move(found_);
    }

private:
    fs::path name_in_root(const fs::path& folder) const {
        for (const fs::path& root : options_.roots) {
            const fs::path name = folder.lexically_relative(root);
            if (!name.empty() && *name.begin() != "..") return name == "." ? fs::path() : name;
        }
        return {};
    }

    std::optional<std::vector<FolderListing::Entry>> list(const fs::path& folder) {
        std::vector<FolderListing::Entry> entries;
        std::error_code error;
        for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator();
             at.increment(error)) {
            FolderListing::Entry entry;
            entry.path = at->path();
            entry.name = at->path().filename().string();
            std::error_code unreadable;
            const auto status = at->status(unreadable);
            if (unreadable) continue; // a link to nowhere
            entry.folder = fs::is_directory(status);
            entry.regular = fs::is_regular_file(status);
            if (entry.regular) entry.size = at->file_size(unreadable);
            entries.push_back(std::move(entry));
        }
        if (error) {
            skip(folder, "cannot be listed: " + error.message() + ". Check its permissions");
            return std::nullopt;
        }
        std::ranges::sort(entries, {}, &FolderListing::Entry::name);
        return entries;
    }

    void look_into(const fs::path& path, const fs::path& name, int depth) {
        std::error_code error;
        const fs::path canonical = fs::canonical(path, error);
        if (error || depth > deepest_folder || !visited_.insert(canonical).second) return;
        if (options_.cancellation.cancelled()) return;
        auto entries = list(canonical);
        if (!entries) return;
        FolderListing listing(canonical, name, std::move(*entries));
        offer(listing);
        if (!options_.with_subfolders) return;
        for (const FolderListing::Entry* entry : listing.unclaimed_folders())
            look_into(entry->path, name / entry->name, depth + 1);
    }

    void look_at_files(const fs::path& folder, const std::set<std::string>& names) {
        if (visited_.contains(folder)) return; // and so they are found already
        auto entries = list(folder);
        if (!entries) return;
        for (FolderListing::Entry& entry : *entries)
            entry.neighbour = !names.contains(entry.name);
        FolderListing listing(folder, name_in_root(folder), std::move(*entries));
        offer(listing);
    }

    void offer(FolderListing& listing) {
        for (const auto& finder : finders_)
            if (!options_.cancellation.cancelled()) finder->look_at(listing);
    }

    const ImportOptions& options_;
    std::vector<std::unique_ptr<SourceFinder>> finders_;
    FoundSources found_;
    std::set<fs::path> visited_;
    std::map<fs::path, std::set<std::string>> files_; ///< that were named, by folder
};

} // namespace

Expected<FoundSources> scan_sources(const std::vector<fs::path>& paths, const ImportOptions& options) {
    Scan scan(options);
    for (const fs::path& path : paths) {
        std::error_code error;
        const auto status = fs::status(path, error);
        if (!fs::exists(status))
            return fail({ErrorKind::not_found, path_text(path), {}, "does not exist", "Check the path"});
        if (fs::is_directory(status)) {
            scan.folder(path);
        } else if (fs::is_regular_file(status)) {
            scan.file(path);
        } else {
            scan.skip(path, "is a pipe, a device or a socket. Name a file or a folder on disk");
        }
    }
    return scan.take();
}

} // namespace isoloss
