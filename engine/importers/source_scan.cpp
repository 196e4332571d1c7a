#include "engine/importers/source_scan.h"

#include "engine/base/file.h"
#include "engine/checkpoints/checkpoint_folder.h"
#include "engine/importers/event_file.h"
#include "engine/importers/harness_samples.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <set>
#include <span>
#include <string_view>

namespace isoloss {

namespace fs = std::filesystem;

namespace {

constexpr int deepest_folder = 64;

bool has_event_name(const fs::path& file) {
    const std::string name = file.filename().string();
    return name.find("tfevents") != std::string::npos && !name.ends_with(".profile-empty");
}

bool is_samples(const fs::path& file) {
    return samples_name(file.filename().string()).has_value();
}

// Whatever its name, a file that begins with a frame whose length passes its checksum is an event file.
bool begins_with_a_frame(const fs::path& path) {
    const auto file = InputFile::open(path);
    if (!file || file->size() < 12) return false;
    std::array<std::byte, 12> head{};
    if (!file->read_exact(0, head)) return false;
    std::uint32_t checksum = 0;
    std::memcpy(&checksum, head.data() + 8, sizeof checksum);
    return masked_crc32c(std::span(head).first(8)) == checksum;
}

class Scan {
public:
    void folder(const fs::path& root) {
        const fs::path canonical = fs::canonical(root);
        found_.named.push_back(canonical);
        folder(canonical, {}, 0);
    }

    void file(const fs::path& named) {
        const fs::path path = fs::canonical(named);
        found_.named.push_back(path);
        if (has_event_name(path) || begins_with_a_frame(path)) {
            add_event_file(path, path.parent_path().filename().string());
        } else if (is_samples(path)) {
            add_neighbours(path, path.parent_path());
        } else if (path.extension() == ".json") {
            results_.insert(path);
            add_neighbours(path, path.parent_path());
        } else if (looks_like_checkpoint_folder(path.parent_path()) && path.extension() == ".safetensors") {
            found_.checkpoint_folders.push_back(path.parent_path());
        }
    }

    void skip(const fs::path& path, std::string reason) {
        found_.skipped.push_back({path_text(path), {}, std::move(reason)});
    }

    FoundSources take() {
        for (auto& [folder, source] : event_folders_) {
            std::sort(source.files.begin(), source.files.end());
            source.files.erase(std::unique(source.files.begin(), source.files.end()), source.files.end());
            for (const auto& file : source.files) {
                std::error_code ignored;
                const auto size = fs::file_size(file, ignored);
                if (!ignored) found_.event_bytes += size;
            }
            found_.event_folders.push_back(std::move(source));
        }
        auto& checkpoints = found_.checkpoint_folders;
        std::sort(checkpoints.begin(), checkpoints.end());
        checkpoints.erase(std::unique(checkpoints.begin(), checkpoints.end()), checkpoints.end());
        for (const fs::path& path : results_)
            found_.harness.push_back({path, {}});
        for (HarnessSource& source : found_.harness)
            take_samples(source);
        return std::move(found_);
    }

private:
    void folder(const fs::path& path, const fs::path& name, int depth) {
        std::error_code error;
        const fs::path canonical = fs::canonical(path, error);
        if (error || depth > deepest_folder || !visited_.insert(canonical).second) return;
        std::vector<fs::path> entries;
        for (auto entry = fs::directory_iterator(canonical, error); !error && entry != fs::directory_iterator();
             entry.increment(error))
            entries.push_back(entry->path());
        if (error) {
            skip(canonical, "cannot be listed: " + error.message() + ". Check its permissions");
            return;
        }
        std::sort(entries.begin(), entries.end());
        if (looks_like_checkpoint_folder(canonical)) found_.checkpoint_folders.push_back(canonical);
        for (const fs::path& entry : entries) {
            const auto status = fs::status(entry, error);
            if (error) continue;
            if (fs::is_directory(status))
                folder(entry, name / entry.filename(), depth + 1);
            else
                entry_of_folder(entry, name, fs::is_regular_file(status));
        }
    }

    void entry_of_folder(const fs::path& entry, const fs::path& name, bool regular) {
        if (has_event_name(entry)) {
            if (regular)
                add_event_file(entry, name.empty() ? entry.parent_path().filename().string() : path_text(name));
            else
                skip(entry, "is a pipe, a device or a socket. Name a file on disk");
        } else if (regular && is_samples(entry)) {
            samples_[entry.parent_path()].insert(entry);
        } else if (regular && entry.extension() == ".json") {
            results_.insert(entry);
        }
    }

    void add_event_file(const fs::path& file, const std::string& run_name) {
        EventFolder& source = event_folders_[file.parent_path()];
        if (source.files.empty()) {
            source.folder = file.parent_path();
            source.run_name = run_name;
        }
        source.files.push_back(file);
    }

    // A results file that is named alone still has its samples, and samples have their results.
    void add_neighbours(const fs::path& named, const fs::path& folder) {
        std::error_code error;
        for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator();
             entry.increment(error)) {
            if (is_samples(entry->path())) samples_[folder].insert(entry->path());
            const auto name = samples_name(named.filename().string());
            if (name && !name->time.empty() && entry->path().extension() == ".json" &&
                entry->path().stem().string().ends_with(name->time))
                results_.insert(entry->path());
        }
    }

    // Samples lie beside their results and carry the same time in their name; without one they belong to the only
    // results file of the folder.
    void take_samples(HarnessSource& source) {
        const auto folder = samples_.find(source.results.parent_path());
        if (folder == samples_.end()) return;
        const std::string stem = source.results.stem().string();
        std::size_t neighbours = 0;
        for (const fs::path& other : results_)
            if (other.parent_path() == source.results.parent_path()) ++neighbours;
        for (const fs::path& samples : folder->second) {
            const auto name = samples_name(samples.filename().string());
            if (name && (name->time.empty() ? neighbours == 1 : stem.ends_with(name->time)))
                source.samples.push_back(samples);
        }
    }

    FoundSources found_;
    std::set<fs::path> visited_;
    std::map<fs::path, EventFolder> event_folders_;
    std::set<fs::path> results_;
    std::map<fs::path, std::set<fs::path>> samples_;
};

} // namespace

Expected<FoundSources> scan_sources(const std::vector<fs::path>& paths) {
    Scan scan;
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
