//===- Benchmark.h - Times of a program -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_BENCHMARK_H
#define COPPICE_LIB_RUNTIME_BENCHMARK_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace coppice::runtime {

class Program;

/// The times of the calls of an entry point.
struct Timing {
  std::vector<double> runs; // seconds each, sorted; at least one

  double at(double quantile) const;
};

/// The part of a call's time that one kernel takes.
struct KernelTiming {
  std::string name;
  double median; // seconds
  double share;  // of the sum over the entry's kernels
};

/// Calls an entry point for `seconds`, and at least `minRuns` times, on
/// plausible inputs.
llvm::Expected<Timing> measure(Program &program, llvm::StringRef entry,
                               double seconds, int64_t minRuns);

/// Returns the kernels of a program with counters, the slowest first.
llvm::Expected<std::vector<KernelTiming>> profile(Program &program,
                                                  llvm::StringRef entry,
                                                  double seconds,
                                                  int64_t minRuns);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_BENCHMARK_H
