#include "engine/base/yaml_json.h"

#include "engine/base/file.h"
#include "engine/base/yaml_scalar.h"

#include <algorithm>
#include <istream>
#include <streambuf>
#include <unordered_map>
#include <utility>
#include <vector>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace isoloss {

namespace {

using rapidjson::Value;

constexpr std::uint64_t most_bytes = 16ull << 20;
constexpr std::uint64_t most_expanded = 64ull << 20;
constexpr std::string_view remedy = "Check that it is the right file";

std::string place(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    return "line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1);
}

// Leaves the parser from within its events; does not leave parse_yaml.
struct Refused {
    Error error;
};

// The members of a mapping: each key once, at the place where it was first written, with the value that was written
// last.
class Members {
public:
    void put(Value key, Value value, rapidjson::Document::AllocatorType& allocator) {
        const auto [known, added] = places_.try_emplace(std::string(json_view(key)), object_.MemberCount());
        if (added)
            object_.AddMember(std::move(key), std::move(value), allocator);
        else
            (object_.MemberBegin() + known->second)->value = std::move(value);
    }

    Value take() { return std::move(object_); }

private:
    Value object_{rapidjson::kObjectType};
    std::unordered_map<std::string, rapidjson::SizeType> places_;
};

// Builds JSON values from the events of the parser, with a stack of its own.
class Builder : public YAML::EventHandler {
public:
    Builder(std::string_view file, int depth) : file_(file), depth_(static_cast<std::size_t>(depth)) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (!done_) return;
        refuse(mark, ErrorKind::unsupported, "holds more than one YAML document", "Split it into files");
    }

    void OnDocumentEnd() override { done_ = true; }

    void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override { add({}, {}, anchor, 0); }

    void OnScalar(const YAML::Mark&, const std::string& tag, YAML::anchor_t anchor, const std::string& text) override {
        Value value = scalar(tag, text);
        Value written = in_mapping_key() ? yaml_text(text, allocator()) : Value();
        merge_key_ = tag == "?" && text == "<<";
        add(std::move(value), std::move(written), anchor, 0);
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        const auto named = anchored_.find(anchor);
        if (named == anchored_.end()) refuse(mark, ErrorKind::damaged, "an alias names what contains it", remedy);
        if (open_.size() + named->second.depth > depth_) refuse_depth(mark);
        mark_ = mark;
        add(copy(named->second.value), {}, 0, named->second.depth);
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                         YAML::EmitterStyle::value) override {
        open(mark, false, anchor);
    }

    void OnSequenceEnd() override {
        Level level = std::move(open_.back());
        open_.pop_back();
        add(std::move(level.sequence), {}, level.anchor, level.height + 1);
    }

    void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                    YAML::EmitterStyle::value) override {
        open(mark, true, anchor);
    }

    void OnMapEnd() override {
        Level level = std::move(open_.back());
        open_.pop_back();
        Members members;
        for (Value& merged : level.merged)
            for (auto& member : merged.GetObject())
                members.put(std::move(member.name), std::move(member.value), allocator());
        for (auto& [key, value] : level.members)
            members.put(std::move(key), std::move(value), allocator());
        add(members.take(), {}, level.anchor, level.height + 1);
    }

    rapidjson::Document take() { return std::move(document_); }

private:
    // A sequence or mapping that has begun and not ended.
    struct Level {
        bool mapping = false;
        YAML::anchor_t anchor = 0;
        std::size_t height = 0; // of the deepest value in it
        Value sequence{rapidjson::kArrayType};
        std::vector<std::pair<Value, Value>> members;
        std::vector<Value> merged; // objects of merge keys; later ones win
        std::optional<Value> key;  // read, its value not yet
        bool merge = false;        // that key is <<
    };

    struct Anchored {
        Value value;
        std::size_t depth = 0;
    };

    rapidjson::Document::AllocatorType& allocator() { return document_.GetAllocator(); }

    [[noreturn]] void refuse(const YAML::Mark& mark, ErrorKind kind, std::string_view reason,
                             std::string_view what_to_do) const {
        throw Refused{{kind, file_, place(mark), std::string(reason), std::string(what_to_do)}};
    }

    [[noreturn]] void refuse_depth(const YAML::Mark& mark) const {
        refuse(mark, ErrorKind::limit, "the YAML is nested more than " + std::to_string(depth_) + " deep", remedy);
    }

    bool in_mapping_key() const { return !open_.empty() && open_.back().mapping && !open_.back().key; }

    void open(const YAML::Mark& mark, bool mapping, YAML::anchor_t anchor) {
        if (open_.size() >= depth_) refuse_depth(mark);
        Level level;
        level.mapping = mapping;
        level.anchor = anchor;
        mark_ = mark;
        open_.push_back(std::move(level));
    }

    Value scalar(const std::string& tag, const std::string& text) {
        if (tag == "?") return yaml_scalar(text, allocator());
        constexpr std::string_view standard = "tag:yaml.org,2002:";
        if (!tag.starts_with(standard)) return yaml_text(text, allocator());
        const std::string_view type = std::string_view(tag).substr(standard.size());
        if (type != "int" && type != "float" && type != "bool" && type != "null") return yaml_text(text, allocator());
        Value value = yaml_scalar(text, allocator());
        if (type == "float" && value.IsNumber()) value.SetDouble(value.GetDouble());
        return value;
    }

    // A deep copy, counted, so that copies of copies end before memory does.
    Value copy(const Value& value) {
        std::vector<const Value*> waiting{&value};
        while (!waiting.empty()) {
            const Value& next = *waiting.back();
            waiting.pop_back();
            expanded_ += sizeof(Value);
            if (next.IsString()) expanded_ += next.GetStringLength();
            if (expanded_ > most_expanded)
                refuse(mark_, ErrorKind::limit,
                       "aliases repeat more than " + std::to_string(most_expanded >> 20) + " MiB of YAML", remedy);
            if (next.IsArray())
                for (const Value& element : next.GetArray())
                    waiting.push_back(&element);
            if (next.IsObject())
                for (const auto& member : next.GetObject()) {
                    expanded_ += sizeof(Value) + member.name.GetStringLength();
                    waiting.push_back(&member.value);
                }
        }
        return Value(value, allocator());
    }

    // A value that is complete, into what contains it. `written`: a scalar's text, for when it is a key.
    void add(Value value, Value written, YAML::anchor_t anchor, std::size_t height) {
        const bool merge_key = std::exchange(merge_key_, false);
        if (anchor != 0) anchored_[anchor] = {copy(value), height};
        if (open_.empty()) {
            static_cast<Value&>(document_) = std::move(value);
            return;
        }
        Level& level = open_.back();
        level.height = std::max(level.height, height);
        if (!level.mapping) {
            level.sequence.PushBack(std::move(value), allocator());
        } else if (!level.key) {
            level.merge = merge_key;
            level.key = key(std::move(value), std::move(written));
        } else if (!std::exchange(level.merge, false) || !merge(level, value)) {
            level.members.emplace_back(std::move(*level.key), std::move(value));
            level.key.reset();
        } else {
            level.key.reset();
        }
    }

    // The name of a member: what was written, and of a sequence or mapping its JSON text.
    Value key(Value value, Value written) {
        if (written.IsString()) return written;
        return value.IsString() ? std::move(value) : yaml_text(json_text(value), allocator());
    }

    // Whether the value of a merge key could be merged: a mapping, or a sequence of them, of which earlier ones win.
    static bool merge(Level& level, Value& value) {
        if (value.IsObject()) {
            level.merged.push_back(std::move(value));
            return true;
        }
        if (!value.IsArray()) return false;
        const auto& parts = value.GetArray();
        if (!std::all_of(parts.begin(), parts.end(), [](const Value& part) { return part.IsObject(); })) return false;
        for (rapidjson::SizeType i = parts.Size(); i-- > 0;)
            level.merged.push_back(std::move(value[i]));
        return true;
    }

    std::string file_;
    std::size_t depth_;
    rapidjson::Document document_;
    std::vector<Level> open_;
    std::unordered_map<YAML::anchor_t, Anchored> anchored_;
    std::uint64_t expanded_ = 0;
    YAML::Mark mark_;        // near where we are
    bool merge_key_ = false; // the scalar that was just read is a plain <<
    bool done_ = false;      // a document has ended
};

// The text itself as a stream, without a copy.
class TextBuffer : public std::streambuf {
public:
    explicit TextBuffer(std::string_view text) {
        char* begin = const_cast<char*>(text.data()); // never written to
        setg(begin, begin, begin + text.size());
    }
};

} // namespace

Expected<rapidjson::Document> parse_yaml(std::string_view text, std::string_view file, JsonLimits limits) {
    const std::string name(file);
    const std::uint64_t cap = std::min(limits.bytes, most_bytes);
    if (text.size() > cap)
        return fail({ErrorKind::limit,
                     name,
                     {},
                     "the YAML text has more than " + std::to_string(cap) + " bytes",
                     std::string(remedy)});
    try {
        TextBuffer buffer(text);
        std::istream stream(&buffer);
        YAML::Parser parser(stream);
        Builder builder(file, limits.depth);
        while (parser.HandleNextDocument(builder)) {
        }
        return builder.take();
    } catch (const Refused& refused) {
        return fail(refused.error);
    } catch (const YAML::Exception& exception) {
        return fail({ErrorKind::damaged, name, place(exception.mark), "is not valid YAML: " + exception.msg,
                     "It was cut short or edited; write or copy it again"});
    } catch (const std::exception& exception) {
        return fail({ErrorKind::damaged,
                     name,
                     {},
                     std::string("cannot be read as YAML: ") + exception.what(),
                     std::string(remedy)});
    }
}

Expected<rapidjson::Document> read_yaml_file(const std::filesystem::path& path, JsonLimits limits) {
    ISOLOSS_TRY(const std::string text, read_text_file(path, std::min(limits.bytes, most_bytes)));
    return parse_yaml(text, path_text(path), limits);
}

} // namespace isoloss
