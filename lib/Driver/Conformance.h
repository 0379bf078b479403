//===- Conformance.h - ONNX test case directories -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_DRIVER_CONFORMANCE_H
#define COPPICE_LIB_DRIVER_CONFORMANCE_H

#include "lib/Driver/HostTensor.h"
#include "lib/Driver/ModelOptions.h"

namespace coppice::driver {

/// What came of one test case.
struct CaseResult {
  enum Outcome { Passed, Failed, Unsupported } outcome;
  std::string reason; // one line
};

/// Compares as ONNX's runner does: |got - want| <= atol + rtol |want|, NaN
/// equal to NaN. Success, or an error that says where and by how much.
llvm::Error compareTensors(llvm::StringRef name, const HostTensor &got,
                           const HostTensor &want, double rtol = 1e-3,
                           double atol = 1e-7);

/// Runs a model on the data sets of a test case: `directory` holds
/// test_data_set_* folders, or is one. Unsupported is what cannot be imported
/// or compiled; Failed what comes out wrong.
CaseResult checkCase(const ModelOptions &model, llvm::StringRef directory);

/// Runs every case below `directory` (folders with a model.onnx) in processes
/// of its own, so that a crash counts as a failure of one case. `list` is a
/// file of the names that are expected to pass: an error if one does not.
/// `only` restricts the run to the names that contain it.
llvm::Error checkSuite(llvm::StringRef directory, llvm::StringRef list,
                       llvm::StringRef only, unsigned jobs, bool verbose);

} // namespace coppice::driver

#endif // COPPICE_LIB_DRIVER_CONFORMANCE_H
