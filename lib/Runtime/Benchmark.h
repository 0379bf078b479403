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

/// How long the calls of an entry took.
struct Timing {
  std::vector<double> runs; // seconds each, sorted; at least one

  double at(double quantile) const;
};

/// The part of a call that went into one kernel.
struct KernelTiming {
  std::string name;
  double median; // seconds
  double share;  // of the sum over the entry's kernels
};

/// Calls an entry for `seconds`, and at least `minRuns` times, on inputs of no
/// meaning.
llvm::Expected<Timing> measure(Program &program, llvm::StringRef entry,
                               double seconds, int64_t minRuns);

/// The same for a program with counters: its kernels, the slowest first.
llvm::Expected<std::vector<KernelTiming>> profile(Program &program,
                                                  llvm::StringRef entry,
                                                  double seconds,
                                                  int64_t minRuns);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_BENCHMARK_H
