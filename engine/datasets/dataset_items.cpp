#include "engine/datasets/dataset_items.h"

#include "engine/base/number_text.h"
#include "engine/datasets/image_data.h"
#include "engine/datasets/number_data.h"
#include "engine/datasets/task_data.h"
#include "engine/datasets/text_data.h"
#include "engine/datasets/token_data.h"

#include <algorithm>
#include <limits>

namespace isoloss {

namespace {

using Items = std::vector<DatasetItem>;

constexpr std::int64_t most_tokens_shown = 1 << 16;
constexpr std::int64_t most_numbers_shown = 16;

std::string numbered(const char* what, std::size_t i) {
    return what + (" " + std::to_string(i + 1));
}

Expected<Items> texts(const DatasetRecord& dataset, std::size_t most) {
    ISOLOSS_TRY(TextData data, read_text_data(dataset));
    Items items;
    for (std::size_t i = 0; i < std::min(most, data.documents.size()); ++i)
        items.push_back({numbered("document", i), {std::move(data.documents[i])}, {}});
    return items;
}

Expected<Items> labelled(const DatasetRecord& dataset, std::size_t most) {
    ISOLOSS_TRY(LabelledData data, read_labelled_data(dataset));
    Items items;
    for (std::size_t i = 0; i < std::min(most, data.texts.size()); ++i) {
        std::string title = numbered("row", i);
        for (const LabelColumn& column : data.columns)
            if (column.rows[i] >= 0)
                title += ", " + column.name + " " + column.classes[static_cast<std::size_t>(column.rows[i])];
        items.push_back({std::move(title), {std::move(data.texts[i])}, {}});
    }
    return items;
}

Expected<Items> members(const DatasetRecord& dataset, std::size_t most) {
    ISOLOSS_TRY(MembershipData data, read_membership_data(dataset));
    Items items;
    for (std::size_t i = 0; i < std::min(most, data.texts.size()); ++i)
        items.push_back({numbered("text", i) + (data.is_member[i] ? ", member" : ", not a member"),
                         {std::move(data.texts[i])},
                         {}});
    return items;
}

Expected<Items> tokens(const DatasetRecord& dataset, std::size_t most) {
    ISOLOSS_TRY(TokenData data, read_token_data(dataset, most_tokens_shown));
    Items items;
    for (std::size_t i = 0; i < std::min(most, data.documents.size()); ++i)
        items.push_back({numbered("document", i), {}, std::move(data.documents[i])});
    return items;
}

Expected<Items> choices(const DatasetRecord& dataset, std::size_t most) {
    ISOLOSS_TRY(ChoiceData data, read_choice_data(dataset));
    Items items;
    for (std::size_t i = 0; i < std::min(most, data.items.size()); ++i) {
        ChoiceItem& item = data.items[i];
        DatasetItem shown{"item " + item.key, {}, {}};
        if (item.gold) shown.title += ", right is " + std::to_string(*item.gold + 1);
        const bool one_context =
            std::ranges::all_of(item.contexts, [&](const std::string& one) { return one == item.contexts[0]; });
        if (one_context && !item.contexts[0].empty()) shown.parts.push_back(item.contexts[0]);
        for (std::size_t k = 0; k < item.continuations.size(); ++k)
            shown.parts.push_back((one_context ? "" : item.contexts[k]) + item.continuations[k]);
        items.push_back(std::move(shown));
    }
    return items;
}

Expected<Items> last_words(const DatasetRecord& dataset, std::size_t most) {
    ISOLOSS_TRY(LastWordData data, read_last_word_data(dataset));
    Items items;
    for (std::size_t i = 0; i < std::min(most, data.items.size()); ++i)
        items.push_back(
            {"item " + data.items[i].key, {std::move(data.items[i].context), std::move(data.items[i].word)}, {}});
    return items;
}

Expected<Items> parallel(const DatasetRecord& dataset, std::size_t most) {
    ISOLOSS_TRY(ParallelData data, read_parallel_data(dataset));
    Items items;
    for (std::size_t i = 0; i < std::min(most, data.source.size()); ++i)
        items.push_back({numbered("pair", i), {std::move(data.source[i]), std::move(data.target[i])}, {}});
    return items;
}

Expected<Items> images(const DatasetRecord& dataset, std::size_t most) {
    ISOLOSS_TRY(const ImageData data, read_image_data(dataset));
    Items items;
    for (std::size_t i = 0; i < std::min(most, static_cast<std::size_t>(data.count)); ++i) {
        std::string title = numbered("image", i);
        if (!data.labels.empty()) title += ", class " + data.classes[static_cast<std::size_t>(data.labels[i])];
        items.push_back({std::move(title),
                         {std::to_string(data.width) + " × " + std::to_string(data.height) + " pixels, " +
                          std::to_string(data.channels) + (data.channels == 1 ? " channel" : " channels")},
                         {}});
    }
    return items;
}

Expected<Items> numbers(const DatasetRecord& dataset, std::size_t most) {
    ISOLOSS_TRY(const NumberData data, read_number_data(dataset));
    Items items;
    for (std::int64_t row = 0; row < std::min(static_cast<std::int64_t>(most), data.rows); ++row) {
        const auto i = static_cast<std::size_t>(row);
        std::string text;
        for (std::int64_t k = 0; k < std::min(data.columns, most_numbers_shown); ++k)
            text += (k > 0 ? ", " : "") + number_text(data.values[static_cast<std::size_t>(row * data.columns + k)]);
        if (data.columns > most_numbers_shown) text += ", …";
        items.push_back(
            {numbered("row", i) + (data.labels.empty() ? "" : ", label " + data.labels[i]), {std::move(text)}, {}});
    }
    return items;
}

} // namespace

Expected<std::vector<DatasetItem>> dataset_items(const DatasetRecord& dataset, std::size_t most) {
    switch (dataset.kind) {
    case DatasetKind::text:
        return texts(dataset, most);
    case DatasetKind::tokens:
        return tokens(dataset, most);
    case DatasetKind::multiple_choice:
    case DatasetKind::minimal_pairs:
        return choices(dataset, most);
    case DatasetKind::last_word:
        return last_words(dataset, most);
    case DatasetKind::labelled_text:
        return labelled(dataset, most);
    case DatasetKind::membership:
        return members(dataset, most);
    case DatasetKind::parallel_text:
        return parallel(dataset, most);
    case DatasetKind::labelled_images:
        return images(dataset, most);
    case DatasetKind::embeddings:
    case DatasetKind::predictions:
        return numbers(dataset, most);
    }
    return fail(ErrorKind::internal, "the data set has no kind");
}

bool has_tokens(DatasetKind kind) {
    return kind != DatasetKind::labelled_images && kind != DatasetKind::embeddings && kind != DatasetKind::predictions;
}

Expected<std::int64_t> count_tokens_of(const DatasetRecord& dataset, const Tokenizer& tokenizer,
                                       const CancellationToken& token,
                                       const std::function<void(std::uint64_t done, std::uint64_t total)>& step) {
    if (dataset.kind == DatasetKind::tokens) {
        ISOLOSS_TRY(const TokenCounts counts, count_tokens(dataset));
        return counts.tokens;
    }
    ISOLOSS_TRY(const Items items, dataset_items(dataset, std::numeric_limits<std::size_t>::max()));
    std::int64_t count = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (token.cancelled()) return fail(ErrorKind::cancelled, "cancelled");
        for (const std::string& part : items[i].parts) {
            ISOLOSS_TRY(const TokenizedText encoded, tokenizer.encode(part));
            count += static_cast<std::int64_t>(encoded.ids.size());
        }
        step(i + 1, items.size());
    }
    return count;
}

} // namespace isoloss
