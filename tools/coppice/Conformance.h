//===- Conformance.h - ONNX test case directories -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_TOOLS_COPPICE_CONFORMANCE_H
#define COPPICE_TOOLS_COPPICE_CONFORMANCE_H

#include "lib/Runtime/HostTensor.h"
#include "lib/Runtime/ModelOptions.h"

namespace coppice::tool {

/// The result of one test case.
struct CaseResult {
  /// Refused: the importer does not support a part of the model, and names it.
  /// Differs: a result is not the expected one. Failed: any other error, such
  /// as one of the compiler, a crash, or a file that cannot be read.
  enum Outcome { Passed, Differs, Refused, Failed } outcome;
  std::string reason; // one line
};

/// `passed`, `differs`, ...
llvm::StringRef name(CaseResult::Outcome outcome);

/// Compares as ONNX's runner does: |got - want| <= atol + rtol |want|, NaN
/// equal to NaN. The error says where and by how much they differ.
llvm::Error compareTensors(llvm::StringRef name, const runtime::HostTensor &got,
                           const runtime::HostTensor &want, double rtol = 1e-3,
                           double atol = 1e-7);

/// Runs a model on the data sets of a test case. `directory` holds
/// test_data_set_* folders, or is one. Shapes that the model leaves open, and
/// inputs that decide shapes, are set to those of the data.
CaseResult checkCase(const runtime::ModelOptions &model,
                     llvm::StringRef directory);

/// The cases of a suite to run, and the expected results.
struct SuiteOptions {
  /// A directory of folders with a model.onnx.
  std::string directory;
  /// A file with the names of cases that must pass.
  std::string passing;
  /// A file with the names of cases whose results are known to differ.
  std::string differing;
  /// A file with the names of cases that are known to fail.
  std::string failing;
  /// Run only cases whose name contains this text.
  std::string only;
  unsigned jobs = 2;
  bool verbose = false;
};

/// Runs the cases in processes of their own, so that a crash is the failure of
/// one case. With a file of names, it is an error if a case does not have its
/// listed result, or if another case differs or fails.
llvm::Error checkSuite(const SuiteOptions &options);

} // namespace coppice::tool

#endif // COPPICE_TOOLS_COPPICE_CONFORMANCE_H
