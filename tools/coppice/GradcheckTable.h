//===- GradcheckTable.h - The table of gradcheck ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_TOOLS_COPPICE_GRADCHECKTABLE_H
#define COPPICE_TOOLS_COPPICE_GRADCHECKTABLE_H

#include "lib/Runtime/Gradcheck.h"

namespace coppice::tool {

struct GradcheckRow {
  runtime::GradientReport report;
  std::optional<double> f32Error;  // of f32 code against f64 code
  std::optional<double> reference; // against --reference
};

struct GradcheckTable {
  std::vector<GradcheckRow> rows;
  int64_t batch = 0; // that was run
  double tolerance = 0;
  bool hasDifferences = false, hasReference = false;

  /// Prints one line for each parameter, and the totals.
  void print() const;
  /// Returns an error if a gradient is wrong.
  llvm::Error judge() const;
  /// Prints what was run, and whether it passes.
  void printVerdict(bool passes) const;
  llvm::Error writeJson(llvm::StringRef path) const;
};

} // namespace coppice::tool

#endif // COPPICE_TOOLS_COPPICE_GRADCHECKTABLE_H
