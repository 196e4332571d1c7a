#include "engine/base/machine.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>
#include <sched.h>

using namespace isoloss;

/// What the system says of memory and cores, on trees of files as Linux shows them.
class MachineTest : public QObject {
    Q_OBJECT

    static void write(const QTemporaryDir& root, const QString& path, const QByteArray& text) {
        QVERIFY(QDir().mkpath(QFileInfo(root.filePath(path)).path()));
        QFile file(root.filePath(path));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(text);
    }

    static std::optional<std::uint64_t> memory(const QTemporaryDir& root) {
        return available_memory(root.path().toStdString());
    }

private Q_SLOTS:

    void memory_of_the_system() {
        QTemporaryDir root;
        QVERIFY(!memory(root));
        write(root, "proc/meminfo", "MemTotal:       24000000 kB\nMemAvailable:   1000 kB\nBuffers: 1 kB\n");
        QCOMPARE(*memory(root), std::uint64_t{1024000});
    }

    void a_group_limits_it_data() {
        QTest::addColumn<QString>("cgroup");
        QTest::addColumn<QString>("folder");
        QTest::addColumn<QString>("limit");
        QTest::addColumn<QString>("used");
        QTest::newRow("version 2") << "0::/user/job\n"
                                   << "sys/fs/cgroup/user/job"
                                   << "memory.max"
                                   << "memory.current";
        QTest::newRow("version 2, of a parent") << "0::/user/job\n"
                                                << "sys/fs/cgroup/user"
                                                << "memory.max"
                                                << "memory.current";
        QTest::newRow("version 1") << "5:devices:/\n4:cpu,memory:/job\n0::/\n"
                                   << "sys/fs/cgroup/memory/job"
                                   << "memory.limit_in_bytes"
                                   << "memory.usage_in_bytes";
        QTest::newRow("version 1, seen from inside a container") << "4:memory:/of/the/host\n"
                                                                 << "sys/fs/cgroup/memory"
                                                                 << "memory.limit_in_bytes"
                                                                 << "memory.usage_in_bytes";
    }

    void a_group_limits_it() {
        QFETCH(QString, cgroup);
        QFETCH(QString, folder);
        QFETCH(QString, limit);
        QFETCH(QString, used);
        QTemporaryDir root;
        write(root, "proc/meminfo", "MemAvailable:   1000000 kB\n");
        write(root, "proc/self/cgroup", cgroup.toUtf8());
        write(root, folder + '/' + limit, "10000\n");
        write(root, folder + '/' + used, "7000\n");
        QCOMPARE(*memory(root), std::uint64_t{3000});
        write(root, folder + "/memory.stat", "anon 6500\ninactive_file 500\nactive_file 0\n");
        QCOMPARE(*memory(root), std::uint64_t{3500});
        write(root, folder + '/' + used, "20000\n");
        QCOMPARE(*memory(root), std::uint64_t{0});
        write(root, folder + '/' + limit, "max\n");
        QCOMPARE(*memory(root), std::uint64_t{1024000000});
    }

    void threads_of_one_core_count_once() {
        cpu_set_t allowed;
        QCOMPARE(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
        QTemporaryDir root;
        QVERIFY(physical_cores(root.path().toStdString()) >= 1); // nothing known
        for (int processor = 0; processor < CPU_SETSIZE; ++processor)
            if (CPU_ISSET(static_cast<std::size_t>(processor), &allowed))
                write(root, QString("sys/devices/system/cpu/cpu%1/topology/thread_siblings_list").arg(processor),
                      "0-255\n");
        QCOMPARE(physical_cores(root.path().toStdString()), 1);
    }

    void this_machine_says_both() {
        QVERIFY(available_memory().value_or(0) > 0);
        QVERIFY(physical_cores() >= 1);
    }
};

QTEST_APPLESS_MAIN(MachineTest)
#include "tst_machine.moc"
