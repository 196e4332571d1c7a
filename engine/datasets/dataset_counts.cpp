#include "engine/datasets/dataset_counts.h"

#include "engine/base/utf8.h"
#include "engine/datasets/image_data.h"
#include "engine/datasets/number_data.h"
#include "engine/datasets/task_data.h"
#include "engine/datasets/text_data.h"
#include "engine/datasets/token_data.h"

#include <algorithm>
#include <set>

namespace isoloss {

namespace {

std::int64_t size_of(const auto& list) {
    return static_cast<std::int64_t>(list.size());
}

void add_text(DatasetContent& content, const std::vector<std::string>& texts) {
    std::int64_t bytes = 0, characters = 0;
    for (const std::string& text : texts) {
        bytes += size_of(text);
        characters += static_cast<std::int64_t>(code_point_count(text));
    }
    content.counts.emplace_back("bytes", bytes);
    content.counts.emplace_back("characters", characters);
}

Expected<DatasetContent> count_text(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const TextData data, read_text_data(dataset));
    DatasetContent content{{{"documents", size_of(data.documents)}}, data.problems};
    add_text(content, data.documents);
    return content;
}

Expected<DatasetContent> count_token_file(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const TokenCounts counts, count_tokens(dataset));
    return DatasetContent{
        {{"documents", counts.documents}, {"tokens", counts.tokens}, {"largest id", counts.largest_id}}, {}};
}

Expected<DatasetContent> count_choices(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const ChoiceData data, read_choice_data(dataset));
    DatasetContent content{{{"items", size_of(data.items)}}, data.problems};
    const auto sizes = [](const ChoiceItem& item) { return item.choices.size(); };
    const auto [least, most] = std::ranges::minmax(data.items, {}, sizes);
    if (sizes(least) == sizes(most)) content.counts.emplace_back("choices", size_of(most.choices));
    return content;
}

Expected<DatasetContent> count_labelled(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const LabelledData data, read_labelled_data(dataset));
    DatasetContent content{{{"texts", size_of(data.texts)}, {"labels", size_of(data.columns)}}, data.problems};
    if (data.columns.size() == 1) content.counts.emplace_back("classes", size_of(data.columns.front().classes));
    add_text(content, data.texts);
    return content;
}

Expected<DatasetContent> count_last_words(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const LastWordData data, read_last_word_data(dataset));
    return DatasetContent{{{"items", size_of(data.items)}}, data.problems};
}

Expected<DatasetContent> count_members(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const MembershipData data, read_membership_data(dataset));
    const auto members = static_cast<std::int64_t>(std::ranges::count(data.is_member, true));
    DatasetContent content{
        {{"texts", size_of(data.texts)}, {"members", members}, {"non-members", size_of(data.texts) - members}},
        data.problems};
    add_text(content, data.texts);
    return content;
}

Expected<DatasetContent> count_parallel(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const ParallelData data, read_parallel_data(dataset));
    return DatasetContent{{{"pairs", size_of(data.source)}}, data.problems};
}

Expected<DatasetContent> count_images(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const ImageData data, read_image_data(dataset));
    return DatasetContent{{{"images", data.count},
                           {"height", data.height},
                           {"width", data.width},
                           {"channels", data.channels},
                           {"classes", size_of(data.classes)}},
                          data.problems};
}

Expected<DatasetContent> count_numbers(const DatasetRecord& dataset) {
    ISOLOSS_TRY(const NumberData data, read_number_data(dataset));
    const std::set<std::string> classes(data.labels.begin(), data.labels.end());
    DatasetContent content{{{"rows", data.rows}, {"columns", data.columns}}, data.problems};
    if (!data.labels.empty()) content.counts.emplace_back("classes", size_of(classes));
    return content;
}

} // namespace

Expected<DatasetContent> count_content(const DatasetRecord& dataset) {
    switch (dataset.kind) {
    case DatasetKind::text:
        return count_text(dataset);
    case DatasetKind::tokens:
        return count_token_file(dataset);
    case DatasetKind::multiple_choice:
    case DatasetKind::minimal_pairs:
        return count_choices(dataset);
    case DatasetKind::last_word:
        return count_last_words(dataset);
    case DatasetKind::labelled_text:
        return count_labelled(dataset);
    case DatasetKind::membership:
        return count_members(dataset);
    case DatasetKind::parallel_text:
        return count_parallel(dataset);
    case DatasetKind::labelled_images:
        return count_images(dataset);
    case DatasetKind::embeddings:
    case DatasetKind::predictions:
        return count_numbers(dataset);
    }
    return fail(ErrorKind::internal, "the data set has no kind");
}

} // namespace isoloss
