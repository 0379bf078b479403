//===- ConformanceSuite.cpp - All of ONNX's test cases -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/coppice/Conformance.h"

#include "lib/Support/UserError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;
using namespace coppice::runtime;

namespace coppice::tool {

static Error systemError(const Twine &what) {
  return userError(what, sys::StrError(errno));
}

/// Repeats a system call that a signal interrupted.
template <typename Call> static auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR)
    result = call();
  return result;
}

namespace {
/// One case in a process of its own. The parent has neither threads nor an MLIR
/// context, so it can fork. The child reports a letter for the outcome, and the
/// reason, through a pipe. A process that ends without a report has failed.
class Child {
public:
  static Expected<Child> start(std::string name, StringRef directory) {
    int ends[2];
    if (::pipe(ends) != 0)
      return systemError("cannot open a pipe for " + name);
    // Flush, so that buffered text is not written twice.
    outs().flush();
    pid_t pid = ::fork();
    if (pid < 0) {
      Error error = systemError("cannot start a process for " + name);
      ::close(ends[0]);
      ::close(ends[1]);
      return std::move(error);
    }
    if (pid == 0) {
      ::close(ends[0]);
      run(name, directory, ends[1]);
    }
    ::close(ends[1]);
    return Child(std::move(name), pid, ends[0]);
  }

  StringRef getName() const { return name; }
  int getInput() const { return input; }

  /// Reads the available bytes; returns true at the end.
  bool read() {
    char buffer[4096];
    ssize_t count = retry([&] { return ::read(input, buffer, sizeof buffer); });
    if (count > 0)
      text.append(buffer, count);
    return count <= 0;
  }

  CaseResult finish() {
    ::close(input);
    int status = 0;
    auto failed = [](const Twine &reason) {
      return CaseResult{CaseResult::Failed, reason.str()};
    };
    if (retry([&] { return ::waitpid(pid, &status, 0); }) != pid)
      return failed("its process was lost");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
      return failed("took more than " + Twine(kSeconds) + " s");
    if (WIFSIGNALED(status))
      return failed("crashed with signal " + Twine(WTERMSIG(status)));
    if (WEXITSTATUS(status) != 0 || text.empty())
      return failed("ended with status " + Twine(WEXITSTATUS(status)) +
                    " and no result");
    for (auto outcome : {CaseResult::Passed, CaseResult::Differs,
                         CaseResult::Refused, CaseResult::Failed})
      if (text.front() == tool::name(outcome).front())
        return {outcome, StringRef(text).drop_front().trim().str()};
    return failed("reported nonsense");
  }

  /// Ends the process without a result.
  void kill() {
    ::close(input);
    ::kill(pid, SIGKILL);
    retry([&] { return ::waitpid(pid, nullptr, 0); });
  }

private:
  /// A case that takes longer than this hangs.
  static constexpr unsigned kSeconds = 120;

  Child(std::string name, pid_t pid, int input)
      : name(std::move(name)), pid(pid), input(input) {}

  [[noreturn]] static void run(StringRef name, StringRef directory,
                               int output) {
    ::alarm(kSeconds);
    // Hide the backtrace of a crash.
    if (int null = ::open("/dev/null", O_WRONLY); null >= 0)
      ::dup2(null, STDERR_FILENO);
    SmallString<128> folder(directory);
    sys::path::append(folder, name);
    ModelOptions model;
    model.path = (folder + "/model.onnx").str();
    model.quiet = true;
    CaseResult result = checkCase(model, folder);
    std::string report =
        tool::name(result.outcome).take_front().str() + result.reason;
    for (StringRef rest = report; !rest.empty();) {
      ssize_t count =
          retry([&] { return ::write(output, rest.data(), rest.size()); });
      if (count < 0)
        ::_exit(1);
      rest = rest.drop_front(count);
    }
    ::_exit(0);
  }

  std::string name, text;
  pid_t pid;
  int input;
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
static Expected<std::map<std::string, CaseResult>>
runCases(ArrayRef<std::string> names, StringRef directory, unsigned jobs) {
  std::map<std::string, CaseResult> results;
  std::vector<Child> running;
  auto stop = [&](Error error) {
    for (Child &child : running)
      child.kill();
    return error;
  };
  size_t next = 0;
  while (next < names.size() || !running.empty()) {
    while (next < names.size() && running.size() < jobs) {
      Expected<Child> child = Child::start(names[next++], directory);
      if (!child)
        return stop(child.takeError());
      running.push_back(std::move(*child));
    }
    std::vector<pollfd> ready;
    for (const Child &child : running)
      ready.push_back({child.getInput(), POLLIN, 0});
    if (retry([&] { return ::poll(ready.data(), ready.size(), -1); }) < 0)
      return stop(systemError("cannot wait for the cases"));
    for (size_t i = running.size(); i-- > 0;)
      if (ready[i].revents && running[i].read()) {
        results[running[i].getName().str()] = running[i].finish();
        running.erase(running.begin() + i);
      }
  }
  return std::move(results);
}

Error checkSuite(const SuiteOptions &options) {
  // A listed case must have its listed result.
  std::map<std::string, CaseResult::Outcome> expected;
  bool isListed = false;
  for (auto [path, outcome] :
       {std::pair(StringRef(options.passing), CaseResult::Passed),
        std::pair(StringRef(options.differing), CaseResult::Differs),
        std::pair(StringRef(options.failing), CaseResult::Failed)}) {
    if (path.empty())
      continue;
    isListed = true;
    Expected<std::vector<std::string>> names = readList(path);
    if (!names)
      return names.takeError();
    for (std::string &name : *names)
      if (StringRef(name).contains(options.only))
        expected[std::move(name)] = outcome;
  }
  Expected<std::vector<std::string>> names =
      findCases(options.directory, options.only);
  if (!names)
    return names.takeError();
  auto results =
      runCases(*names, options.directory, std::max(1u, options.jobs));
  if (!results)
    return results.takeError();

  std::map<CaseResult::Outcome, unsigned> counts;
  SmallVector<StringRef> broken;
  unsigned better = 0;
  for (const auto &[name, result] : *results) {
    ++counts[result.outcome];
    auto it = expected.find(name);
    bool isNew = it == expected.end();
    bool isBroken = isNew ? result.outcome == CaseResult::Differs ||
                                result.outcome == CaseResult::Failed
                          : result.outcome != it->second;
    better += isNew && result.outcome == CaseResult::Passed;
    isBroken &= isListed;
    if (isBroken)
      broken.push_back(name);
    if (options.verbose || isBroken)
      outs() << tool::name(result.outcome) << " " << name
             << (result.reason.empty() ? "" : ": ") << result.reason << "\n";
  }
  for (const auto &[name, outcome] : expected)
    if (!results->count(name)) {
      outs() << "missing " << name << "\n";
      broken.push_back(name);
    }
  if (isListed && better)
    outs() << better << " cases pass that the list lacks\n";
  outs() << counts[CaseResult::Passed] << " passed, "
         << counts[CaseResult::Differs] << " differ, "
         << counts[CaseResult::Refused] << " refused by name, "
         << counts[CaseResult::Failed] << " failed\n";
  outs().flush();
  if (broken.empty())
    return Error::success();
  return userError(options.directory,
                   Twine(broken.size()) +
                       " cases do not do what they are listed for: " +
                       join(ArrayRef(broken).take_front(5), ", ") +
                       (broken.size() > 5 ? ", ..." : ""),
                   "their lines above say why");
}

} // namespace coppice::tool
