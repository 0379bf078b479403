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

/// `'conv1' (node Conv_3)` for the names that the importer gives, `file:1:2`
/// for positions; empty where nothing is known.
std::string describeLocation(mlir::Location loc);
/// The names alone, of a fused op those of each part.
llvm::SmallVector<llvm::StringRef> getNames(mlir::Location loc);

class RemarkLog;

/// Collects the errors and remarks of a context while it lives and prints the
/// warnings. Errors are handed over as one, whose text has one line for each.
class DiagnosticSink {
public:
  /// `model` stands for the location of an error that has none. Remarks of the
  /// categories in `shown` are printed, too.
  DiagnosticSink(mlir::MLIRContext *context, std::string model,
                 llvm::ArrayRef<RemarkCategory> shown = {});

  /// To be called after a failure: the errors since the last call; an
  /// UnsupportedError where they refuse a valid file.
  llvm::Error takeError();

  /// What took a slow path so far, each once, by function.
  std::vector<RemarkReport> getRemarks() const;

private:
  mlir::LogicalResult handle(mlir::Diagnostic &diagnostic);

  std::string model;
  std::vector<std::string> errors;
  /// Whether one of them refuses a valid file.
  bool isUnsupported = false;
  /// Shared with the context, which may outlive this.
  std::shared_ptr<RemarkLog> remarks;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_DIAGNOSTICS_H
