#include "ui/docks/dataset_preview.h"

#include "engine/base/utf8.h"
#include "ui/figures/value_text.h"
#include "ui/plural.h"
#include "ui/ui_services.h"
#include "widgets/token_text.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QTimer>

namespace isoloss {

namespace {

constexpr std::size_t mostItems = 20;
constexpr std::size_t mostBytes = 2000; ///< of a part
constexpr std::size_t mostIds = 500;    ///< of a document of tokens
constexpr int progressInterval = 100;

std::vector<PreviewToken> tokensOf(const std::string& text, const TokenizedText& encoded) {
    std::vector<PreviewToken> tokens;
    std::size_t begin = 0;
    PreviewToken next;
    for (std::size_t i = 0; i < encoded.ids.size(); ++i) {
        next.ids.push_back(encoded.ids[i]);
        next.text += text.substr(begin, encoded.bytes[i]);
        begin += encoded.bytes[i];
        // A character may be spread over several tokens.
        if (!is_valid_utf8(next.text) && i + 1 < encoded.ids.size()) continue;
        tokens.push_back(std::exchange(next, {}));
    }
    return tokens;
}

std::string beginning(std::string text) {
    if (text.size() <= mostBytes) return text;
    std::size_t end = mostBytes;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80)
        --end;
    text.resize(end);
    return text;
}

} // namespace

Expected<std::vector<PreviewItem>> preview_items(const DatasetRecord& dataset, const std::string& checkpoint) {
    ISOLOSS_TRY(auto items, dataset_items(dataset, mostItems));
    std::unique_ptr<Tokenizer> tokenizer;
    if (!checkpoint.empty() && has_tokens(dataset.kind)) {
        ISOLOSS_TRY(tokenizer, load_tokenizer(checkpoint));
    }
    std::vector<PreviewItem> preview;
    for (DatasetItem& item : items) {
        PreviewItem& shown = preview.emplace_back();
        shown.title = std::move(item.title);
        for (std::string& part : item.parts) {
            const bool is_cut = part.size() > mostBytes;
            const std::string text = beginning(std::move(part));
            auto& tokens = shown.parts.emplace_back();
            if (tokenizer) {
                ISOLOSS_TRY(const TokenizedText encoded, tokenizer->encode(text));
                tokens = tokensOf(text, encoded);
            } else {
                tokens.push_back({text, {}});
            }
            if (is_cut) tokens.push_back({" …", {}});
        }
        if (item.ids.empty()) continue;
        auto& tokens = shown.parts.emplace_back();
        for (std::size_t i = 0; i < std::min(mostIds, item.ids.size()); ++i)
            tokens.push_back({tokenizer ? valid_utf8(tokenizer->decode({item.ids[i]})) : std::to_string(item.ids[i]),
                              {item.ids[i]}});
        if (item.ids.size() > mostIds) tokens.push_back({" …", {}});
    }
    return preview;
}

DatasetPreview::DatasetPreview(UiServices& services, QWidget* parent)
    : QWidget(parent), services_(services), tokenizer_(new QComboBox(this)), tokens_(new QLabel(this)),
      text_(new TokenText(this)), progress_(new QTimer(this)) {
    tokenizer_->setAccessibleName(tr("Tokenizer of the preview"));
    tokenizer_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    constexpr int shownCharacters = 22;
    tokenizer_->setMinimumContentsLength(shownCharacters);
    text_->setAccessibleName(tr("First items of the data set"));
    auto* row = new QHBoxLayout;
    row->setContentsMargins(Theme::unit, 0, Theme::unit, 0);
    row->setSpacing(Theme::unit);
    row->addWidget(tokenizer_);
    row->addWidget(tokens_, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(Theme::unit / 2);
    layout->addLayout(row);
    layout->addWidget(text_, 1);
    progress_->setInterval(progressInterval);
    connect(progress_, &QTimer::timeout, this,
            [this] { tokens_->setText(tr("counting tokens, %1 %").arg(percent_ ? percent_->load() : 0)); });
    connect(tokenizer_, &QComboBox::currentIndexChanged, this, &DatasetPreview::load);
    connect(&services_.theme(), &ThemeController::themeChanged, this, &DatasetPreview::applyTheme);
    connect(&services_.bridge(), &EngineBridge::projectChanged, this, &DatasetPreview::loadCheckpoints);
    connect(&services_.bridge(), &EngineBridge::changed, this, [this](const ChangeSet& changes) {
        if (changes.checkpoints || changes.everything) loadCheckpoints();
    });
    applyTheme();
    loadCheckpoints();
}

DatasetPreview::~DatasetPreview() {
    if (stopCounting_) stopCounting_->cancel();
}

void DatasetPreview::setDataset(const std::optional<DatasetRecord>& dataset) {
    const bool same = dataset && dataset_ && dataset->id == dataset_->id && dataset->hash == dataset_->hash;
    dataset_ = dataset;
    if (!same) load();
}

QString DatasetPreview::checkpoint() const {
    return tokenizer_->currentData().toString();
}

// One tokenizer a folder; checkpoints of one run have the same.
void DatasetPreview::loadCheckpoints() {
    using Checkpoints = std::vector<CheckpointRecord>;
    services_.bridge().query<Checkpoints>(
        checkpoints_,
        [](Reader& reader) -> Expected<Checkpoints> {
            ISOLOSS_TRY(auto all, reader.checkpoints());
            Checkpoints first;
            for (CheckpointRecord& checkpoint : all)
                if (!checkpoint.path.empty() && (first.empty() || first.back().run != checkpoint.run))
                    first.push_back(std::move(checkpoint));
            return first;
        },
        this,
        [this](const QueryAnswer<Checkpoints>& answer) {
            if (!answer) return;
            const QString before = checkpoint();
            {
                const QSignalBlocker blocker(tokenizer_);
                tokenizer_->clear();
                tokenizer_->addItem(tr("no tokenizer"));
                for (const CheckpointRecord& one : **answer)
                    tokenizer_->addItem(tr("tokenizer of %1").arg(qtext(one.run_name)), qtext(one.path));
                const int known = tokenizer_->findData(before);
                tokenizer_->setCurrentIndex(known >= 0 ? known : std::min(1, tokenizer_->count() - 1));
            }
            if (checkpoint() != before) load();
        });
}

void DatasetPreview::load() {
    if (stopCounting_) stopCounting_->cancel();
    stopCounting_.reset();
    counting_.drop();
    progress_->stop();
    tokens_->clear();
    tokenizer_->setEnabled(dataset_ && has_tokens(dataset_->kind));
    if (!dataset_) {
        loading_.drop();
        items_.reset();
        show();
        return;
    }
    using Items = std::vector<PreviewItem>;
    services_.bridge().query<Items>(
        loading_,
        [dataset = *dataset_, folder = utf8(checkpoint())](Reader&) { return preview_items(dataset, folder); }, this,
        [this](const QueryAnswer<Items>& answer) {
            if (!answer) {
                items_.reset();
                text_->setTokens({{.text = qtext(answer.error().text()), .heading = true}});
                return;
            }
            items_ = *answer;
            show();
            count();
        });
}

void DatasetPreview::count() {
    if (!dataset_ || !has_tokens(dataset_->kind) || checkpoint().isEmpty()) return;
    stopCounting_.emplace();
    percent_ = std::make_shared<std::atomic<int>>(0);
    progress_->start();
    services_.bridge().query<std::int64_t>(
        counting_,
        [dataset = *dataset_, folder = utf8(checkpoint()), token = stopCounting_->token(),
         percent = percent_](Reader&) -> Expected<std::int64_t> {
            ISOLOSS_TRY(const auto tokenizer, load_tokenizer(folder));
            return count_tokens_of(dataset, *tokenizer, token, [&](std::uint64_t done, std::uint64_t total) {
                percent->store(static_cast<int>(100 * done / std::max<std::uint64_t>(1, total)));
            });
        },
        this,
        [this](const QueryAnswer<std::int64_t>& answer) {
            progress_->stop();
            tokens_->setText(answer ? plural(**answer, tr("%1 token"), tr("%1 tokens")) : qtext(answer.error().reason));
        });
}

void DatasetPreview::show() {
    std::vector<TextToken> tokens;
    if (items_)
        for (const PreviewItem& item : *items_) {
            tokens.push_back({.text = qtext(item.title), .begins_line = true, .heading = true});
            for (const auto& part : item.parts)
                for (const PreviewToken& token : part) {
                    TextToken& shown = tokens.emplace_back();
                    shown.text = qtext(token.text);
                    shown.begins_line = &token == &part.front();
                    if (token.ids.empty()) shown.level = 0;
                    QStringList ids;
                    for (const std::int32_t id : token.ids)
                        ids += QString::number(id);
                    shown.tip = ids.join(QLatin1Char(' '));
                    // Token files without a tokenizer show the ids themselves.
                    if (checkpoint().isEmpty() && shown.text == shown.tip)
                        shown.text = QLatin1Char(' ') + shown.text + QLatin1Char(' ');
                }
        }
    text_->setTokens(std::move(tokens));
}

void DatasetPreview::applyTheme() {
    const Theme& theme = services_.theme().theme();
    QPalette colors = tokens_->palette();
    colors.setColor(QPalette::WindowText, theme.muted);
    tokens_->setPalette(colors);
    tokens_->setFont(theme.small);
    text_->setTheme(theme);
}

} // namespace isoloss
