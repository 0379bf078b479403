//===- Apart.cpp - Checks a case in a process of its own --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/RandomGraphs/Case.h"

#include "lib/Runtime/ModelOptions.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/FormatVariadic.h"

#include <chrono>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;
using namespace coppice;
using namespace coppice::random_graphs;

/// Encodes the verdict, whether a step ran, and three texts.
static std::string encode(const Outcome &outcome) {
  std::string text;
  text += static_cast<char>('0' + static_cast<int>(outcome.verdict));
  text += outcome.ranStep ? '1' : '0';
  for (const std::string &part :
       {outcome.message, outcome.stepNote, outcome.update})
    text += part + '\0';
  return text;
}

static Outcome decode(StringRef text) {
  Outcome outcome;
  outcome.verdict = static_cast<Verdict>(text[0] - '0');
  outcome.ranStep = text[1] == '1';
  auto [message, rest] = text.drop_front(2).split('\0');
  outcome.message = message.str();
  auto [stepNote, last] = rest.split('\0');
  outcome.stepNote = stepNote.str();
  outcome.update = last.split('\0').first.str();
  return outcome;
}

[[noreturn]] static void runChild(const Case &subject, StringRef path, int out,
                                  std::shared_ptr<mlir::MLIRContext> context) {
  // The parent reports a crash, so the child prints no stack trace.
  for (int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE, SIGTRAP})
    std::signal(signal, SIG_DFL);
  std::string text = encode(check(subject, path, std::move(context)));
  size_t done = 0;
  while (done < text.size()) {
    ssize_t n = ::write(out, text.data() + done, text.size() - done);
    if (n <= 0)
      break;
    done += static_cast<size_t>(n);
  }
  _exit(0);
}

/// Returns the outcome that the child writes, or how it ended.
static Outcome readChild(pid_t child, int in, int seconds) {
  std::string text;
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  bool late = false;
  char buffer[4096];
  while (true) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    pollfd ready{in, POLLIN, 0};
    if (left.count() <= 0 ||
        poll(&ready, 1, static_cast<int>(left.count())) == 0) {
      late = true;
      kill(child, SIGKILL);
      break;
    }
    ssize_t n = read(in, buffer, sizeof(buffer));
    if (n <= 0)
      break;
    text.append(buffer, static_cast<size_t>(n));
  }
  close(in);
  int status = 0;
  waitpid(child, &status, 0);
  Outcome outcome;
  if (late) {
    outcome.verdict = Verdict::hangs;
    outcome.message = formatv("no result within {0} seconds", seconds);
  } else if (WIFSIGNALED(status)) {
    outcome.verdict = Verdict::crashes;
    outcome.message = strsignal(WTERMSIG(status));
  } else if (text.size() < 5) {
    outcome.verdict = Verdict::crashes;
    outcome.message = "the process ended without a result";
  } else {
    outcome = decode(text);
  }
  return outcome;
}

/// Makes a case of y = tanh(x W), with a step.
static Case makeSmallCase() {
  Case subject;
  Shape shape = {2, 2};
  subject.graph.inputs = {{"x", ElementKind::F32, shape}};
  subject.graph.initializers = {
      {{"w", ElementKind::F32, shape}, {0.5, -0.25, 0.125, 1}}};
  subject.graph.nodes = {
      {"MatMul", {"x", "w"}, "", {{"product", ElementKind::F32, shape}}},
      {"Tanh", {"product"}, "", {{"y", ElementKind::F32, shape}}}};
  subject.graph.outputs = {"y"};
  subject.step.emplace();
  subject.step->options.loss = train::LossKind::MeanSquaredError;
  return subject;
}

Apart::Apart(StringRef path) : context(runtime::createContext()) {
  // The outcome is not used: an error of the compiler shows in the graphs that
  // follow.
  (void)random_graphs::check(makeSmallCase(), path, runtime::createContext());
}

Apart::~Apart() = default;

Outcome Apart::check(const Case &subject, StringRef path, int seconds) const {
  int ends[2];
  if (pipe(ends) != 0) {
    Outcome outcome;
    outcome.verdict = Verdict::crashes;
    outcome.message = "no pipe could be made";
    return outcome;
  }
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    runChild(subject, path, ends[1], context);
  }
  close(ends[1]);
  return readChild(child, ends[0], seconds);
}
