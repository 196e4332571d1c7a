#pragma once

#include "engine/datasets/task_data.h"

#include <cstdint>
#include <functional>
#include <map>
#include <rapidjson/document.h>
#include <string>
#include <variant>
#include <vector>

namespace isoloss {

/// Turns the rows of a labelled text file into texts and columns of classes. A row has one label, {text, label}, or
/// several with names, {text, labels: {name: class, …}}; null is no label.
class LabelledRows {
public:
    explicit LabelledRows(std::string file) : file_(std::move(file)) {}

    /// What a row knows about its text; nullptr: nothing of this form.
    struct Labels {
        const rapidjson::Value* one = nullptr;   ///< without a name
        const rapidjson::Value* named = nullptr; ///< name → class
    };

    /// A row that is refused leaves nothing behind.
    Expected<void> add(std::string text, Labels labels, std::size_t line);
    LabelledData finish();

private:
    using Class = std::variant<bool, std::int64_t, std::string>;

    struct Kind {
        std::string name;
        std::map<Class, std::int32_t> classes; ///< with the numbers of their first appearance
        std::vector<std::int32_t> rows;        ///< one of these numbers, −1: none
    };

    Expected<void> add_labels(Labels labels, std::size_t line);
    Expected<void> add_label(std::string_view name, const rapidjson::Value& label, std::size_t line);
    Expected<Kind*> kind_named(std::string_view name, std::size_t line);
    tl::unexpected<Error> refuse(std::size_t line, std::string reason) const;
    tl::unexpected<Error> refuse_size(std::size_t line, std::string reason, std::string remedy) const;

    std::string file_;
    std::vector<std::string> texts_;
    std::vector<Kind> kinds_;
    std::map<std::string, std::size_t, std::less<>> places_; ///< of the kinds, by their names
};

} // namespace isoloss
