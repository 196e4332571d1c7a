#pragma once

#include "engine/datasets/task_data.h"

#include <map>
#include <rapidjson/document.h>
#include <string>

namespace isoloss {

/// Turns the rows of a task file into items. A row is a whole item, {query, choices, gold}, or one request of the OLMo
/// evaluation: {doc_id, idx, label, doc, request{context, continuation}}; the requests of a document become one item.
class ChoiceRows {
public:
    /// Members of whole items.
    struct Fields {
        std::string query = "query", choices = "choices", gold = "gold";
    };

    ChoiceRows(std::string file, Fields fields) : file_(std::move(file)), fields_(std::move(fields)) {}

    Expected<void> add(const rapidjson::Value& row, std::size_t line);
    /// The items in the order of the file. Requests without the question (their documents are numbered from 1,000,000
    /// on) give the unconditional contexts of an item. Items that lack a request are added to the problems; fails when
    /// no item is left.
    Expected<ChoiceData> finish(DatasetProblems problems);

private:
    struct Requests {
        std::size_t line = 0;
        std::map<std::int64_t, std::pair<std::string, std::string>> by_choice; ///< context, continuation
        std::map<std::int64_t, std::string> unconditional;                     ///< context
    };

    Expected<void> add_item(const rapidjson::Value& row, std::size_t line);
    Expected<void> add_request(const rapidjson::Value& row, std::size_t line);
    Expected<void> complete(ChoiceItem& item, const Requests& requests) const;
    tl::unexpected<Error> refuse(std::size_t line, std::string reason) const;

    std::string file_;
    Fields fields_;
    ChoiceData data_;
    std::map<std::int64_t, std::size_t> item_of_document_;
    std::vector<Requests> requests_; ///< beside data_.items, for request files
};

} // namespace isoloss
