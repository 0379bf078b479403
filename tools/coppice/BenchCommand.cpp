//===- BenchCommand.cpp - coppice bench -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/Driver/ModelFlags.h"
#include "lib/Runtime/AutoUpdate.h"
#include "lib/Runtime/Benchmark.h"
#include "lib/Runtime/Session.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <chrono>

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;
using namespace coppice::runtime;

namespace {
struct Request {
  ModelOptions model;
  StepOptions step;
  std::string json;
  double seconds = 1;
  int64_t rows = 10;
};

/// The times of one entry point.
struct Measurement {
  std::string entry;
  Timing timing;
  std::vector<KernelTiming> kernels;
};
} // namespace

static constexpr int64_t minRuns = 5;

static void addFlags(CommandLine &flags, Request &request) {
  flags.positional("MODEL", request.model.path);
  flags.section("measurement");
  flags.real("seconds", "S", request.seconds, 0,
             "for each entry point (default 1)");
  flags.integer("profile", "N", request.rows, 0, 1 << 20,
                "slowest kernels to print (default 10; 0: no profile).\n"
                "A kernel carries the name of the first op in it,\n"
                "whole in --json; a second build with counters\n"
                "measures it");
  flags.value(
      "threads", "1", "generated code runs on one thread",
      [](StringRef text) -> Error {
        int64_t threads;
        if (text.getAsInteger(10, threads) || threads < 1)
          return userError("--threads=" + text, "is not a number of threads");
        if (threads != 1)
          return userError("--threads=" + text, "is not part of this version",
                           "generated code runs on one thread");
        return Error::success();
      });
  addStepFlags(flags, request.step);
  addModelFlags(flags, request.model);
  flags.text("json", "FILE", request.json,
             "write the figures, of all kernels (- for stdout)");
}

/// Compiles, and adds the seconds that it took, without the time of reading the
/// file.
static Expected<std::unique_ptr<Program>>
compile(const Request &request, bool counters, double &seconds) {
  Expected<Session> session = Session::open(request.model);
  if (!session)
    return session.takeError();
  if (Error error = checkQuantizedStep(request.step, session->getModule()))
    return std::move(error);
  CompileOptions options = compileOptions(request.model);
  if (!request.step.update.empty())
    applyStep(request.step, options);
  auto start = std::chrono::steady_clock::now();
  auto program = session->compile(options, counters);
  seconds +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  return program;
}

static Error measureAll(const Request &request, double &compileSeconds,
                        SmallVectorImpl<Measurement> &measurements) {
  auto program = compile(request, /*counters=*/false, compileSeconds);
  if (!program)
    return program.takeError();
  std::unique_ptr<Program> counting;
  if (request.rows) {
    double ignored = 0;
    auto compiled = compile(request, /*counters=*/true, ignored);
    if (!compiled)
      return compiled.takeError();
    counting = std::move(*compiled);
  }
  for (EntryKind kind : {EntryKind::Inference, EntryKind::Step}) {
    StringRef entry = (*program)->find(kind);
    if (entry.empty())
      continue;
    Expected<Timing> timing =
        measure(**program, entry, request.seconds, minRuns);
    if (!timing)
      return timing.takeError();
    measurements.push_back({entry.str(), std::move(*timing), {}});
    if (!counting)
      continue;
    auto kernels = profile(*counting, entry, request.seconds, minRuns);
    if (!kernels)
      return kernels.takeError();
    measurements.back().kernels = std::move(*kernels);
  }
  return Error::success();
}

/// Cuts the middle out of a long name.
static std::string shorten(StringRef name) {
  constexpr size_t limit = 64, head = 20;
  if (name.size() <= limit)
    return name.str();
  return (name.take_front(head) + "..." + name.take_back(limit - head - 3))
      .str();
}

static void print(const Request &request, double compileSeconds,
                  ArrayRef<Measurement> measurements) {
  outs() << formatv("compiled in {0:f2} s\n{1}\n", compileSeconds,
                    "entry      runs    best ms  median ms     p90 ms");
  for (const Measurement &m : measurements)
    outs() << formatv("{0,-8}{1,7}{2,11:f4}{3,11:f4}{4,11:f4}\n", m.entry,
                      m.timing.runs.size(), 1e3 * m.timing.runs.front(),
                      1e3 * m.timing.at(0.5), 1e3 * m.timing.at(0.9));
  for (const Measurement &m : measurements) {
    if (m.kernels.empty())
      continue;
    // The names come last, because they may be long.
    outs() << "\n share  median ms  kernel of " << m.entry << "\n";
    auto row = [](double share, double seconds, const Twine &name) {
      outs() << formatv("{0,5:f1}%{1,11:f4}  {2}\n", 100 * share, 1e3 * seconds,
                        name.str());
    };
    double share = 0, seconds = 0;
    for (auto [i, kernel] : enumerate(m.kernels)) {
      if (static_cast<int64_t>(i) < request.rows) {
        row(kernel.share, kernel.median, shorten(kernel.name));
        continue;
      }
      share += kernel.share;
      seconds += kernel.median;
    }
    if (static_cast<int64_t>(m.kernels.size()) > request.rows)
      row(share, seconds,
          "(" + Twine(m.kernels.size() - request.rows) + " others)");
  }
  outs().flush();
}

static void writeJson(raw_ostream &os, double compileSeconds,
                      ArrayRef<Measurement> measurements) {
  json::OStream stream(os, 1);
  stream.object([&] {
    stream.attribute("compile_seconds", compileSeconds);
    for (const Measurement &m : measurements)
      stream.attributeObject(m.entry, [&] {
        stream.attribute("runs", int64_t(m.timing.runs.size()));
        stream.attribute("best_ms", 1e3 * m.timing.runs.front());
        stream.attribute("median_ms", 1e3 * m.timing.at(0.5));
        stream.attribute("p90_ms", 1e3 * m.timing.at(0.9));
        if (m.kernels.empty())
          return;
        stream.attributeArray("kernels", [&] {
          for (const KernelTiming &kernel : m.kernels)
            stream.object([&] {
              stream.attribute("name", kernel.name);
              stream.attribute("median_ms", 1e3 * kernel.median);
              stream.attribute("share", kernel.share);
            });
        });
      });
  });
  os << "\n";
}

Error tool::bench(Arguments arguments) {
  Request request;
  CommandLine flags("coppice bench", "MODEL [--update=full] [--json=FILE]",
                    "Runs a model, and with --update its training step, again "
                    "and again on one\nthread; prints best, median and 90th "
                    "percentile in milliseconds, and the\ntime of "
                    "each kernel.");
  addFlags(flags, request);
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  if (Error error = checkOptionalStep(request.step, flags))
    return error;
  if (Error error = checkNotAuto(request.step))
    return error;
  if (Error error =
          checkOutputs({{"--json", request.json}}, {request.model.path}))
    return error;

  double compileSeconds = 0;
  SmallVector<Measurement> measurements;
  if (Error error = measureAll(request, compileSeconds, measurements))
    return error;
  if (request.json != "-")
    print(request, compileSeconds, measurements);
  if (request.json.empty())
    return Error::success();
  return writeFile(request.json, [&](raw_ostream &os) {
    writeJson(os, compileSeconds, measurements);
    return Error::success();
  });
}
