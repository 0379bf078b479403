//===- ConformanceSuite.cpp - All of ONNX's test cases -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Conformance.h"

#include "lib/Support/UserError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <fcntl.h>
#include <map>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;

namespace coppice::driver {

namespace {
/// One case in a process of its own. A child inherits no threads: the parent
/// has none, and no MLIR context.
class Child {
public:
  Child(std::string name, StringRef directory) : name(std::move(name)) {
    int ends[2];
    if (::pipe(ends) != 0)
      return;
    outs().flush();
    pid = ::fork();
    if (pid == 0) {
      ::close(ends[0]);
      run(directory, ends[1]);
    }
    ::close(ends[1]);
    input = ends[0];
  }

  StringRef getName() const { return name; }
  int getInput() const { return input; }

  /// Reads what has come; true at the end.
  bool read() {
    char buffer[4096];
    ssize_t count = ::read(input, buffer, sizeof buffer);
    if (count > 0)
      text.append(buffer, count);
    return count <= 0;
  }

  CaseResult finish() {
    ::close(input);
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WIFSIGNALED(status))
      return {CaseResult::Failed,
              "crashed with signal " + std::to_string(WTERMSIG(status))};
    StringRef reason = StringRef(text).trim();
    switch (WEXITSTATUS(status)) {
    case 0:
      return {CaseResult::Passed, ""};
    case 2:
      return {CaseResult::Unsupported, reason.str()};
    default:
      return {CaseResult::Failed, reason.str()};
    }
  }

private:
  [[noreturn]] void run(StringRef directory, int output) {
    // A case that hangs is a failure.
    ::alarm(120);
    // Nor is a crash's backtrace of interest.
    if (int null = ::open("/dev/null", O_WRONLY); null >= 0)
      ::dup2(null, STDERR_FILENO);
    SmallString<128> folder(directory);
    sys::path::append(folder, name);
    ModelOptions model;
    model.path = (folder + "/model.onnx").str();
    model.quiet = true;
    CaseResult result = checkCase(model, folder);
    ssize_t ignored =
        ::write(output, result.reason.data(), result.reason.size());
    (void)ignored;
    ::_exit(result.outcome == CaseResult::Passed        ? 0
            : result.outcome == CaseResult::Unsupported ? 2
                                                        : 1);
  }

  std::string name, text;
  pid_t pid = -1;
  int input = -1;
};
} // namespace

static Expected<std::vector<std::string>> readList(StringRef path) {
  std::vector<std::string> names;
  auto file = MemoryBuffer::getFile(path, /*IsText=*/true);
  if (!file)
    return fileError(path, "read", file.getError());
  for (StringRef line : split((*file)->getBuffer(), '\n')) {
    line = line.split('#').first.trim();
    if (!line.empty())
      names.push_back(line.str());
  }
  return std::move(names);
}

static Expected<std::vector<std::string>> findCases(StringRef directory,
                                                    StringRef only) {
  std::vector<std::string> names;
  std::error_code error;
  for (sys::fs::directory_iterator it(directory, error), end;
       it != end && !error; it.increment(error)) {
    StringRef name = sys::path::filename(it->path());
    if (name.contains(only) && sys::fs::exists(it->path() + "/model.onnx"))
      names.push_back(name.str());
  }
  if (error)
    return fileError(directory, "read", error);
  if (names.empty())
    return userError(directory, "holds no test case",
                     "cases are folders with a model.onnx");
  sort(names);
  return std::move(names);
}

/// Runs all cases, `jobs` at a time.
static std::map<std::string, CaseResult>
runCases(ArrayRef<std::string> names, StringRef directory, unsigned jobs) {
  std::map<std::string, CaseResult> results;
  std::vector<Child> running;
  size_t next = 0;
  while (next < names.size() || !running.empty()) {
    while (next < names.size() && running.size() < jobs)
      running.emplace_back(names[next++], directory);
    std::vector<pollfd> ready;
    for (const Child &child : running)
      ready.push_back({child.getInput(), POLLIN, 0});
    ::poll(ready.data(), ready.size(), -1);
    for (size_t i = running.size(); i-- > 0;)
      if (ready[i].revents && running[i].read()) {
        results[running[i].getName().str()] = running[i].finish();
        running.erase(running.begin() + i);
      }
  }
  return results;
}

Error checkSuite(StringRef directory, StringRef list, StringRef only,
                 unsigned jobs, bool verbose) {
  std::vector<std::string> expected;
  if (!list.empty()) {
    Expected<std::vector<std::string>> read = readList(list);
    if (!read)
      return read.takeError();
    expected = std::move(*read);
  }
  Expected<std::vector<std::string>> names = findCases(directory, only);
  if (!names)
    return names.takeError();
  std::map<std::string, CaseResult> results =
      runCases(*names, directory, std::max(1u, jobs));

  unsigned counts[3] = {0, 0, 0};
  static constexpr StringLiteral words[] = {"passed", "failed", "unsupported"};
  for (const auto &[name, result] : results) {
    ++counts[result.outcome];
    if (verbose)
      outs() << words[result.outcome] << " " << name
             << (result.reason.empty() ? "" : ": ") << result.reason << "\n";
  }
  SmallVector<StringRef> broken;
  for (const std::string &name : expected) {
    auto it = results.find(name);
    if (it == results.end()) {
      if (StringRef(name).contains(only))
        broken.push_back(name);
      continue;
    }
    if (it->second.outcome == CaseResult::Passed)
      continue;
    broken.push_back(name);
    if (!verbose)
      outs() << words[it->second.outcome] << " " << name << ": "
             << it->second.reason << "\n";
  }
  outs() << counts[0] << " passed, " << counts[1] << " failed, " << counts[2]
         << " unsupported\n";
  outs().flush();
  if (broken.empty())
    return Error::success();
  return userError(list, Twine(broken.size()) +
                             " cases of the list no longer pass: " +
                             join(ArrayRef(broken).take_front(5), ", ") +
                             (broken.size() > 5 ? ", ..." : ""));
}

} // namespace coppice::driver
