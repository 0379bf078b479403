//===- Report.h - The memory report of a compiled model ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
//   MemoryReport report;
//   options.afterPhase = [&](Phase, ModuleOp module) { collect(module, report);
//   };
//   ... run the phases up to plan ...
//   os << toHTML(report);
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_REPORT_H
#define COPPICE_REPORT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace coppice {

/// Attribute of a step: see `--report-published-cost`.
inline constexpr llvm::StringLiteral kPublishedBitsAttr =
    "report.published_bits";

/// An op of the inference function that computes.
struct LayerReport {
  std::string name;
  std::string op;    ///< `conv2d`
  std::string shape; ///< of its result: `1x32x32x16xf32`
  int64_t macs = 0;
  int64_t parameterBytes = 0;
  int64_t outputBytes = 0;
};

/// A tensor of the forward pass that the backward pass reads.
struct SavedReport {
  std::string name;
  int64_t bytes = 0;
};

/// A buffer in the arena.
struct BufferReport {
  std::string name;
  std::string kind; ///< activation, saved, gradient, update
  int64_t bytes = 0;
  int64_t offset = 0;
  int64_t first = 0; ///< steps, both included
  int64_t last = 0;
};

/// A function that users call.
struct EntryReport {
  std::string name;
  int64_t arenaBytes = 0;
  int64_t lowerBoundBytes = 0;
  /// The peak that the schedule predicted; 0 if there was no schedule.
  int64_t predictedBytes = 0;
  /// The name and kind (activation, loss, gradient, update) of each step.
  std::vector<std::pair<std::string, std::string>> steps;
  std::vector<BufferReport> buffers;

  /// Returns the live bytes of each step.
  std::vector<int64_t> getLiveBytes() const;
  int64_t getPeakBytes() const;
  /// Returns the first step of the backward pass; past the end if there is
  /// none.
  int64_t getBackwardStep() const;
};

/// A place where the compiler took a slow path.
struct RemarkReport {
  std::string name;     ///< `scalar-loops`
  std::string function; ///< `infer`
  std::string place;    ///< `'conv' (node Conv_3)`
  std::string reason;
};

struct MemoryReport {
  std::string model;
  /// The settings of the report, by the names of the flags: batch, loss and
  /// others.
  std::vector<std::pair<std::string, std::string>> settings;
  int64_t stateBytes = 0;
  /// Constants and initial values.
  int64_t flashBytes = 0;
  std::vector<EntryReport> entries;
  std::vector<LayerReport> layers;
  std::vector<SavedReport> saved;
  std::vector<RemarkReport> remarks;
  /// The published estimate of the memory that the step's update needs.
  std::optional<int64_t> publishedBits;

  int64_t getSavedBytes() const;
  /// Returns the largest arena and its lower bound.
  int64_t getArenaBytes() const;
  int64_t getLowerBoundBytes() const;
};

/// Adds what `module` contains at this point of the compilation: layers while
/// the inference function consists of nn ops, saved tensors while a step does,
/// entries and bytes once functions are planned. Later modules overwrite
/// earlier data.
void collect(mlir::ModuleOp module, MemoryReport &report);

llvm::json::Value toJSON(const MemoryReport &report);

/// Returns a self-contained page: figures, memory over time and arena map of
/// each entry, layers, saved tensors, remarks.
std::string toHTML(const MemoryReport &report);

} // namespace coppice

#endif // COPPICE_REPORT_H
