#include "engine/importers/mlflow/mlflow_run.h"

#include "engine/base/json.h"
#include "engine/base/utf8.h"
#include "engine/importers/python_text.h"
#include "engine/importers/run_joining.h"

#include <algorithm>
#include <array>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

constexpr auto name_tag = "mlflow.runName";
constexpr auto note_tag = "mlflow.note.content";
constexpr std::string_view own_prefix = "mlflow.";
constexpr std::size_t longest_tag = 200;

// Descriptions of logged models and the like, of no use as settings.
constexpr std::size_t longest_own_value = 1000;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string decode_percents(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == '%' && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0) {
            decoded += text[i];
            continue;
        }
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

std::string run_name(const MlflowRun& run) {
    if (!run.name.empty()) return run.name;
    const auto tag = run.tags.find(name_tag);
    return tag != run.tags.end() && !tag->second.empty() ? tag->second : run.uuid;
}

} // namespace

RunStatus mlflow_status(std::string_view text) {
    if (text == "FINISHED" || text == "3") return RunStatus::finished;
    if (text == "FAILED" || text == "4" || text == "KILLED" || text == "5") return RunStatus::crashed;
    if (text == "RUNNING" || text == "1" || text == "SCHEDULED" || text == "2") return RunStatus::running;
    return RunStatus::unknown;
}

fs::path mlflow_artifacts(std::string_view location, const fs::path& base) {
    constexpr std::string_view scheme = "file:";
    if (location.starts_with(scheme)) {
        location.remove_prefix(scheme.size());
        if (location.starts_with("//")) {
            location.remove_prefix(2);
            location.remove_prefix(std::min(location.find('/'), location.size())); // the host
        }
        return location.empty() ? fs::path() : fs::path(decode_percents(location));
    }
    if (location.empty() || location.find("://") != location.npos || location.find(":/") != location.npos) return {};
    return (base / fs::path(location)).lexically_normal();
}

std::shared_ptr<RunSubject> mlflow_subject(const MlflowRun& run) {
    auto subject = std::make_shared<RunSubject>();
    subject->name = valid_utf8(run_name(run));
    subject->identities = {identity::mlflow_run(run.uuid)};
    if (run.artifacts.empty()) return subject;
    // So that event files and checkpoints among the artifacts find the run.
    subject->identities.push_back(identity::checkpoint_folder(run.artifacts));
    subject->known_as = known_as_checkpoint_folder(run.artifacts);
    return subject;
}

RunFacts mlflow_facts(const MlflowRun& run) {
    RunFacts facts;
    std::string members;
    const auto put = [&](const std::string& key, std::string_view value) {
        members += (members.empty() ? "" : ",") + json_quote(valid_utf8(key)) + ":" + json_of_python_text(value);
    };
    for (const auto& [key, value] : run.params)
        put(key, value);
    for (const auto& [key, value] : run.tags) {
        if (key == note_tag)
            facts.notes = valid_utf8(value);
        else if (key == name_tag)
            continue; // the run has it
        else if (key.starts_with(own_prefix))
            value.size() <= longest_own_value && !run.params.contains(key) ? put(key, value) : void();
        else if (key.size() + value.size() < longest_tag)
            facts.tags.push_back(valid_utf8(value.empty() ? key : key + "=" + value));
    }
    if (!members.empty()) facts.config = "{" + members + "}";
    facts.group = valid_utf8(run.experiment);
    facts.status = run.status;
    if (run.started) facts.started_at = static_cast<double>(*run.started) / 1000;
    return facts;
}

} // namespace isoloss
