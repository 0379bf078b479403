//===- ModelFlags.cpp - Flags that several subcommands share ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/ModelFlags.h"

#include "coppice/Target.h"
#include "dialects/Train/Transforms/Approximations.h"
#include "lib/Driver/CommandLine.h"
#include "lib/Runtime/AutoUpdate.h"
#include "lib/Runtime/Quantizer.h"
#include "lib/Support/Closest.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/FileSystem.h"

#include <cmath>

using namespace llvm;
using namespace coppice::runtime;

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
  flags.value(
      "target", "NAME",
      "the machine to make code for (default host); see 'coppice targets'",
      [&options](StringRef text) -> Error {
        if (!is_contained(TargetRecord::getNames(), text))
          return userError("--target=" + text, "is not a target",
                           "targets are " +
                               join(TargetRecord::getNames(), ", "));
        options.target = text.str();
        return Error::success();
      });
}

/// Parses the categories of `--remarks`; without a value, slow paths.
static Error parseRemarks(StringRef text,
                          SmallVectorImpl<RemarkCategory> &categories) {
  if (text.empty()) {
    categories.push_back(RemarkCategory::SlowPath);
    return Error::success();
  }
  for (StringRef name : split(text, ',')) {
    const RemarkCategoryInfo *known =
        find_if(kRemarkCategories, [&](const RemarkCategoryInfo &info) {
          return info.name == name;
        });
    if (known != std::end(kRemarkCategories)) {
      categories.push_back(known->category);
      continue;
    }
    auto names = map_to_vector(
        kRemarkCategories,
        [](const RemarkCategoryInfo &info) -> StringRef { return info.name; });
    StringRef near = closest(name, names);
    return userError("--remarks=" + text,
                     "'" + name + "' is not a category of remarks; there are " +
                         join(names, ", "),
                     near.empty() ? "drop the value to see slow paths"
                                  : "did you mean " + near.str() + "?");
  }
  return Error::success();
}

static std::string describeRemarks() {
  std::string help = "print decisions of the compiler (default slow-path):";
  for (const RemarkCategoryInfo &info : kRemarkCategories)
    help += ("\n" + info.name + ": " + info.help).str();
  return help;
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
  flags.optionalValue("remarks", "CATEGORY[,CATEGORY]", describeRemarks(),
                      [&options](StringRef text) {
                        return parseRemarks(text, options.remarks);
                      });
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
        return userError(flag + "=" + path, "is also written by " + otherFlag,
                         "name another");
    if (Error error = checkWritable(path))
      return error;
  }
  return Error::success();
}

//===----------------------------------------------------------------------===//
// The step
//===----------------------------------------------------------------------===//

/// Parses the approximations of `--approximate`.
static Error parseApproximations(StringRef text,
                                 SmallVectorImpl<std::string> &names) {
  SmallVector<StringRef> known = train::getApproximationNames();
  for (StringRef name : split(text, ',')) {
    if (!is_contained(known, name)) {
      StringRef near = closest(name, known);
      return userError("--approximate=" + text,
                       "'" + name + "' is not an approximation",
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
  addLossFlag(flags, options.loss, "the loss to minimise");
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
               "the form of quantized weights: their codes (default), or\n"
               "a float copy, for simulation; --save rounds it to codes");
  flags.choice("rounding", options.rounding,
               {"stochastic", "nearest", "error-feedback", "zero"},
               "how updates of codes round (default stochastic)");
  flags.flag("qas", options.qas,
             "a code takes the step of a float weight: the gradient of\n"
             "its real value, divided by its scale (default on;\n"
             "--qas=off)");
  flags.choice("gradients", options.gradients, {"f32", "bf16", "f16", "int8"},
               "the format of stored gradients of activations (default f32);\n"
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
          return userError(where, "is not a power of two from 2^-64 to 2^63",
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
             "parameters to train; train and gradcheck: full by default,\n"
             "the others: no step without it. auto chooses what\n"
             "contributes most within --budget-ram");
  flags.list("freeze", "PATTERN",
             "parameters not to train, by name; * stands for anything",
             [&options](StringRef text) {
               options.freeze.push_back(text.str());
               return Error::success();
             });
}

// A flag counts if it is given, whatever its value. A default that is written
// out is an error too.
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

//===----------------------------------------------------------------------===//
// The choice of a step, and quantization
//===----------------------------------------------------------------------===//

void addAutoFlags(CommandLine &flags, AutoOptions &options) {
  flags.section("automatic update (--update=auto --budget-ram=BYTES)");
  flags.text("calibrate", "FILE.npy", options.images,
             "images that tell what training a layer brings, or which\n"
             "ranges --qat begins with (coppice train: default --images)");
  flags.text("calibrate-labels", "FILE.npy", options.labels, "their labels");
  flags.integer("calibrate-samples", "N", options.samples, 2, 1 << 30,
                "how many of them, from the first (default 256)");
  flags.text("save-scheme", "OUT.yaml", options.saveScheme,
             "write the chosen scheme, for --update=OUT.yaml");
}

Error check(const AutoOptions &options, const ModelOptions &model,
            const StepOptions &step, const CommandLine &flags, bool hasImages) {
  if (step.update != "auto") {
    for (StringRef name : {"calibrate", "calibrate-labels", "calibrate-samples",
                           "save-scheme"}) {
      if (!flags.given(name) || (name == "calibrate" && flags.given("qat")))
        continue;
      bool calibrates = name == "calibrate" && hasImages;
      return userError("--" + name,
                       calibrates ? "belongs to --update=auto or --qat"
                                  : "belongs to --update=auto",
                       calibrates ? "add one of them, or drop --calibrate"
                                  : "add it, or drop --" + name);
    }
    if (!hasImages)
      for (StringRef name : {"layout", "resize", "mean", "std"})
        if (flags.given(name))
          return userError("--" + name, "prepares the images of --update=auto",
                           "add it, or drop --" + name);
    return Error::success();
  }
  if (!model.ramBudget)
    return userError("--update=auto", "needs a budget to choose within",
                     "add --budget-ram=256KiB, for instance");
  if (options.images.empty() != options.labels.empty())
    return userError(
        options.images.empty() ? "--calibrate-labels" : "--calibrate",
        "comes alone", "give both --calibrate and --calibrate-labels");
  if (options.images.empty() && !hasImages)
    return userError("--update=auto",
                     "needs data to tell what training a layer brings",
                     "add --calibrate=FILE.npy --calibrate-labels=FILE.npy");
  return Error::success();
}

Error checkNotAuto(const StepOptions &step) {
  if (step.update != "auto")
    return Error::success();
  return userError("--update=auto", "chooses for train, compile and report",
                   "let 'coppice report' choose, with --save-scheme=OUT.yaml, "
                   "and give --update=OUT.yaml");
}

void addQuantizerFlags(CommandLine &flags, QuantizerOptions &options) {
  flags.choice("end-bits", options.endBits, {"8", "4"},
               "bits of the model's inputs, of its last layer and of its\n"
               "outputs (default 8)");
  flags.choice("calibrator", options.method,
               {"minmax", "percentile", "entropy", "mse"},
               "how a tensor's range is chosen (default minmax; with 4 bits\n"
               "mse)");
  flags.real("percentile", "P", options.percentile, 50,
             "share of the values inside, for that calibrator\n"
             "(default 99.99)");
  flags.flag("equalize", options.equalize,
             "make the ranges of channels between two layers equal first");
}

Error check(const CommandLine &flags, const QuantizerOptions &options) {
  if (flags.given("percentile") && options.method != "percentile")
    return userError("--percentile", "belongs to --calibrator=percentile",
                     "add it, or drop --percentile");
  if (options.percentile > 100)
    return userError("--percentile", "is more than 100",
                     "give a percentage such as 99.99");
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Images
//===----------------------------------------------------------------------===//

void addSamplesFlag(CommandLine &flags, std::string &path) {
  flags.text("images", "FILE.npy", path,
             "N x H x W [x C] or N x C x H x W, uint8 or float,\n"
             "or samples of the model's own shape and type");
}

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
