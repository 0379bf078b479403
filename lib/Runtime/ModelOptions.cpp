//===- ModelOptions.cpp - A model, a step and how to compile them *- C++
//-*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/ModelOptions.h"

#include "coppice/InitAll.h"
#include "coppice/ONNX.h"
#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/LowP/IR/LowP.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Runtime/Diagnostics.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

namespace coppice::runtime {

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

Error check(const ModelOptions &options) {
  if (options.path == "-")
    return userError("-", "a model cannot be read from the standard input",
                     "name a file");
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(options.path, status))
    return fileError(options.path, "read", code);
  if (status.type() == sys::fs::file_type::directory_file)
    return userError(options.path, "is a directory", "name a model file");
  return Error::success();
}

CompileOptions compileOptions(const ModelOptions &options) {
  CompileOptions result;
  result.target = options.target;
  result.plan.ramBudget = options.ramBudget;
  result.plan.flashBudget = options.flashBudget;
  result.requantize = options.requantize.empty() ? "exact" : options.requantize;
  result.verifyIntegerOnly = options.verifyIntegerOnly;
  result.dumpFolder = options.dumpPhases;
  return result;
}

Error checkRequantize(const ModelOptions &options, mlir::ModuleOp module) {
  auto isOnCodes = [](mlir::Operation *op) {
    return lowp::isConversion(op) ? mlir::WalkResult::interrupt()
                                  : mlir::WalkResult::advance();
  };
  if (options.requantize.empty() || module.walk(isOnCodes).wasInterrupted())
    return Error::success();
  return userError("--requant",
                   "is arithmetic of quantized layers, and the model has none",
                   "drop it, or quantize the model with coppice quantize");
}

std::unique_ptr<mlir::MLIRContext> createContext() {
  mlir::DialectRegistry registry;
  registerAllDialects(registry);
  // runPhases reads these options; the tool has no flags for them.
  mlir::registerPassManagerCLOptions();
  auto context = std::make_unique<mlir::MLIRContext>(registry);
  context->loadAllAvailableDialects();
  return context;
}

Expected<ONNXImportOptions> importOptions(const ModelOptions &options) {
  ONNXImportOptions import;
  for (const std::string &text : options.shapes) {
    std::string what;
    auto shape = parseShapeOverride(
        text, [&](const Twine &message) { what = message.str(); });
    if (failed(shape))
      return userError("--shape=" + text, what,
                       "write it as --shape=input=1x3x32x32");
    import.shapes.push_back(std::move(*shape));
  }
  if (options.batch)
    import.batch = options.batch;
  if (options.openBatch)
    import.openBatch = options.openBatch;
  import.tensors = options.tensors;
  import.constants = options.constants;
  import.extraOutputs = options.extraOutputs;
  return std::move(import);
}

/// Returns an error if an input does not have the shape that `--shape` gives
/// it, because `--batch` has rewritten it.
static Error
checkShapes(const ModelOptions &options,
            ArrayRef<std::pair<std::string, SmallVector<int64_t>>> shapes,
            mlir::ModuleOp module) {
  std::optional<EntryPoint> infer =
      findEntryPoint(module, EntryKind::Inference);
  if (shapes.empty() || !options.batch || !infer)
    return Error::success();
  for (const EntryValue &input : infer->getInputs()) {
    auto type = dyn_cast<mlir::RankedTensorType>(input.type);
    for (auto [text, shape] : zip_equal(options.shapes, shapes))
      if (type && input.name == shape.first &&
          type.getShape() != ArrayRef<int64_t>(shape.second))
        return userError("--shape=" + text,
                         "has another batch than --batch=" +
                             Twine(options.batch),
                         "drop one of the two");
  }
  return Error::success();
}

Expected<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(const ModelOptions &options, mlir::MLIRContext *context,
            DiagnosticSink &sink) {
  Expected<ONNXImportOptions> import = importOptions(options);
  if (!import)
    return import.takeError();
  auto module = importONNX(options.path, *import, context);
  if (succeeded(module)) {
    if (Error error = checkShapes(options, import->shapes, **module))
      return std::move(error);
    return std::move(*module);
  }
  Error error = sink.takeError();
  if (!options.batch)
    return std::move(error);
  // Whether the file can be imported with its own batch.
  import->batch.reset();
  import->openBatch = 1;
  bool isFixed = succeeded(importONNX(options.path, *import, context));
  consumeError(sink.takeError());
  if (!isFixed)
    return std::move(error);
  return userError(toString(std::move(error)),
                   "here the file fixes its batch, and --batch=" +
                       Twine(options.batch) + " asks for another",
                   "drop --batch, or export the model with an open batch");
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

Error checkQuantizedStep(const StepOptions &options, mlir::ModuleOp module) {
  if (options.codesFlag.empty() ||
      any_of(module.getOps<train::ParameterOp>(),
             [](train::ParameterOp op) { return bool(op.getQuantized()); }))
    return Error::success();
  return userError(options.codesFlag,
                   "is for int8 weights, and the model's are float",
                   "drop it, or quantize the model with coppice quantize");
}

std::string stepPipeline(const StepOptions &options, bool gradients) {
  std::string result = ("loss=" + train::stringifyLoss(options.loss) +
                        " batch-norm=" + options.batchNorm)
                           .str();
  if (!options.approximate.empty())
    result += " approximate=" + join(options.approximate, ",");
  if (gradients)
    return result;
  result += " optimizer=" + options.optimizer;
  // Use the shortest text that reads back as the same number.
  auto real = [&](StringRef name, double value) {
    SmallString<32> text;
    APFloat(value).toString(text);
    result += (" " + name + "=" + text).str();
  };
  real("momentum", options.momentum);
  real("weight-decay", options.weightDecay);
  if (options.optimizer != "sgd") {
    real("beta1", options.beta1);
    real("beta2", options.beta2);
    real("epsilon", options.epsilon);
  }
  if (options.nesterov)
    result += " nesterov=true";
  result += " gradients=" + options.gradients;
  double scale = options.lossScale;
  if (scale == 0)
    scale = options.gradients == "f16" ? 1024 : 1;
  real("loss-scale", scale);
  result += " weights=" + options.weights + " rounding=" + options.rounding +
            (options.qas ? " qas=true" : " qas=false");
  if (options.accumulate > 1)
    result += " accumulate=" + std::to_string(options.accumulate);
  return result;
}

void applyStep(const StepOptions &step, CompileOptions &options) {
  options.train.step = stepPipeline(step);
  if (!step.update.empty())
    options.train.update = step.update;
  options.train.freeze.assign(step.freeze.begin(), step.freeze.end());
}

} // namespace coppice::runtime
