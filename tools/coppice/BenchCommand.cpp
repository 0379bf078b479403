//===- BenchCommand.cpp - coppice bench -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/Driver/Random.h"
#include "lib/Driver/Session.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

#include <chrono>

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;

namespace {
struct Timing {
  std::string entry;
  std::vector<double> runs; // seconds each, sorted

  double at(double quantile) const {
    return runs[std::min(runs.size() - 1,
                         static_cast<size_t>(quantile * runs.size()))];
  }
};
} // namespace

/// Inputs of no meaning but of plausible size: normalised floats, class 0.
static SmallVector<HostTensor> makeInputs(const EntryInfo &info) {
  SmallVector<HostTensor> inputs;
  Random random(/*seed=*/0, sampleStream);
  for (const TensorInfo &input : info.inputs) {
    HostTensor tensor(input.kind, input.shape);
    if (isFloat(input.kind))
      for (int64_t i = 0; i < tensor.size(); ++i)
        tensor.set(i, random.uniform(0, 1));
    inputs.push_back(std::move(tensor));
  }
  // The learning rate, so that many steps stay finite.
  if (info.inputs.size() > 2 && info.inputs.back().shape.empty())
    inputs.back().set(0, 1e-6);
  return inputs;
}

static Expected<Timing> measure(Program &program, StringRef entry,
                                double seconds, int64_t minRuns) {
  using Clock = std::chrono::steady_clock;
  Timing timing{entry.str(), {}};
  SmallVector<HostTensor> inputs = makeInputs(program.entry(entry));
  SmallVector<const HostTensor *> pointers;
  for (const HostTensor &tensor : inputs)
    pointers.push_back(&tensor);
  SmallVector<HostTensor> outputs = program.createOutputs(entry);
  AlignedBuffer state = program.createState();
  auto start = Clock::now();
  auto since = [](Clock::time_point from) {
    return std::chrono::duration<double>(Clock::now() - from).count();
  };
  // The first tenth warms caches and clock up.
  while (since(start) < 0.1 * seconds || timing.runs.empty()) {
    if (Error error = program.run(entry, pointers, outputs, state))
      return std::move(error);
    timing.runs.push_back(0);
  }
  timing.runs.clear();
  start = Clock::now();
  while (since(start) < seconds ||
         static_cast<int64_t>(timing.runs.size()) < minRuns) {
    auto before = Clock::now();
    if (Error error = program.run(entry, pointers, outputs, state))
      return std::move(error);
    timing.runs.push_back(since(before));
  }
  sort(timing.runs);
  return std::move(timing);
}

Error tool::bench(Arguments arguments) {
  ModelOptions model;
  StepOptions step;
  std::string json;
  double seconds = 1;
  int64_t threads = 1;
  CommandLine flags("coppice bench", "MODEL [--update=full] [--json=FILE]",
                    "Runs a model, and with --update its training step, again "
                    "and again on one\nthread; prints best, median and 90th "
                    "percentile in milliseconds.");
  flags.positional("MODEL", model.path);
  flags.section("measurement");
  flags.real("seconds", "S", seconds, 0, "for each entry point (default 1)");
  flags.value("threads", "1", "generated code runs on one thread",
              [&](StringRef text) -> Error {
                if (text.getAsInteger(10, threads) || threads != 1)
                  return userError("--threads=" + text,
                                   "is not part of this version",
                                   "generated code runs on one thread");
                return Error::success();
              });
  addStepFlags(flags, step);
  addModelFlags(flags, model);
  flags.text("json", "FILE", json, "write the figures (- for stdout)");
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  if (Error error = check(step))
    return error;
  if (Error error = checkWritable(json))
    return error;

  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  CompileOptions options = compileOptions(model);
  if (!step.update.empty())
    applyStep(step, options);
  auto start = std::chrono::steady_clock::now();
  auto program = session->compile(options);
  if (!program)
    return program.takeError();
  double compileSeconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();

  SmallVector<Timing> timings;
  for (StringRef entry : {"infer", "train"}) {
    if (!(*program)->has(entry))
      continue;
    Expected<Timing> timing = measure(**program, entry, seconds, /*minRuns=*/5);
    if (!timing)
      return timing.takeError();
    timings.push_back(std::move(*timing));
  }

  if (json != "-") {
    outs() << formatv("compiled in {0:f2} s\n{1}\n", compileSeconds,
                      "entry      runs    best ms  median ms     p90 ms");
    for (const Timing &timing : timings)
      outs() << formatv("{0,-8}{1,7}{2,11:f4}{3,11:f4}{4,11:f4}\n",
                        timing.entry, timing.runs.size(),
                        1e3 * timing.runs.front(), 1e3 * timing.at(0.5),
                        1e3 * timing.at(0.9));
  }
  if (json.empty())
    return Error::success();
  return writeFile(json, [&](raw_ostream &os) {
    json::OStream stream(os, 1);
    stream.object([&] {
      stream.attribute("compile_seconds", compileSeconds);
      for (const Timing &timing : timings)
        stream.attributeObject(timing.entry, [&] {
          stream.attribute("runs", int64_t(timing.runs.size()));
          stream.attribute("best_ms", 1e3 * timing.runs.front());
          stream.attribute("median_ms", 1e3 * timing.at(0.5));
          stream.attribute("p90_ms", 1e3 * timing.at(0.9));
        });
    });
    os << "\n";
    return Error::success();
  });
}
