#include "engine/datasets/picture_folders.h"

#include "engine/base/file.h"

#include <algorithm>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_pictures = 1'000'000;

/// The entries of a folder that are no links, sorted by name.
Expected<std::vector<fs::path>> entries_of(const fs::path& folder) {
    std::error_code problem;
    std::vector<fs::path> entries;
    for (fs::directory_iterator entry(folder, problem), end; !problem && entry != end; entry.increment(problem)) {
        if (entries.size() == most_pictures)
            return fail({ErrorKind::limit,
                         path_text(folder),
                         {},
                         "has more than " + std::to_string(most_pictures) + " entries",
                         "Keep a part of them"});
        std::error_code ignored;
        if (!entry->is_symlink(ignored) && !entry->path().filename().string().starts_with('.'))
            entries.push_back(entry->path());
    }
    if (problem) return fail({ErrorKind::io, path_text(folder), {}, problem.message(), "Check that it can be read"});
    std::ranges::sort(entries);
    return entries;
}

bool is_png_name(const fs::path& file) {
    std::string extension = file.extension().string();
    std::ranges::transform(extension, extension.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension == ".png";
}

} // namespace

Expected<PictureFolders> find_pictures(const fs::path& folder) {
    PictureFolders found;
    ISOLOSS_TRY(const auto folders, entries_of(folder));
    for (const fs::path& one : folders) {
        std::error_code ignored;
        if (!fs::is_directory(one, ignored)) continue;
        ISOLOSS_TRY(const auto files, entries_of(one));
        if (std::ranges::none_of(files, is_png_name)) continue;
        const auto label = static_cast<std::int32_t>(found.classes.size());
        found.classes.push_back(path_text(one.filename()));
        for (const fs::path& file : files)
            if (is_png_name(file)) found.pictures.emplace_back(file, label);
        if (found.pictures.size() > most_pictures)
            return fail({ErrorKind::limit,
                         path_text(folder),
                         {},
                         "has more than " + std::to_string(most_pictures) + " pictures",
                         "Keep a part of them"});
    }
    if (found.pictures.empty())
        return fail({ErrorKind::unsupported,
                     path_text(folder),
                     {},
                     "is a folder without folders of PNG files",
                     "Name a file, or a folder that has a folder of pictures for each class"});
    return found;
}

} // namespace isoloss
