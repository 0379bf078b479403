//===- Quantizer.h - From a float model to a QDQ file -----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_QUANTIZER_H
#define COPPICE_LIB_RUNTIME_QUANTIZER_H

#include "lib/Runtime/Calibrate.h"
#include "lib/Runtime/Diagnostics.h"
#include "lib/Runtime/ModelOptions.h"
#include "lib/Runtime/Session.h"
#include "llvm/Support/FileUtilities.h"

namespace coppice::runtime {

/// What `quantize` and quantization-aware training share.
struct QuantizerOptions {
  std::string images; // to calibrate on
  std::string bits = "8", endBits = "8";
  std::string method; // of the calibrator; empty: by the bits
  double percentile = 99.99;
  bool equalize = false;
  /// Takes what rounding the weights adds to the means off the biases.
  bool correctBias = false;
};

/// Which layers of a QDQ model compute on integers.
struct LayerCount {
  int64_t integers = 0, floats = 0;

  /// `3 of 4 layers run on integers`, a line.
  std::string describe() const;
};

/// A float model with batch norms folded, as a file of its own, and the codes
/// that its tensors get. The file goes with the object.
class CalibratedModel {
public:
  /// Folds and calibrates. Errors name the user's model.
  static llvm::Expected<std::unique_ptr<CalibratedModel>>
  create(const ModelOptions &model, const QuantizerOptions &options,
         const ImageOptions &image);

  /// Imports the folded model with the ranges of its tensors attached, for
  /// `CompileOptions::fakeQuantize`.
  llvm::Expected<Session> openForTraining();

  /// What a module with fake quantizers starts from; to be called once they
  /// stand, after the graph phase.
  llvm::Error rememberScales(mlir::ModuleOp module);

  /// Writes the QDQ model. It takes the name `path` once it was read back and
  /// compiled, and `check`, which gets the name that it has until then, is
  /// content; a warning names the layers that stay float.
  llvm::Expected<LayerCount>
  write(llvm::StringRef path,
        llvm::function_ref<llvm::Error(llvm::StringRef)> check);
  /// The same of the weights, biases and scales in `state`.
  llvm::Expected<LayerCount> writeTrained(llvm::StringRef path,
                                          const Program &program,
                                          const AlignedBuffer &state);
  /// An error where the QDQ model could not be what `openForTraining` trains.
  llvm::Error checkTrainable();

  size_t getTensorCount() const { return codes.size(); }
  int64_t getImageCount() const { return imageCount; }

private:
  explicit CalibratedModel(const ModelOptions &model);
  llvm::Error prepare(const QuantizerOptions &options);
  llvm::Error keepFloats(const EntryInfo &info);
  llvm::Error calibrate(const QuantizerOptions &options,
                        const ImageOptions &image);
  /// Writes the float model in `path` with the codes that `scales`, by tensor,
  /// make.
  llvm::Expected<QuantizedNodes>
  writeLearned(llvm::StringRef path,
               const llvm::StringMap<llvm::SmallVector<float>> &scales,
               llvm::StringRef to);
  /// Compiles the QDQ model in `path` and counts its layers.
  llvm::Expected<LayerCount> readBack(llvm::StringRef path,
                                      const QuantizedNodes &nodes);

  ModelOptions model; // of the folded file
  std::string userPath;
  llvm::SmallVector<ActivationPlan> plan;
  llvm::SmallVector<std::string> layerInputs; // where biases are corrected
  llvm::StringMap<ActivationCodes> codes, constants;
  /// Tensors without codes, and why.
  llvm::StringMap<std::string> floatTensors;
  llvm::StringMap<ChannelMeans> means; // of `layerInputs`
  /// Scales of the fake quantizers by tensor, before training.
  llvm::StringMap<llvm::SmallVector<float>> initialScales;
  /// The tensors of the scales that training learns, by parameter.
  llvm::StringMap<std::string> scaleOwners;
  size_t outputCount = 0; // of the user's model
  int64_t imageCount = 0;
  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<DiagnosticSink> sink;
  llvm::FileRemover remover;
};

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_QUANTIZER_H
