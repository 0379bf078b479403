//===- Diagnostics.h - MLIR's diagnostics as the driver's errors -*- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_DIAGNOSTICS_H
#define COPPICE_LIB_RUNTIME_DIAGNOSTICS_H

#include "coppice/Report.h"
#include "lib/Support/RemarkCategories.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace coppice::runtime {

/// Describes a location: `'conv1' (node Conv_3)` for names that the importer
/// gives, `file:1:2` for positions; empty if it is unknown.
std::string describeLocation(mlir::Location loc);
/// Returns the names in a location; for a fused op, those of each part.
llvm::SmallVector<llvm::StringRef> getNames(mlir::Location loc);

class RemarkLog;

/// Collects the errors and remarks of a context during its lifetime, and prints
/// the warnings. The errors are returned as one, with one line for each.
class DiagnosticSink {
public:
  /// `model` is printed for an error without a location. Remarks of the
  /// categories in `shown` are printed.
  DiagnosticSink(mlir::MLIRContext *context, std::string model,
                 llvm::ArrayRef<RemarkCategory> shown = {});

  /// Returns the errors since the last call, after a failure; an
  /// UnsupportedError if they refuse a valid file.
  llvm::Error takeError();

  /// Returns the slow paths so far, each one once, by function.
  std::vector<RemarkReport> getRemarks() const;

private:
  mlir::LogicalResult handle(mlir::Diagnostic &diagnostic);

  std::string model;
  std::vector<std::string> errors;
  /// Whether one of the errors refuses a valid file.
  bool isUnsupported = false;
  /// Shared with the context, which may outlive the sink.
  std::shared_ptr<RemarkLog> remarks;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_DIAGNOSTICS_H
