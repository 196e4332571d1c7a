#include "widgets/bar_rows.h"
#include "widgets/chip_button.h"
#include "widgets/choice_popup.h"
#include "widgets/delegates.h"
#include "widgets/elided_header.h"
#include "widgets/filter_line_edit.h"
#include "widgets/flow_layout.h"
#include "widgets/item_roles.h"
#include "widgets/tabular_text.h"

#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QSignalSpy>
#include <QStandardItemModel>
#include <QTableView>
#include <QTest>
#include <cmath>

using namespace isoloss;

class SmallWidgetsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:

    void filter_waits_for_the_last_key() {
        FilterLineEdit filter;
        filter.show();
        QSignalSpy changed(&filter, &FilterLineEdit::filterChanged);
        QTest::keyClicks(filter.lineEdit(), QStringLiteral("lr < 3"));
        QCOMPARE(changed.size(), 0);
        QVERIFY(changed.wait(1000));
        QCOMPARE(changed.size(), 1);
        QCOMPARE(changed[0][0].toString(), QStringLiteral("lr < 3"));
    }

    void filter_errors_are_said_and_vanish_with_the_next_key() {
        FilterLineEdit filter;
        filter.setText(QStringLiteral("lr < "));
        filter.setError(5, 1, QStringLiteral("a number is missing"));
        QVERIFY(filter.hasError());
        QCOMPARE(filter.lineEdit()->accessibleDescription(), QStringLiteral("a number is missing"));
        QTest::keyClicks(filter.lineEdit(), QStringLiteral("3"));
        QVERIFY(!filter.hasError());
    }

    void chip_lists_search_and_choose() {
        std::vector<ChipChoice> choices;
        for (int i = 0; i < 10; ++i)
            choices.push_back({QStringLiteral("Scores"), QStringLiteral("task %1").arg(i), {}, i});
        ChoicePopup popup(choices, 2, Theme::light(), nullptr);
        popup.setAttribute(Qt::WA_DeleteOnClose, false);
        QSignalSpy chosen(&popup, &ChoicePopup::chosen);
        auto* search = popup.findChild<QLineEdit*>();
        QTest::keyClicks(search, QStringLiteral("7 task"));
        QCOMPARE(popup.findChild<QListWidget*>()->count(), 2); // the group's heading and one choice
        QTest::keyClick(search, Qt::Key_Return);
        QCOMPARE(chosen.size(), 1);
        QCOMPARE(chosen[0][0].toInt(), 7);
    }

    void chips_show_the_text_of_their_value() {
        ChipButton chip(QStringLiteral("x"));
        chip.setChoices({{{}, QStringLiteral("loss [C4]"), {}, 1}, {{}, QStringLiteral("tokens"), {}, 2}});
        QSignalSpy chosen(&chip, &ChipButton::chosen);
        chip.setValue(2);
        QCOMPARE(chip.valueText(), QStringLiteral("tokens"));
        QCOMPARE(chip.accessibleDescription(), QStringLiteral("tokens"));
        QCOMPARE(chosen.size(), 0);
    }

    void narrow_chips_keep_their_value_readable() {
        ChipButton chip(QStringLiteral("x"));
        chip.setValueText(QStringLiteral("lambada_openai/perplexity of the validation set"));
        const QFontMetrics metrics(Theme::light().font);
        QVERIFY(chip.minimumSizeHint().width() >= 12 * metrics.averageCharWidth());
        QVERIFY(chip.minimumSizeHint().width() < chip.sizeHint().width());
        chip.setValueText(QStringLiteral("run"));
        QCOMPARE(chip.minimumSizeHint().width(), chip.sizeHint().width());
    }

    void flow_breaks_rows_data() {
        QTest::addColumn<int>("width");
        QTest::addColumn<QList<QRect>>("places");
        const QList<QRect> wide{{0, 0, 100, 20}, {110, 0, 100, 20}, {250, 0, 50, 20}};
        const QList<QRect> tight{{0, 0, 80, 20}, {90, 0, 80, 20}, {180, 0, 50, 20}};
        const QList<QRect> narrow{{0, 0, 100, 20}, {110, 0, 100, 20}, {160, 30, 50, 20}};
        // Three rows at full width; two where the second and the third share one.
        const QList<QRect> two{{0, 0, 95, 20}, {0, 30, 95, 20}, {105, 30, 50, 20}};
        QTest::newRow("room for all") << 300 << wide;
        QTest::newRow("all shrink alike") << 230 << tight;
        QTest::newRow("a second row") << 210 << narrow;
        QTest::newRow("two rows that shrink, not three") << 155 << two;
    }

    void flow_breaks_rows() {
        QFETCH(int, width);
        QFETCH(QList<QRect>, places);

        struct Block : QWidget {
            QSize hint, least;

            QSize sizeHint() const override { return hint; }

            QSize minimumSizeHint() const override { return least; }
        };

        QWidget row;
        auto* flow = new FlowLayout(&row);
        flow->setContentsMargins({});
        flow->setSpacing(10);
        std::vector<Block*> blocks;
        for (int i = 0; i < 3; ++i) {
            auto* block = new Block;
            block->hint = QSize(i < 2 ? 100 : 50, 20);
            block->least = QSize(i < 2 ? 75 : 50, 20);
            block->setParent(&row);
            if (i < 2) {
                flow->addWidget(block);
            } else {
                flow->addTrailing(block);
            }
            blocks.push_back(block);
        }
        const int height = flow->heightForWidth(width);
        QCOMPARE(height, places.last().bottom() + 1);
        flow->setGeometry({0, 0, width, height});
        for (int i = 0; i < 3; ++i)
            QCOMPARE(blocks[static_cast<std::size_t>(i)]->geometry(), places[i]);
    }

    void headers_end_in_an_ellipsis() {
        QStandardItemModel model(1, 2);
        model.setHorizontalHeaderLabels({QStringLiteral("acc_norm [arc_easy_rc_0shot]"), QStringLiteral("step")});
        QTableView view;
        view.setHorizontalHeader(new ElidedHeader(&view));
        view.setModel(&model);
        view.horizontalHeader()->resizeSection(0, 90);
        view.resize(300, 100);
        const QImage cut = view.horizontalHeader()->grab().toImage();
        model.setHeaderData(0, Qt::Horizontal, QStringLiteral("acc_norm [arc_easy_rc_0shot] and more"));
        // Only what stands before the cut is drawn, so a longer end changes nothing.
        QCOMPARE(view.horizontalHeader()->grab().toImage(), cut);
        model.setHeaderData(0, Qt::Horizontal, QStringLiteral("Acc_norm [arc_easy_rc_0shot]"));
        QVERIFY(view.horizontalHeader()->grab().toImage() != cut);
    }

    void eyes_toggle_by_click_and_space() {
        QStandardItemModel model(1, 1);
        model.setData(model.index(0, 0), Qt::Checked, Qt::CheckStateRole);
        QTableView view;
        view.setModel(&model);
        ToggleDelegate eye(ToggleDelegate::Icon::eye);
        view.setItemDelegate(&eye);
        view.show();
        QTest::mouseClick(view.viewport(), Qt::LeftButton, {}, view.visualRect(model.index(0, 0)).center());
        QCOMPARE(model.index(0, 0).data(Qt::CheckStateRole).toInt(), int(Qt::Unchecked));
        view.setCurrentIndex(model.index(0, 0));
        QTest::keyClick(&view, Qt::Key_Space);
        QCOMPARE(model.index(0, 0).data(Qt::CheckStateRole).toInt(), int(Qt::Checked));
    }

    void bars_speak_and_answer_clicks() {
        BarRows bars;
        bars.setRows({{QStringLiteral("tokens"), -0.81, {}, {}, {}},
                      {QStringLiteral("width"), -0.001, {}, {}, {}},
                      {QStringLiteral("mir"), std::nullopt, {}, {}, {}}});
        bars.resize(bars.sizeHint());
        QCOMPARE(bars.accessibleDescription(), QStringLiteral("tokens −0.81; width 0.00; mir –"));
        QSignalSpy clicked(&bars, &BarRows::rowClicked);
        QTest::mouseClick(&bars, Qt::LeftButton, {}, QPoint(20, bars.height() - 5));
        QCOMPARE(clicked.size(), 1);
        QCOMPARE(clicked[0][0].toInt(), 2);
    }

    void names_lose_their_folders_before_their_middle() {
        const QFont font = Theme::light().font;
        const QString name = QStringLiteral("hidden_markov/adversary-w32-s1");
        const QString last = QStringLiteral("…/adversary-w32-s1");
        QCOMPARE(elided_name(font, name, tabular_width(font, name)), name);
        QCOMPARE(elided_name(font, name, tabular_width(font, last)), last);
        const QString cut = elided_name(font, name, tabular_width(font, last) * 0.6);
        QVERIFY2(cut.startsWith(QStringLiteral("ad")) && cut.endsWith(QStringLiteral("s1")), qPrintable(cut));
        QVERIFY(tabular_width(font, cut) <= tabular_width(font, last) * 0.6 + 1);
    }

    void figures_have_equal_width() {
        const QFont font = Theme::light().font;
        QCOMPARE(tabular_width(font, QStringLiteral("1.111")), tabular_width(font, QStringLiteral("8.080")));
    }

    void series_styles_are_stable_and_distinct() {
        for (const Theme& theme : {Theme::light(), Theme::dark()}) {
            QSet<QString> seen;
            for (int i = 0; i < 4 * palette_size; ++i) {
                const SeriesStyle style = theme.series(i);
                QString key = style.color.name();
                for (const qreal length : style.dash)
                    key += QString::number(length) + QLatin1Char(' ');
                QVERIFY2(!seen.contains(key), qPrintable(key));
                seen.insert(key);
            }
            QVERIFY(!theme.heat(std::nan("")).isValid());
        }
    }
};

QTEST_MAIN(SmallWidgetsTest)
#include "tst_small_widgets.moc"
