//===- Calibrate.h - Codes for a model's activations ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_CALIBRATE_H
#define COPPICE_LIB_RUNTIME_CALIBRATE_H

#include "coppice/ONNX.h"
#include "lib/Quantization/Calibration.h"
#include "lib/Runtime/Images.h"
#include "lib/Runtime/Program.h"

namespace coppice::runtime {

struct CalibrationOptions {
  quantization::Calibrator calibrator = quantization::Calibrator::MinMax;
  double percentile = 99.99;
  bool quiet = false, progress = false;
};

struct Calibration {
  llvm::StringMap<ActivationCodes> codes;
  /// The reason for each other tensor of the plan.
  llvm::StringMap<std::string> floats;
  llvm::StringMap<ChannelMeans> means;
};

/// Runs `@infer` over the images: once for the ranges of the tensors of `plan`
/// and the means of those in `layerInputs` (results of the program), and once
/// more for histograms if the calibrator needs them. A tensor that codes of one
/// scale cannot hold gets no codes. Fails if a value of `plan` is not finite.
llvm::Expected<Calibration> calibrate(Program &program,
                                      llvm::ArrayRef<ActivationPlan> plan,
                                      llvm::ArrayRef<std::string> layerInputs,
                                      const ImageSet &images,
                                      const CalibrationOptions &options);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_CALIBRATE_H
