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

/// What came of one test case.
struct CaseResult {
  /// Refused is what the importer says that it does not support, by name;
  /// Differs a result that is not the expected one; Failed all else that goes
  /// wrong: an error of the compiler, a crash, a file that cannot be read.
  enum Outcome { Passed, Differs, Refused, Failed } outcome;
  std::string reason; // one line
};

/// `passed`, `differs`, ...
llvm::StringRef name(CaseResult::Outcome outcome);

/// Compares as ONNX's runner does: |got - want| <= atol + rtol |want|, NaN
/// equal to NaN. Success, or an error that says where and by how much.
llvm::Error compareTensors(llvm::StringRef name, const runtime::HostTensor &got,
                           const runtime::HostTensor &want, double rtol = 1e-3,
                           double atol = 1e-7);

/// Runs a model on the data sets of a test case: `directory` holds
/// test_data_set_* folders, or is one. Shapes that the model leaves open, and
/// inputs that decide shapes, are fixed to those of the data.
CaseResult checkCase(const runtime::ModelOptions &model,
                     llvm::StringRef directory);

/// What to run of a suite, and what to expect.
struct SuiteOptions {
  /// Folders with a model.onnx lie here.
  std::string directory;
  /// A file of the names that have to pass.
  std::string passing;
  /// A file of the names whose results are known to differ.
  std::string differing;
  /// A file of the names that are known to fail.
  std::string failing;
  /// Only the names that contain this.
  std::string only;
  unsigned jobs = 2;
  bool verbose = false;
};

/// Runs the cases in processes of their own, so that a crash counts as a
/// failure of one. With a file of names, it is an error if one does not do what
/// it is listed for, and if any other case differs or fails.
llvm::Error checkSuite(const SuiteOptions &options);

} // namespace coppice::tool

#endif // COPPICE_TOOLS_COPPICE_CONFORMANCE_H
