//===- ModelOptions.h - A model, a step and how to compile them -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_MODELOPTIONS_H
#define COPPICE_LIB_RUNTIME_MODELOPTIONS_H

#include "coppice/ONNX.h"
#include "coppice/Pipelines.h"
#include "dialects/Train/Transforms/Losses.h"
#include "lib/Runtime/Images.h"
#include "lib/Support/RemarkCategories.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/ADT/StringMap.h"

namespace coppice::runtime {

class DiagnosticSink;

/// The model and how to compile it.
struct ModelOptions {
  std::string path;
  llvm::SmallVector<std::string> shapes; // NAME=1x3x32x32
  /// Inputs fixed to a value: serialized tensors by name.
  llvm::StringMap<std::string> constants;
  /// Tensors inside that become results too.
  llvm::SmallVector<std::string> extraOutputs;
  int64_t batch = 0;     // 0: as in the file
  int64_t openBatch = 0; // where the file leaves it open; 0: an error
  /// Shapes of tensors at hand by input, for what else the file leaves open.
  llvm::StringMap<llvm::SmallVector<int64_t>> tensors;
  std::optional<uint64_t> ramBudget, flashBudget;
  std::string target = "host";
  std::string requantize; // how layers on codes compute; empty: not given
  bool verifyIntegerOnly = false;
  std::string dumpPhases;
  bool quiet = false, progress = false;
  llvm::SmallVector<RemarkCategory> remarks; // those that are printed
};

/// The training step.
struct StepOptions {
  train::LossKind loss = train::kLosses[0].kind;
  std::string optimizer = "sgd";
  double momentum = 0, weightDecay = 0;
  double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8; // of Adam
  bool nesterov = false;
  std::string batchNorm = "frozen";
  llvm::SmallVector<std::string> approximate; // names
  int64_t accumulate = 1;
  // Of quantized weights.
  std::string weights = "int8", rounding = "stochastic";
  std::string gradients = "f32";
  /// 0: that of the format.
  double lossScale = 0;
  bool qas = true;
  /// The first of their flags that was given, if any; `check` notes it.
  std::string codesFlag;
  std::string update; // empty: no step is asked for
  llvm::SmallVector<std::string> freeze;
};

/// An error where the file is none that a model can be read from.
llvm::Error check(const ModelOptions &options);
/// Flags for quantized weights are an error where the model has none.
llvm::Error checkQuantizedStep(const StepOptions &options,
                               mlir::ModuleOp module);
/// So is --requant where nothing is on codes.
llvm::Error checkRequantize(const ModelOptions &options, mlir::ModuleOp module);

/// Options of `--train-build-step`; `gradients` drops what only an optimizer
/// needs.
std::string stepPipeline(const StepOptions &options, bool gradients = false);

/// The compiler's options that the flags ask for.
CompileOptions compileOptions(const ModelOptions &options);
/// Adds the step.
void applyStep(const StepOptions &step, CompileOptions &options);

/// A context with all dialects.
std::unique_ptr<mlir::MLIRContext> createContext();

/// What the options say of the import.
llvm::Expected<ONNXImportOptions> importOptions(const ModelOptions &options);

/// Reads the model's file.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(const ModelOptions &options, mlir::MLIRContext *context,
            DiagnosticSink &sink);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_MODELOPTIONS_H
