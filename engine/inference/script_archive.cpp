#include "engine/inference/script_archive.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/base/sha256.h"
#include "engine/inference/zip_directory.h"

#include <algorithm>

namespace isoloss {

namespace {

constexpr std::uint64_t largest_file = 64ull << 30;
/// Only the source of a module and its line tables are packed; weights are stored.
constexpr std::uint64_t most_unpacked_source = 256ull << 20;

Error pickled(std::string file) {
    return {ErrorKind::untrusted,
            std::move(file),
            {},
            "is a pickled file (torch.save), which can run any code when it is opened; Isoloss never opens it",
            "If you trust its source, convert it where it was made: safetensors.torch.save_file(torch.load(FILE), "
            "\"model.safetensors\"), or torch.jit.script(model).save(\"model.pt\") for a module"};
}

Expected<void> check_entries(const std::vector<ZipEntry>& entries, const std::string& file) {
    const auto damaged = [&](const ZipEntry& entry, std::string reason) {
        return fail({ErrorKind::damaged, file, "entry " + json_quote(entry.name), std::move(reason),
                     "Write or download the file again"});
    };
    // Everything lies in one folder, which is named as the module is.
    const std::string root = entries.empty() ? "" : entries[0].name.substr(0, entries[0].name.find('/') + 1);
    std::uint64_t unpacked = 0;
    bool has_code = false, has_constants = false, has_pickle = false;
    for (const ZipEntry& entry : entries) {
        if (root.empty() || !entry.name.starts_with(root)) return damaged(entry, "lies outside the module's folder");
        const std::string_view name = std::string_view(entry.name).substr(root.size());
        has_code = has_code || name.starts_with("code/");
        has_constants = has_constants || name == "constants.pkl";
        has_pickle = has_pickle || name == "data.pkl";
        if (entry.method == 0) continue;
        if (!name.starts_with("code/")) return damaged(entry, "is packed, which only a module's source is");
        if (entry.unpacked > most_unpacked_source - std::min(unpacked, most_unpacked_source))
            return fail({ErrorKind::limit, file, "entry " + json_quote(entry.name),
                         "the source unpacks to more than " + std::to_string(most_unpacked_source) + " bytes",
                         "Check where the file comes from: it is made to exhaust memory"});
        unpacked += entry.unpacked;
    }
    if (has_pickle && !has_code && !has_constants) return fail(pickled(file));
    if (!has_pickle || !has_code || !has_constants)
        return fail({ErrorKind::unsupported,
                     file,
                     {},
                     "is a zip archive, but no TorchScript module",
                     "Save the module with torch.jit.save"});
    return {};
}

} // namespace

Expected<ScriptArchive> read_script_archive(const std::filesystem::path& path) {
    const std::string file = path_text(path);
    ISOLOSS_TRY(const InputFile input, InputFile::open(path));
    if (input.size() > largest_file)
        return fail(
            {ErrorKind::limit,
             file,
             {},
             "has " + std::to_string(input.size()) + " bytes; a module may have " + std::to_string(largest_file),
             "Keep the weights in the safetensors format"});
    ScriptArchive archive;
    archive.bytes.resize(input.size());
    ISOLOSS_TRY_VOID(input.read_exact(0, std::as_writable_bytes(std::span(archive.bytes))));
    if (archive.bytes.starts_with("\x80")) return fail(pickled(file));
    ISOLOSS_TRY(const auto entries, read_zip_directory(archive.bytes, file));
    ISOLOSS_TRY_VOID(check_entries(entries, file));
    archive.hash = sha256(std::as_bytes(std::span(archive.bytes)));
    return archive;
}

} // namespace isoloss
