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
  /// Inputs with a fixed value: serialized tensors by name.
  llvm::StringMap<std::string> constants;
  /// Inner tensors that become results too.
  llvm::SmallVector<std::string> extraOutputs;
  int64_t batch = 0;     // 0: as in the file
  int64_t openBatch = 0; // where the file leaves it open; 0: an error
  /// The shapes of given tensors by input, for extents that the file leaves
  /// open.
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
  // Options for quantized weights.
  std::string weights = "int8", rounding = "stochastic";
  std::string gradients = "f32";
  /// The loss scale; 0 takes the default of the format.
  double lossScale = 0;
  bool qas = true;
  /// The first flag for quantized weights that was given, if any; `check` sets
  /// it.
  std::string codesFlag;
  std::string update; // empty: no step is asked for
  llvm::SmallVector<std::string> freeze;
};

/// Returns an error if the file cannot be a model.
llvm::Error check(const ModelOptions &options);
/// Returns an error if flags for quantized weights are given and the model has
/// none.
llvm::Error checkQuantizedStep(const StepOptions &options,
                               mlir::ModuleOp module);
/// Returns an error if --requant is given and the model has no layer on codes.
llvm::Error checkRequantize(const ModelOptions &options, mlir::ModuleOp module);

/// Returns the options of `--train-build-step`; `gradients` leaves out those of
/// the optimizer.
std::string stepPipeline(const StepOptions &options, bool gradients = false);

/// Returns the compiler's options for the flags.
CompileOptions compileOptions(const ModelOptions &options);
/// Adds the options of the step.
void applyStep(const StepOptions &step, CompileOptions &options);

/// Creates a context with all dialects.
std::unique_ptr<mlir::MLIRContext> createContext();

/// Returns the options of the import.
llvm::Expected<ONNXImportOptions> importOptions(const ModelOptions &options);

/// Reads the model's file.
llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(const ModelOptions &options, mlir::MLIRContext *context,
            DiagnosticSink &sink);

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_MODELOPTIONS_H
