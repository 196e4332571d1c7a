#include "engine/checkpoints/checkpoint_folder.h"

#include "engine/base/file.h"
#include "engine/base/hash.h"
#include "engine/base/json.h"
#include "engine/checkpoints/pickled_weights.h"
#include "engine/checkpoints/safetensors.h"
#include "engine/checkpoints/shard_index.h"

#include <algorithm>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr JsonLimits config_limits{16u << 20, 100};
constexpr auto weights_name = "model.safetensors";
constexpr auto index_name = "model.safetensors.index.json";

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);
}

bool has_safetensors(const fs::path& folder) {
    return is_file(folder / weights_name) || is_file(folder / index_name);
}

bool has_script(const fs::path& folder) {
    return !has_safetensors(folder) && is_file(folder / script_module_name);
}

// Folder and its name, whatever way the path is written: ".", "a/b/", "a/../b".
fs::path tidy(const fs::path& folder) {
    std::error_code ignored;
    fs::path path = fs::absolute(folder, ignored).lexically_normal();
    return path.has_filename() ? path : path.parent_path();
}

// A Hugging Face cache keeps models--ORGANISATION--NAME/snapshots/REVISION.
std::optional<std::string> cached_model_name(const fs::path& folder) {
    const std::string holder = folder.parent_path().parent_path().filename().string();
    if (folder.parent_path().filename() != "snapshots" || !holder.starts_with("models--")) return std::nullopt;
    std::string name = holder.substr(8);
    if (const std::size_t dashes = name.find("--"); dashes != name.npos) name.replace(dashes, 2, "/");
    return name;
}

void name_run(CheckpointFolder& found) {
    const std::string folder_name = found.path.filename().string();
    found.run_name = folder_name;
    found.run_folder = found.path;
    if (const auto cached = cached_model_name(found.path)) {
        found.run_name = *cached;
        found.run_folder = found.path.parent_path().parent_path();
    }
    const auto in_name = step_in_name(folder_name);
    if (!in_name) return;
    found.step = in_name->step;
    found.step_source = "folder name";
    // runs/a/step10 belongs to runs/a; runs/a-step10 and runs/b-step10 are two runs beside each other.
    const fs::path parent = found.path.parent_path();
    found.run_name = in_name->name_without.empty() ? parent.filename().string() : in_name->name_without;
    found.run_folder = in_name->name_without.empty() ? parent : parent / in_name->name_without;
}

void read_trainer_state(CheckpointFolder& found) {
    const fs::path file = found.path / "trainer_state.json";
    if (found.step || !is_file(file)) return;
    const auto state = read_json_file(file);
    if (!state) return;
    found.step = json_int(*state, "global_step");
    if (found.step) found.step_source = "trainer_state.json";
}

} // namespace

bool looks_like_checkpoint_folder(const fs::path& folder) {
    if (has_safetensors(folder)) return true;
    if (!is_file(folder / "config.json")) return false;
    if (has_pickled_weights(folder)) return true;
    const auto config = read_json_file(folder / "config.json", config_limits);
    return config && json_string(*config, "model_type").has_value();
}

Expected<CheckpointFolder> read_checkpoint_folder(const fs::path& folder) {
    CheckpointFolder found;
    found.path = tidy(folder);
    const fs::path config_file = found.path / "config.json";
    ISOLOSS_TRY(const rapidjson::Document config, read_json_file(config_file, config_limits));
    if (!config.IsObject())
        return fail({ErrorKind::damaged,
                     path_text(config_file),
                     {},
                     "must be a JSON object",
                     "Check that it is a model's config.json"});
    found.config = json_text(config);
    found.model_type = json_string(config, "model_type").value_or("");
    name_run(found);
    read_trainer_state(found);
    const bool script = found.model_type == "torchscript" && has_script(found.path);
    found.has_weights = has_safetensors(found.path) || script;
    found.only_pickled_weights = !found.has_weights && has_pickled_weights(found.path);
    if (found.has_weights && !script) {
        ISOLOSS_TRY(const SafetensorsSource weights, SafetensorsSource::open_folder(found.path));
        found.parameter_count = weights.parameter_count();
    }
    return found;
}

Expected<std::string> checkpoint_content_hash(const fs::path& folder, const CancellationToken& token) {
    if (!has_safetensors(folder) && has_pickled_weights(folder)) return fail(pickled_weights_error(folder));
    std::vector<std::string> names{"config.json"};
    if (is_file(folder / weights_name)) {
        names.emplace_back(weights_name);
    } else if (is_file(folder / index_name)) {
        ISOLOSS_TRY(const ShardIndex index, read_shard_index(folder / index_name));
        names.insert(names.end(), index.shards.begin(), index.shards.end());
        names.emplace_back(index_name);
    } else if (has_script(folder)) {
        names.emplace_back(script_module_name);
    }
    std::sort(names.begin(), names.end());
    ContentHasher hasher;
    std::vector<std::byte> block(4u << 20);
    for (const std::string& name : names) {
        ISOLOSS_TRY(const InputFile file, InputFile::open(folder / name));
        // The terminating zero and the size keep one file's bytes from being taken for the next file's name.
        hasher.update(std::string_view(name.c_str(), name.size() + 1));
        hasher.update(std::to_string(file.size()) + '\n');
        for (std::uint64_t offset = 0; offset < file.size();) {
            if (token.cancelled()) return fail(ErrorKind::cancelled, "hashing the checkpoint was stopped");
            const auto part = std::span(block).first(std::min<std::uint64_t>(block.size(), file.size() - offset));
            ISOLOSS_TRY_VOID(file.read_exact(offset, part));
            hasher.update(part);
            offset += part.size();
        }
    }
    return hasher.hex();
}

} // namespace isoloss
