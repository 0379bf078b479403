//===- Benchmark.cpp - Times of a program -----------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Benchmark.h"

#include "lib/Runtime/Program.h"
#include "lib/Runtime/Random.h"

#include <chrono>

using namespace llvm;

namespace coppice::runtime {

double Timing::at(double quantile) const {
  return runs[std::min(runs.size() - 1,
                       static_cast<size_t>(quantile * runs.size()))];
}

namespace {
using Clock = std::chrono::steady_clock;

double since(Clock::time_point from) {
  return std::chrono::duration<double>(Clock::now() - from).count();
}

/// Makes inputs of plausible size: normalised floats, class 0.
SmallVector<HostTensor> makeInputs(const EntryInfo &info) {
  SmallVector<HostTensor> inputs;
  Random random(/*seed=*/0, sampleStream);
  for (const TensorInfo &input : info.inputs) {
    HostTensor tensor(input.kind, input.shape);
    if (isFloat(input.kind))
      for (int64_t i = 0; i < tensor.size(); ++i)
        tensor.set(i, random.uniform(0, 1));
    inputs.push_back(std::move(tensor));
  }
  // The learning rate is small, so that many steps stay finite.
  if (info.inputs.size() > 2 && info.inputs.back().shape.empty())
    inputs.back().set(0, 1e-6);
  return inputs;
}

/// An entry point with all buffers that a call needs.
class Runner {
public:
  Runner(Program &program, StringRef entry)
      : program(program), entry(entry),
        inputs(makeInputs(program.entry(entry))),
        outputs(program.createOutputs(entry)), state(program.createState()) {
    for (const HostTensor &tensor : inputs)
      pointers.push_back(&tensor);
  }

  Error run() { return program.run(entry, pointers, outputs, state); }

  /// Calls the entry point for a while, so that caches are warm and the clock
  /// is up.
  Error warmUp(double seconds) {
    auto start = Clock::now();
    do {
      if (Error error = run())
        return error;
    } while (since(start) < seconds);
    return Error::success();
  }

private:
  Program &program;
  StringRef entry;
  SmallVector<HostTensor> inputs, outputs;
  SmallVector<const HostTensor *> pointers;
  AlignedBuffer state;
};
} // namespace

Expected<Timing> measure(Program &program, StringRef entry, double seconds,
                         int64_t minRuns) {
  Runner runner(program, entry);
  if (Error error = runner.warmUp(0.1 * seconds))
    return std::move(error);
  Timing timing;
  auto start = Clock::now();
  while (since(start) < seconds ||
         static_cast<int64_t>(timing.runs.size()) < minRuns) {
    auto before = Clock::now();
    if (Error error = runner.run())
      return std::move(error);
    timing.runs.push_back(since(before));
  }
  sort(timing.runs);
  return std::move(timing);
}

Expected<std::vector<KernelTiming>> profile(Program &program, StringRef entry,
                                            double seconds, int64_t minRuns) {
  Runner runner(program, entry);
  if (Error error = runner.warmUp(0.1 * seconds))
    return std::move(error);
  auto cycles = program.getCycles(entry);
  if (!cycles)
    return cycles.takeError();

  std::vector<std::vector<int64_t>> runs(cycles->size());
  auto start = Clock::now();
  uint64_t startCycles = __builtin_readcyclecounter();
  while (since(start) < seconds ||
         static_cast<int64_t>(runs.empty() ? minRuns : runs.front().size()) <
             minRuns) {
    llvm::fill(*cycles, 0);
    if (Error error = runner.run())
      return std::move(error);
    for (auto [kernel, count] : zip_equal(runs, *cycles))
      kernel.push_back(count);
  }
  // The counter has a rate of its own, so relate it to the measured time.
  double perCycle =
      since(start) /
      static_cast<double>(__builtin_readcyclecounter() - startCycles);

  std::vector<KernelTiming> kernels;
  double total = 0;
  for (auto [name, counts] : zip_equal(program.entry(entry).kernels, runs)) {
    sort(counts);
    double median = perCycle * static_cast<double>(counts[counts.size() / 2]);
    kernels.push_back({name, median, 0});
    total += median;
  }
  for (KernelTiming &kernel : kernels)
    kernel.share = total > 0 ? kernel.median / total : 0;
  stable_sort(kernels, [](const KernelTiming &a, const KernelTiming &b) {
    return a.median > b.median;
  });
  return std::move(kernels);
}

} // namespace coppice::runtime
