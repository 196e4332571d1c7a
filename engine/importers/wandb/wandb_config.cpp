#include "engine/importers/wandb/wandb_config.h"

#include "engine/base/json.h"
#include "engine/base/utf8.h"

#include <array>
#include <vector>

namespace isoloss {

namespace {

constexpr std::string_view own = "_wandb";
constexpr JsonLimits value_limits{4u << 20, static_cast<int>(WandbItems::most_parts)};

} // namespace

WandbConfig::WandbConfig() {
    document_.SetObject();
}

bool WandbConfig::has_room(std::size_t bytes) {
    bytes_ += bytes;
    return ++members_ <= most_members && bytes_ <= most_bytes;
}

// The value at this path, made when there is none; what is in the way and no object is replaced.
rapidjson::Value& WandbConfig::at(std::span<const std::string_view> path) {
    auto& allocator = document_.GetAllocator();
    rapidjson::Value* value = &document_;
    for (const std::string_view part : path) {
        if (!value->IsObject()) value->SetObject();
        const std::string name = valid_utf8(part);
        rapidjson::Value key(name.data(), static_cast<rapidjson::SizeType>(name.size()), allocator);
        auto member = value->FindMember(key);
        if (member == value->MemberEnd()) {
            value->AddMember(key, rapidjson::Value(), allocator);
            member = value->MemberEnd() - 1;
        }
        value = &member->value;
    }
    return *value;
}

bool WandbConfig::set(const WandbItem& item) {
    if (item.path.front() == own) return true;
    if (item.path.size() > WandbItems::most_parts || !has_room(item.json.size())) return false;
    const auto value = parse_json(valid_utf8(item.json), {}, value_limits);
    if (!value) return false;
    was_set_ = true;
    at(item.path).CopyFrom(*value, document_.GetAllocator());
    return true;
}

void WandbConfig::set(std::string_view key, const rapidjson::Value& value) {
    if (key == own || !has_room(0)) return;
    was_set_ = true;
    at(std::array{key}).CopyFrom(value, document_.GetAllocator());
}

// What was handed over before cannot be taken back; it becomes null.
void WandbConfig::remove(const WandbItem& item) {
    if (item.path.front() == own || item.path.size() > WandbItems::most_parts || !has_room(0)) return;
    at(item.path).SetNull();
}

void WandbConfig::tell(std::initializer_list<std::string_view> path, const rapidjson::Value& value) {
    if (!has_room(0)) return;
    std::vector<std::string_view> whole{own};
    whole.insert(whole.end(), path);
    at(whole).CopyFrom(value, document_.GetAllocator());
}

void WandbConfig::tell(std::initializer_list<std::string_view> path, std::string_view text) {
    if (text.empty()) return;
    const std::string valid = valid_utf8(text);
    tell(path,
         rapidjson::Value(valid.data(), static_cast<rapidjson::SizeType>(valid.size()), document_.GetAllocator()));
}

void WandbConfig::tell(std::initializer_list<std::string_view> path, double number) {
    tell(path, rapidjson::Value(number));
}

void WandbConfig::tell(const WandbGit& git) {
    tell({"git", "remote"}, git.remote);
    tell({"git", "commit"}, git.commit);
}

void WandbConfig::tell(const WandbRunInfo& run) {
    tell({"run_id"}, run.id);
    tell({"entity"}, run.entity);
    tell({"project"}, run.project);
    tell({"job_type"}, run.job_type);
    tell({"sweep"}, run.sweep);
    tell({"host"}, run.host);
    tell({"python"}, run.python_version);
    tell({"client"}, run.client_version);
    tell(run.git);
    if (!run.branch) return;
    tell({"forked_from", "run"}, run.branch->run);
    tell({"forked_from", "metric"}, run.branch->metric);
    tell({"forked_from", "value"}, run.branch->value);
}

void WandbConfig::tell(const WandbEnvironment& environment) {
    tell({"os"}, environment.os);
    tell({"python"}, environment.python);
    tell({"program"}, environment.program);
    tell({"host"}, environment.host);
    tell({"gpu"}, environment.gpu);
    if (environment.gpu_count > 0) tell({"gpu_count"}, rapidjson::Value(environment.gpu_count));
    tell(environment.git);
    if (environment.arguments.empty()) return;
    rapidjson::Value list(rapidjson::kArrayType);
    for (const std::string_view argument : environment.arguments) {
        const std::string valid = valid_utf8(argument);
        list.PushBack(
            rapidjson::Value(valid.data(), static_cast<rapidjson::SizeType>(valid.size()), document_.GetAllocator()),
            document_.GetAllocator());
    }
    tell({"args"}, list);
}

std::string WandbConfig::take() {
    if (document_.ObjectEmpty()) return {};
    std::string text = json_text(document_);
    document_ = rapidjson::Document(rapidjson::kObjectType);
    return text;
}

} // namespace isoloss
