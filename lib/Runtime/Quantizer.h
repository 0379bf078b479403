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

/// Options that `quantize` and quantization-aware training share.
struct QuantizerOptions {
  std::string images; // to calibrate on
  std::string bits = "8", endBits = "8";
  std::string method; // of the calibrator; empty: by the bits
  double percentile = 99.99;
  bool equalize = false;
  /// Whether the biases are corrected by the change of the means that rounding
  /// the weights causes.
  bool correctBias = false;
};

/// The layers of a QDQ model that compute on integers, and those that do not.
struct LayerCount {
  int64_t integers = 0, floats = 0;

  /// Returns a line such as `3 of 4 layers run on integers`.
  std::string describe() const;
};

/// A float model with folded batch norms, in a temporary file, and the codes
/// for its tensors. The file is deleted with the object.
class CalibratedModel {
public:
  /// Folds and calibrates. Errors name the user's model.
  static llvm::Expected<std::unique_ptr<CalibratedModel>>
  create(const ModelOptions &model, const QuantizerOptions &options,
         const ImageOptions &image);

  /// Imports the folded model with the ranges of its tensors attached, for
  /// `CompileOptions::fakeQuantize`.
  llvm::Expected<Session> openForTraining();

  /// Remembers the initial scales of a module with fake quantizers. To be
  /// called after the graph phase has inserted them.
  llvm::Error rememberScales(mlir::ModuleOp module);

  /// Writes the QDQ model. The file gets the name `path` only after it was read
  /// back and compiled, and after `check` succeeded; `check` gets its temporary
  /// name. A warning names the layers that stay float.
  llvm::Expected<LayerCount>
  write(llvm::StringRef path,
        llvm::function_ref<llvm::Error(llvm::StringRef)> check);
  /// Writes the QDQ model with the weights, biases and scales in `state`.
  llvm::Expected<LayerCount> writeTrained(llvm::StringRef path,
                                          const Program &program,
                                          const AlignedBuffer &state);
  /// Returns an error if `openForTraining` cannot train this QDQ model.
  llvm::Error checkTrainable();

  size_t getTensorCount() const { return codes.size(); }
  int64_t getImageCount() const { return imageCount; }

private:
  explicit CalibratedModel(const ModelOptions &model);
  llvm::Error prepare(const QuantizerOptions &options);
  llvm::Error keepFloats(const EntryInfo &info);
  llvm::Error calibrate(const QuantizerOptions &options,
                        const ImageOptions &image);
  /// Writes the float model to `path` with the codes that `scales` define, by
  /// tensor.
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
  /// Tensors without codes, with the reason.
  llvm::StringMap<std::string> floatTensors;
  llvm::StringMap<ChannelMeans> means; // of `layerInputs`
  /// The scales of the fake quantizers before training, by tensor.
  llvm::StringMap<llvm::SmallVector<float>> initialScales;
  /// The tensors of the learned scales, by parameter.
  llvm::StringMap<std::string> scaleOwners;
  size_t outputCount = 0; // of the user's model
  int64_t imageCount = 0;
  std::unique_ptr<mlir::MLIRContext> context;
  std::unique_ptr<DiagnosticSink> sink;
  llvm::FileRemover remover;
};

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_QUANTIZER_H
