//===- coppice-fuzz-graphs.cpp - Random graphs, compiled, run ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// Compiles random graphs as the product does, runs them, compares the results
// with the reference interpreter, and writes small graphs that fail.
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/RandomGraphs/Case.h"
#include "lib/Support/Closest.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

namespace {
struct Options {
  int64_t seed = 1, first = 0, count = 100, jobs = 1, seconds = 60;
  std::string out, swap, known;
  bool print = false, verbose = false, shrink = true;
};

/// Checks a range of cases in several processes at a time.
class Run {
public:
  explicit Run(const Options &options) : options(options) {}

  Error run();

private:
  Error readKnown();
  /// Checks that the operators of `--swap` exist, and that a graph has the
  /// first one.
  Error checkSwap() const;
  void work(unsigned worker);
  void report(int64_t number, Case subject, Outcome outcome, StringRef scratch);
  Case makeCase(int64_t number) const;
  Outcome check(const Case &subject, StringRef scratch) const {
    return apart->check(subject, scratch, static_cast<int>(options.seconds));
  }

  const Options &options;
  std::string folder; // of scratch files
  std::optional<Apart> apart;
  std::atomic<int64_t> next{0};
  std::mutex mutex;
  std::map<Verdict, int64_t> verdicts;
  /// Counts each failure, and each reason why a step was not compared.
  std::map<std::string, int64_t> failures, notes;
  int64_t steps = 0, comparedSteps = 0, knownFailures = 0;
  /// Parts of the messages of known failures.
  std::vector<std::string> known;
};
} // namespace

Case Run::makeCase(int64_t number) const {
  Case subject = random_graphs::makeCase(options.seed, number);
  auto [from, to] = StringRef(options.swap).split(':');
  subject.swap = {from.str(), to.str()};
  return subject;
}

/// More small graphs of one failure would not tell more.
static constexpr int64_t kShrunkOfOneKind = 1;

void Run::report(int64_t number, Case subject, Outcome outcome,
                 StringRef scratch) {
  std::string signature = outcome.signature();
  int64_t seen;
  {
    std::lock_guard<std::mutex> lock(mutex);
    seen = failures[signature]++;
  }
  bool isNew = outcome.verdict == Verdict::differs || seen < kShrunkOfOneKind;
  if (options.shrink && isNew)
    subject = shrink(std::move(subject), outcome, [&](const Case &candidate) {
      return check(candidate, scratch);
    });
  std::lock_guard<std::mutex> lock(mutex);
  outs() << number << ": " << stringify(outcome.verdict) << ": "
         << outcome.message << "\n";
  std::string origin = formatv("coppice-fuzz-graphs --seed={0} --first={1} "
                               "--count=1",
                               options.seed, number);
  if (options.out.empty()) {
    outs() << "# " << origin << "\n" << subject.graph.print();
  } else if (isNew) {
    std::string path =
        formatv("{0}/{1}-{2}-{3}.onnxtxt", options.out,
                stringify(outcome.verdict), options.seed, number);
    if (Error error = random_graphs::write(subject, outcome, path, origin))
      errs() << toString(std::move(error)) << "\n";
  }
  outs().flush();
}

void Run::work(unsigned worker) {
  std::string scratch = formatv("{0}/{1}.onnxtxt", folder, worker);
  while (true) {
    int64_t number = next++;
    if (number >= options.count)
      break;
    number += options.first;
    if (options.verbose && number % 100 == 0)
      errs() << number << "\n";
    Case subject = makeCase(number);
    Outcome outcome = check(subject, scratch);
    bool isKnown = false;
    {
      std::lock_guard<std::mutex> lock(mutex);
      ++verdicts[outcome.verdict];
      steps += outcome.ranStep;
      comparedSteps += outcome.ranStep && outcome.stepNote.empty();
      if (!outcome.stepNote.empty())
        ++notes[outcome.stepNote];
      if (outcome.verdict == Verdict::notSupported)
        ++notes[outcome.message];
      isKnown = outcome.isFailure() && any_of(known, [&](StringRef text) {
                  return StringRef(outcome.message).contains(text);
                });
      knownFailures += isKnown;
    }
    if (outcome.isFailure() && !isKnown)
      report(number, std::move(subject), std::move(outcome), scratch);
  }
}

Error Run::readKnown() {
  if (options.known.empty())
    return Error::success();
  auto file = MemoryBuffer::getFile(options.known, /*IsText=*/true);
  if (!file)
    return fileError(options.known, "read", file.getError());
  for (line_iterator line(**file, /*SkipBlanks=*/true, '#'); !line.is_at_eof();
       ++line)
    known.push_back(line->trim().str());
  return Error::success();
}

Error Run::checkSwap() const {
  if (options.swap.empty())
    return Error::success();
  auto [from, to] = StringRef(options.swap).split(':');
  std::string where = "--swap=" + options.swap;
  if (from.empty() || to.empty() || to.contains(':'))
    return userError(where, "is not a pair of operators",
                     "write --swap=Tanh:Sigmoid, for instance");
  // The generator has no list of its operators, but many graphs together have
  // all.
  constexpr int64_t kSample = 2000;
  std::set<std::string> drawn;
  for (int64_t i = 0; i < kSample; ++i)
    for (const Node &node : random_graphs::makeCase(1, i).graph.nodes)
      drawn.insert(node.op);
  SmallVector<StringRef> known(drawn.begin(), drawn.end());
  for (StringRef name : {from, to})
    if (!drawn.count(name.str())) {
      StringRef near = closest(name, known);
      return userError(where,
                       "'" + name + "' is not an operator of random graphs",
                       near.empty() ? "there are " + join(known, ", ")
                                    : "did you mean " + near.str() + "?");
    }
  for (int64_t i = 0; i < options.count; ++i)
    for (const Node &node : makeCase(options.first + i).graph.nodes)
      if (node.op == from)
        return Error::success();
  return userError(where, "no graph has " + from,
                   "raise --count, or take another --seed");
}

Error Run::run() {
  if (Error error = readKnown())
    return error;
  if (Error error = checkSwap())
    return error;
  if (options.print) {
    for (int64_t i = 0; i < options.count; ++i)
      outs() << makeCase(options.first + i).graph.print();
    return Error::success();
  }
  SmallString<128> made;
  if (auto problem = sys::fs::createUniqueDirectory("coppice-fuzz", made))
    return fileError("a scratch folder", "make", problem);
  folder = made.str().str();
  if (!options.out.empty())
    if (auto problem = sys::fs::create_directories(options.out))
      return fileError(options.out, "make", problem);
  auto start = std::chrono::steady_clock::now();
  apart.emplace(folder + "/small.onnxtxt");
  std::vector<std::thread> workers;
  for (int64_t i = 1; i < options.jobs; ++i)
    workers.emplace_back([this, i] { work(static_cast<unsigned>(i)); });
  work(0);
  for (std::thread &worker : workers)
    worker.join();
  double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  (void)sys::fs::remove_directories(folder);

  int64_t failed = 0;
  for (auto [verdict, count] : verdicts)
    if (verdict != Verdict::agrees && verdict != Verdict::notSupported)
      failed += count;
  failed -= knownFailures;
  if (options.verbose) {
    for (const auto &[signature, count] : failures)
      outs() << formatv("{0,6} {1}\n", count, signature);
    for (const auto &[note, count] : notes)
      outs() << formatv("{0,6} {1}\n", count, note);
  }
  outs() << formatv("seed {0}, graphs {1} to {2}: {3} agree, {4} not "
                    "supported, {5} failed, {6} known; {7} with a step, of "
                    "which {8} compared; {9:f1} s\n",
                    options.seed, options.first,
                    options.first + options.count - 1,
                    verdicts[Verdict::agrees], verdicts[Verdict::notSupported],
                    failed, knownFailures, steps, comparedSteps, seconds);
  if (failed)
    return userError(formatv("{0} of {1} graphs", failed, options.count).str(),
                     "failed");
  return Error::success();
}

int main(int argc, char **argv) {
  Options options;
  driver::CommandLine flags(
      "coppice-fuzz-graphs", "[flags]",
      "Compiles random ONNX graphs, runs them, compares them with the "
      "reference interpreter, and prints small ones that fail.");
  flags.integer("seed", "N", options.seed, 0, INT64_MAX,
                "of the graphs (default 1)");
  flags.integer("first", "N", options.first, 0, INT64_MAX / 2,
                "number of the first graph (default 0)");
  flags.integer("count", "N", options.count, 1, INT64_MAX / 2,
                "how many (default 100)");
  flags.integer("jobs", "N", options.jobs, 1, 1024,
                "processes at a time (default 1)");
  flags.integer("timeout", "SECONDS", options.seconds, 1, 86400,
                "a graph that takes longer fails (default 60)");
  flags.text("out", "DIR", options.out,
             "write graphs that fail here, with their inputs");
  flags.flag("shrink", options.shrink, "make graphs that fail small (default)");
  flags.flag("print", options.print, "print the graphs and stop");
  flags.flag("verbose", options.verbose,
             "count the kinds of failure, and what is not supported");
  flags.text("known", "FILE", options.known,
             "failures whose message has a line of this file are counted and "
             "not reported");
  flags.text("swap", "OP:OTHER", options.swap,
             "compile OTHER where a graph has OP: every such graph must fail");
  SmallVector<const char *> arguments(argv + 1, argv + argc);
  Expected<bool> help = flags.parse(arguments, outs());
  Error error = help ? Error::success() : help.takeError();
  if (!error && !*help)
    error = Run(options).run();
  if (!error)
    return 0;
  logAllUnhandledErrors(std::move(error), errs(), "error: ");
  return 1;
}
