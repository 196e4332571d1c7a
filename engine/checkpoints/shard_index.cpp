#include "engine/checkpoints/shard_index.h"

#include "engine/base/file.h"
#include "engine/base/json.h"
#include "engine/checkpoints/safetensors_header.h"

#include <algorithm>
#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <set>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

/// Event by event for the same reason as the header: duplicate names must be seen.
class IndexHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, IndexHandler> {
public:
    explicit IndexHandler(ShardIndex& index) : index_(index) {}

    const std::string& problem() const { return problem_; }

    const std::string& place() const { return place_; }

    bool has_map() const { return has_map_; }

    bool Default() { return !in_map_ || refuse("the shard of this tensor must be a string"); }

    bool RawNumber(const char*, rapidjson::SizeType, bool) { return Default(); }

    bool StartObject() {
        if (in_map_) return Default();
        ++depth_;
        if (depth_ == 2 && key_ == "weight_map") {
            if (has_map_) return refuse("weight_map occurs twice");
            in_map_ = has_map_ = true;
        }
        return true;
    }

    bool EndObject(rapidjson::SizeType) {
        --depth_;
        in_map_ = false;
        return true;
    }

    bool StartArray() {
        if (in_map_) return Default();
        ++depth_;
        return depth_ > 1 || refuse("the index must be an object");
    }

    bool EndArray(rapidjson::SizeType) {
        --depth_;
        return true;
    }

    bool Key(const char* text, rapidjson::SizeType size, bool) {
        key_.assign(text, size);
        if (in_map_) place_ = "tensor " + json_quote(key_);
        return true;
    }

    bool String(const char* text, rapidjson::SizeType size, bool) {
        if (!in_map_) return true;
        if (index_.shard_of.size() >= SafetensorsLimits::entries)
            return refuse("the index lists more than " + std::to_string(SafetensorsLimits::entries) + " tensors");
        return index_.shard_of.try_emplace(key_, text, size).second || refuse("the index names it twice");
    }

private:
    bool refuse(std::string reason) {
        problem_ = std::move(reason);
        return false;
    }

    ShardIndex& index_;
    std::string key_, problem_, place_;
    int depth_ = 0;
    bool in_map_ = false, has_map_ = false;
};

bool lies_in(const fs::path& file, const fs::path& folder) {
    return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first == folder.end();
}

Expected<void> check_shard(const fs::path& index_file, const std::string& shard) {
    const auto refuse = [&](ErrorKind kind, std::string reason, std::string remedy) {
        return fail({kind, path_text(index_file), "shard " + json_quote(shard), std::move(reason), std::move(remedy)});
    };
    if (shard.empty() || shard == "." || shard == ".." ||
        shard.find_first_of(std::string_view("/\\\0", 3)) != shard.npos)
        return refuse(ErrorKind::damaged, "is not the name of a file in this folder",
                      "Don't use this checkpoint unless you know who wrote it");
    const fs::path folder = index_file.parent_path().empty() ? fs::path(".") : index_file.parent_path();
    std::error_code error;
    const fs::path real_folder = fs::canonical(folder, error);
    const fs::path real_file = error ? fs::path() : fs::canonical(folder / shard, error);
    if (error)
        return refuse(ErrorKind::not_found, "is missing (" + error.message() + ")",
                      "Download or copy the whole checkpoint");
    const bool in_cache = real_folder.parent_path().filename() == "snapshots" &&
                          lies_in(real_file, real_folder.parent_path().parent_path() / "blobs");
    if (!lies_in(real_file, real_folder) && !in_cache)
        return refuse(ErrorKind::damaged, "is a link to " + path_text(real_file) + ", outside of the checkpoint",
                      "Put the file itself into the folder");
    return {};
}

} // namespace

Expected<ShardIndex> read_shard_index(const fs::path& index_file) {
    ISOLOSS_TRY(const std::string text, read_text_file(index_file, SafetensorsLimits::header_bytes));
    ShardIndex index;
    IndexHandler handler(index);
    rapidjson::MemoryStream stream(text.data(), text.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> input(stream);
    rapidjson::Reader reader;
    const auto damaged = [&](std::string place, std::string reason) {
        return fail({ErrorKind::damaged, path_text(index_file), std::move(place), std::move(reason),
                     "Save or download the checkpoint again"});
    };
    if (const std::size_t zero = text.find('\0'); zero != text.npos)
        return damaged("byte " + std::to_string(zero), "contains a zero byte, which JSON does not");
    const rapidjson::ParseResult result =
        reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                     rapidjson::kParseNumbersAsStringsFlag>(input, handler);
    if (result.IsError()) {
        const std::string byte = "byte " + std::to_string(result.Offset());
        if (!handler.problem().empty())
            return damaged(handler.place().empty() ? byte : handler.place(), handler.problem());
        return damaged(byte, std::string("is not valid JSON: ") + rapidjson::GetParseError_En(result.Code()));
    }
    if (!handler.has_map()) return damaged("key weight_map", "is missing");
    if (index.shard_of.empty()) return damaged("key weight_map", "lists no tensor");
    std::set<std::string> shards;
    for (const auto& [tensor, shard] : index.shard_of)
        shards.insert(shard);
    index.shards.assign(shards.begin(), shards.end());
    for (const std::string& shard : index.shards)
        ISOLOSS_TRY_VOID(check_shard(index_file, shard));
    return index;
}

} // namespace isoloss
