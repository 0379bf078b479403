//===- ModelOptions.cpp - Flags that several subcommands share -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/ModelOptions.h"

#include "coppice/InitAll.h"
#include "coppice/ONNX.h"
#include "coppice/Target.h"
#include "dialects/LowP/IR/LowP.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Approximations.h"
#include "lib/Driver/CommandLine.h"
#include "lib/Driver/Diagnostics.h"
#include "lib/Support/Closest.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/FileSystem.h"

#include <cmath>

using namespace llvm;

namespace coppice::driver {

//===----------------------------------------------------------------------===//
// The model
//===----------------------------------------------------------------------===//

static void addInputFlags(CommandLine &flags, ModelOptions &options,
                          int64_t openBatch) {
  options.openBatch = openBatch;
  std::string otherwise = "the file's";
  if (openBatch)
    otherwise += ", or " + std::to_string(openBatch) + " where it is open";
  flags.section("model");
  flags.list("shape", "NAME=1x3x32x32",
             "shape of an input, where the file leaves extents open",
             [&options](StringRef text) {
               options.shapes.push_back(text.str());
               return Error::success();
             });
  flags.integer("batch", "N", options.batch, 1, 1 << 20,
                "images at once: rewrites the leading extent of the inputs,\n"
                "and of each Reshape to it\n(default: " +
                    otherwise + ")");
  flags.section("compiler");
  flags.value("target", "NAME",
              "what to make code for (default host); see 'coppice targets'",
              [&options](StringRef text) -> Error {
                if (!is_contained(TargetRecord::getNames(), text))
                  return userError("--target=" + text, "is not a target",
                                   "targets are " +
                                       join(TargetRecord::getNames(), ", "));
                options.target = text.str();
                return Error::success();
              });
}

static void addOutputFlags(CommandLine &flags, ModelOptions &options) {
  flags.section("output");
  flags.flag("quiet", options.quiet, "print results only");
  flags.flag("progress", options.progress,
             "show progress even if stderr is not a terminal");
}

void addModelFlags(CommandLine &flags, ModelOptions &options,
                   int64_t openBatch) {
  addInputFlags(flags, options, openBatch);
  flags.size("budget-ram", options.ramBudget,
             "an error if arena and state need more than this");
  flags.size("budget-flash", options.flashBudget,
             "an error if constants, frozen parameters and initial values\n"
             "need more than this; of a library or object, code counts too");
  flags.choice(
      "requant", options.requantize, {"exact", "tflite"},
      "arithmetic of a quantized model: between real numbers, rounded\n"
      "once (default), or integers alone, as TensorFlow Lite's");
  flags.flag("verify-integer-only", options.verifyIntegerOnly,
             "an error that names every op of inference left in floats, and,\n"
             "without --requant=tflite, every layer that rescales in double");
  flags.text("dump-phases", "DIR", options.dumpPhases,
             "write the module after each phase into DIR");
  flags.flag("remarks", options.remarks,
             "say which ops take a slow path, and why");
  addOutputFlags(flags, options);
}

void addFloatModelFlags(CommandLine &flags, ModelOptions &options,
                        int64_t openBatch) {
  addInputFlags(flags, options, openBatch);
  addOutputFlags(flags, options);
}

static bool areSameFile(StringRef a, StringRef b) {
  bool same = false;
  return a == b || (!sys::fs::equivalent(a, b, same) && same);
}

Error checkOutputs(ArrayRef<std::pair<StringRef, StringRef>> files,
                   ArrayRef<StringRef> inputs) {
  for (auto [i, file] : enumerate(files)) {
    auto [flag, path] = file;
    if (path.empty())
      continue;
    for (StringRef input : inputs)
      if (!input.empty() && areSameFile(path, input))
        return userError(flag + "=" + path, "is a file that is read",
                         "name another; an input is never overwritten");
    for (auto [otherFlag, other] : files.take_front(i))
      if (!other.empty() && areSameFile(path, other))
        return userError(flag + "=" + path,
                         "is what " + otherFlag + " writes as well",
                         "name another");
    if (Error error = checkWritable(path))
      return error;
  }
  return Error::success();
}

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
    return isa<lowp::QuantizeOp, lowp::DequantizeOp>(op)
               ? mlir::WalkResult::interrupt()
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
  // runPhases reads them; the tool itself takes none of them.
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

/// An error where an input has not the shape that `--shape` gives it: `--batch`
/// has rewritten it.
static Error
checkShapes(const ModelOptions &options,
            ArrayRef<std::pair<std::string, SmallVector<int64_t>>> shapes,
            mlir::ModuleOp module) {
  auto infer = module.lookupSymbol<mlir::func::FuncOp>("infer");
  if (shapes.empty() || !options.batch || !infer)
    return Error::success();
  for (mlir::BlockArgument argument : infer.getArguments()) {
    auto name = infer.getArgAttrOfType<mlir::StringAttr>(
        argument.getArgNumber(), "train.name");
    auto type = dyn_cast<mlir::RankedTensorType>(argument.getType());
    for (auto [text, shape] : zip_equal(options.shapes, shapes))
      if (name && type && name.getValue() == shape.first &&
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
  // Whether the file is well with its own batch.
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

/// Lists the approximations of `--approximate`.
static Error parseApproximations(StringRef text,
                                 SmallVectorImpl<std::string> &names) {
  SmallVector<StringRef> known = train::getApproximationNames();
  for (StringRef name : split(text, ',')) {
    if (!is_contained(known, name)) {
      StringRef near = closest(name, known);
      return userError("--approximate=" + text,
                       "'" + name + "' is no approximation",
                       near.empty() ? "there are " + join(known, ", ")
                                    : "did you mean " + near.str() + "?");
    }
    if (!is_contained(names, name))
      names.push_back(name.str());
  }
  return Error::success();
}

static std::string describeApproximations() {
  std::string help = "backward passes that save memory, a list:";
  for (const train::Approximation &approximation : train::getApproximations())
    help += ("\n" + approximation.name + ": " + approximation.summary).str();
  return help;
}

void addLossFlag(CommandLine &flags, train::LossKind &loss, StringRef help) {
  flags.choice("loss",
               map_to_vector(train::kLosses,
                             [](const train::Loss &known) -> StringRef {
                               return known.name;
                             }),
               (help + " (default " + train::stringifyLoss(loss) + ")").str(),
               [&loss](size_t index) { loss = train::kLosses[index].kind; });
}

void addStepFlags(CommandLine &flags, StepOptions &options) {
  flags.section("step");
  addLossFlag(flags, options.loss, "what to minimise");
  flags.choice("optimizer", options.optimizer, {"sgd", "adam", "adamw"},
               "update rule (default sgd)");
  flags.fraction("momentum", "M", options.momentum, "momentum of sgd");
  flags.flag("nesterov", options.nesterov, "Nesterov's form of momentum");
  flags.fraction("beta1", "B", options.beta1,
                 "decay of Adam's first moment (default 0.9)");
  flags.fraction("beta2", "B", options.beta2,
                 "decay of Adam's second moment (default 0.999)");
  flags.positive("epsilon", "E", options.epsilon,
                 "Adam's epsilon (default 1e-8)");
  flags.real("weight-decay", "W", options.weightDecay, 0, "weight decay");
  flags.choice("batch-norm", options.batchNorm, {"frozen", "train"},
               "normalize by the running statistics (default), or by the\n"
               "batch, which updates them");
  flags.integer("accumulate", "N", options.accumulate, 1, 1 << 20,
                "batches whose mean gradient one update takes");
  flags.choice("weights", options.weights, {"int8", "latent"},
               "what is kept of quantized weights: their codes (default), or\n"
               "a float copy, for simulation; --save rounds it to codes");
  flags.choice("rounding", options.rounding,
               {"stochastic", "nearest", "error-feedback", "zero"},
               "how updates of codes round (default stochastic)");
  flags.flag("qas", options.qas,
             "a code takes the step of a float weight: the gradient of\n"
             "its real value, divided by its scale (default on;\n"
             "--qas=off)");
  flags.choice("gradients", options.gradients, {"f32", "bf16", "f16", "int8"},
               "what gradients of activations are stored in (default f32);\n"
               "int8 codes have a scale for each channel");
  flags.value(
      "loss-scale", "S",
      "a power of two that gradients are multiplied by on their way\n"
      "(default 1; 1024 with --gradients=f16)",
      [&options](StringRef text) -> Error {
        std::string where = "--loss-scale=" + text.str();
        Expected<double> scale = parseReal(where, text);
        if (!scale)
          return scale.takeError();
        int exponent;
        if (std::frexp(*scale, &exponent) != 0.5 || std::abs(exponent) > 64)
          return userError(where, "is no power of two from 2^-64 to 2^63",
                           "use 1024, for instance: it changes no "
                           "digit");
        options.lossScale = *scale;
        return Error::success();
      });
  flags.value("approximate", "NAME[,NAME]", describeApproximations(),
              [&options](StringRef text) {
                return parseApproximations(text, options.approximate);
              });
  flags.text("update", "full|head|bias|auto|FILE.yaml|{...}", options.update,
             "what to train; train and gradcheck: full by default,\n"
             "the others: no step without it. auto chooses what\n"
             "contributes most within --budget-ram");
  flags.list("freeze", "PATTERN",
             "parameters not to train, by name; * stands for anything",
             [&options](StringRef text) {
               options.freeze.push_back(text.str());
               return Error::success();
             });
}

// A flag counts where it is given, whatever its value: the default, written
// out, has no more meaning than another value.
Error check(StepOptions &options, const CommandLine &flags) {
  for (StringRef name : {"qas", "rounding", "weights"})
    if (flags.given(name))
      options.codesFlag = "--" + name.str();
  bool isSgd = options.optimizer == "sgd";
  if (!isSgd && flags.given("momentum"))
    return userError("--momentum", "belongs to --optimizer=sgd",
                     "drop it: " + options.optimizer + " keeps its own");
  for (StringRef name : {"beta1", "beta2", "epsilon"})
    if (isSgd && flags.given(name))
      return userError("--" + name, "belongs to Adam",
                       "add --optimizer=adam or --optimizer=adamw");
  if (options.weights == "latent" && flags.given("rounding"))
    return userError("--rounding",
                     "is for updates of codes, and --weights=latent updates "
                     "floats",
                     "drop one of the two");
  if (options.nesterov && options.momentum == 0)
    return userError("--nesterov", "needs --momentum",
                     "add --momentum=0.9, for instance");
  return Error::success();
}

Error checkOptionalStep(StepOptions &options, const CommandLine &flags) {
  if (options.update.empty())
    for (StringRef name : {"loss", "optimizer", "momentum", "nesterov", "beta1",
                           "beta2", "epsilon", "weight-decay", "batch-norm",
                           "accumulate", "freeze", "weights", "rounding", "qas",
                           "gradients", "loss-scale", "approximate"})
      if (flags.given(name))
        return userError("--" + name,
                         "steers a training step, and there is "
                         "none",
                         "add --update=full");
  return check(options, flags);
}

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
  // Shortest text that reads back as the same number.
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

//===----------------------------------------------------------------------===//
// Images
//===----------------------------------------------------------------------===//

void addImageFlags(CommandLine &flags, ImageOptions &options) {
  flags.section("images");
  flags.choice("layout", {"NHWC", "NCHW"},
               "how the file holds images with channels, N x H x W x C or\n"
               "N x C x H x W (default: the one that fits the model's input;\n"
               "an error where both do)",
               [&options](size_t index) {
                 options.layout =
                     index == 0 ? ImageLayout::NHWC : ImageLayout::NCHW;
               });
  flags.value(
      "resize", "HxW[,nearest|bilinear]",
      "resize in float, half-pixel centres (default bilinear)",
      [&options](StringRef text) { return parseResize(text, options); });
  flags.value("mean", "M[,M...]",
              "value = (pixel - mean) / std; one, or one a channel (default 0)",
              [&options](StringRef text) {
                return parseRealList("--mean=" + text.str(), text,
                                     options.mean);
              });
  flags.value("std", "S[,S...]", "(default 1)", [&options](StringRef text) {
    return parseRealList("--std=" + text.str(), text, options.std);
  });
}

} // namespace coppice::driver
