#include "engine/datasets/array_detection.h"

#include "engine/datasets/dataset_detection.h"
#include "engine/datasets/idx.h"
#include "engine/datasets/npy.h"
#include "engine/datasets/npz.h"
#include "engine/datasets/token_data.h"

#include <array>
#include <initializer_list>

namespace isoloss {

namespace {

namespace fs = std::filesystem;

tl::unexpected<Error> refuse(ErrorKind kind, const fs::path& path, std::string reason, std::string remedy) {
    return fail({kind, path_text(path), {}, std::move(reason), std::move(remedy)});
}

/// The kind that was said when it is one of these, else the guess; another one that was said does not fit the file.
Expected<void> settle(const fs::path& path, DatasetDetails& details, DatasetKind guess, std::string_view why,
                      std::initializer_list<DatasetKind> possible) {
    auto& kind = details.reading.kind;
    if (!kind) {
        kind = guess;
        details.notes.push_back("taken as " + std::string(dataset_kind_name(guess)) + ": " + std::string(why));
        return {};
    }
    for (const DatasetKind one : possible)
        if (one == *kind) return {};
    return refuse(ErrorKind::usage, path,
                  std::string(why) + " cannot be read as " + std::string(dataset_kind_name(*kind)),
                  "Leave out the kind, or name " + std::string(dataset_kind_name(guess)));
}

/// The file of the same name with one word in place of another, if it is there.
std::optional<fs::path> neighbour(const fs::path& path, std::string_view word, std::string_view instead) {
    std::string name = path.filename().string();
    const std::size_t at = name.find(word);
    if (at == name.npos) return std::nullopt;
    name.replace(at, word.size(), instead);
    std::error_code ignored;
    for (const std::string& one : {name, name + ".gz", name.ends_with(".gz") ? name.substr(0, name.size() - 3) : name})
        if (fs::is_regular_file(path.parent_path() / one, ignored)) return path.parent_path() / one;
    return std::nullopt;
}

void find_labels(const fs::path& path, DatasetDetails& details) {
    if (!details.reading.files.empty()) return;
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> names{{{"images-idx3", "labels-idx1"},
                                                                                  {"images.idx3", "labels.idx1"},
                                                                                  {"images", "labels"},
                                                                                  {"X_", "y_"},
                                                                                  {"x_", "y_"},
                                                                                  {".npy", "_labels.npy"}}};
    for (const auto& [images, labels] : names)
        if (const auto found = neighbour(path, images, labels); found && *found != path) {
            details.reading.files = {path_text(*found)};
            details.notes.push_back("the labels are those of " + found->filename().string() + " beside it");
            return;
        }
}

bool is_picture_shape(const NumberArray& array) {
    return (array.shape().size() == 3 || array.shape().size() == 4) && array.type().bytes == 1 &&
           array.type().kind == ElementType::Kind::unsigned_integer;
}

/// The first array of these names, unless the role was said.
const NumberArray* find_array(const std::map<std::string, NumberArray>& arrays, DatasetDetails& details,
                              std::string_view role, std::initializer_list<std::string_view> names) {
    auto& fields = details.reading.fields;
    if (const auto said = fields.find(std::string(role)); said != fields.end()) {
        const auto found = arrays.find(said->second);
        return found == arrays.end() ? nullptr : &found->second;
    }
    for (const std::string_view name : names)
        if (const auto found = arrays.find(std::string(name)); found != arrays.end()) {
            fields.emplace(role, name);
            details.notes.push_back("the " + std::string(role) + " is the array " + std::string(name));
            return &found->second;
        }
    return nullptr;
}

} // namespace

Expected<void> detect_npy(const fs::path& path, DatasetDetails& details) {
    ISOLOSS_TRY(ByteSource source, ByteSource::open(path));
    ISOLOSS_TRY(const NumberArray array, open_npy(std::move(source)));
    details.format = dataset_format::npy;
    const std::string what = "an array of " + array.type().name() + " of the shape " + array.shape_text();
    const std::size_t dimensions = array.shape().size();
    if (is_picture_shape(array)) {
        ISOLOSS_TRY_VOID(settle(path, details, DatasetKind::labelled_images, what, {DatasetKind::labelled_images}));
        find_labels(path, details);
        return {};
    }
    if (array.type().is_integer() && (dimensions == 1 || dimensions == 2)) {
        ISOLOSS_TRY_VOID(settle(path, details, DatasetKind::tokens, what,
                                {DatasetKind::tokens, DatasetKind::predictions, DatasetKind::embeddings}));
        if (!details.said.kind && dimensions == 2) details.notes.emplace_back("each row is a document");
        return {};
    }
    if (dimensions == 2) {
        ISOLOSS_TRY_VOID(
            settle(path, details, DatasetKind::embeddings, what, {DatasetKind::embeddings, DatasetKind::predictions}));
        find_labels(path, details);
        return {};
    }
    if (dimensions == 1) return settle(path, details, DatasetKind::predictions, what, {DatasetKind::predictions});
    return refuse(ErrorKind::unsupported, path, what + " is no data that is known",
                  "Save token ids as integers of one or two dimensions, embeddings as rows, images as uint8");
}

Expected<void> detect_npz(const fs::path& path, DatasetDetails& details) {
    ISOLOSS_TRY(const auto arrays, open_npz(path));
    details.format = dataset_format::npz;
    find_array(arrays, details, "label", {"labels", "label", "y", "targets", "target", "y_true", "y_train", "y_test"});
    if (const auto* images = find_array(arrays, details, "images", {"images", "x_train", "x_test", "X_train", "arr_0"});
        images != nullptr && is_picture_shape(*images))
        return settle(path, details, DatasetKind::labelled_images, "an archive with images",
                      {DatasetKind::labelled_images});
    details.reading.fields.erase("images");
    if (find_array(arrays, details, "prediction", {"predictions", "prediction", "y_pred", "logits", "scores", "probs"}))
        return settle(path, details, DatasetKind::predictions, "an archive with predictions",
                      {DatasetKind::predictions});
    if (find_array(arrays, details, "embedding", {"embeddings", "embedding", "features", "X", "x", "arr_0"}))
        return settle(path, details, DatasetKind::embeddings, "an archive with embeddings", {DatasetKind::embeddings});
    std::string names;
    for (const auto& [name, array] : arrays)
        names += (names.empty() ? "" : ", ") + name + " " + array.shape_text();
    return refuse(ErrorKind::unsupported, path, "none of its arrays is known by its name: " + names,
                  "Say which array is which, for example embedding=NAME");
}

Expected<void> detect_idx(const fs::path& path, DatasetDetails& details) {
    ISOLOSS_TRY(ByteSource source, ByteSource::open(path));
    ISOLOSS_TRY(const NumberArray array, open_idx(std::move(source)));
    details.format = dataset_format::idx;
    if (array.shape().size() == 1) {
        const auto images = neighbour(path, "labels-idx1", "images-idx3");
        return refuse(ErrorKind::usage, path, "has the labels, not the images",
                      images ? "Name " + images->filename().string() : "Name the file of the images");
    }
    ISOLOSS_TRY_VOID(settle(path, details, DatasetKind::labelled_images,
                            "an IDX file of " + array.type().name() + " of the shape " + array.shape_text(),
                            {DatasetKind::labelled_images}));
    find_labels(path, details);
    return {};
}

Expected<void> detect_raw_tokens(const fs::path& path, DatasetDetails& details) {
    details.format = dataset_format::raw_tokens;
    ISOLOSS_TRY_VOID(settle(path, details, DatasetKind::tokens, "bytes that are no text, in a file named .bin",
                            {DatasetKind::tokens}));
    ISOLOSS_TRY(ByteSource source, ByteSource::open(path));
    ISOLOSS_TRY(const RawTokens raw, find_raw_tokens(source, details.said.token_type));
    details.reading.token_type = raw.type.name();
    if (!raw.why.empty()) details.notes.push_back("the ids are " + raw.type.name() + ": " + raw.why);
    return {};
}

Expected<void> detect_picture_folders(const fs::path& path, DatasetDetails& details) {
    details.format = dataset_format::png_folders;
    return settle(path, details, DatasetKind::labelled_images, "a folder, each of its folders the pictures of a class",
                  {DatasetKind::labelled_images});
}

} // namespace isoloss
