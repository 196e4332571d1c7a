#pragma once

#include "tests/benchmarks/measuring.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace isoloss::bench {

/// A Python script that stays and repeats its work when told to, so that anchor and figure can be measured by turns.
class PythonAnchor {
public:
    /// Nothing where there is no Python or it has no PyTorch.
    static std::optional<PythonAnchor> start(const std::string& script, const std::vector<std::string>& arguments) {
        int in[2], out[2];
        if (::pipe(in) != 0 || ::pipe(out) != 0) give_up("there can be no pipe");
        const pid_t child = ::fork();
        if (child == 0) {
            ::dup2(in[0], STDIN_FILENO);
            ::dup2(out[1], STDOUT_FILENO);
            for (const int descriptor : {in[0], in[1], out[0], out[1]})
                ::close(descriptor);
            std::vector<std::string> words{python, std::string(ISOLOSS_BENCHMARKS_DIR) + "/" + script};
            words.insert(words.end(), arguments.begin(), arguments.end());
            std::vector<char*> pointers;
            for (std::string& word : words)
                pointers.push_back(word.data());
            pointers.push_back(nullptr);
            ::execv(python, pointers.data());
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        PythonAnchor anchor(child, in[1], ::fdopen(out[0], "r"));
        if (anchor.line() == "ready\n") return anchor;
        return std::nullopt;
    }

    PythonAnchor(PythonAnchor&& other) noexcept
        : child_(std::exchange(other.child_, -1)), in_(other.in_), out_(std::exchange(other.out_, nullptr)) {}

    PythonAnchor& operator=(PythonAnchor&&) = delete;

    ~PythonAnchor() {
        if (child_ < 0) return;
        ::close(in_);
        std::fclose(out_);
        ::waitpid(child_, nullptr, 0);
    }

    /// Seconds of one run.
    double seconds() {
        if (::write(in_, "run\n", 4) != 4) give_up("the Python anchor has ended");
        const std::string answer = line();
        if (answer.empty()) give_up("the Python anchor has failed");
        return std::atof(answer.c_str());
    }

private:
    static constexpr const char* python = "/usr/bin/python3";

    PythonAnchor(pid_t child, int in, std::FILE* out) : child_(child), in_(in), out_(out) {}

    std::string line() {
        char text[256];
        return std::fgets(text, sizeof text, out_) == nullptr ? std::string() : text;
    }

    pid_t child_;
    int in_;
    std::FILE* out_;
};

} // namespace isoloss::bench
