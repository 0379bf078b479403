//===- TrainCommand.cpp - coppice train -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/ONNX.h"
#include "lib/Driver/CommandLine.h"
#include "lib/Driver/ModelFlags.h"
#include "lib/Runtime/AutoUpdate.h"
#include "lib/Runtime/Quantizer.h"
#include "lib/Support/Count.h"
#include "lib/Support/JSONNumber.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;
using namespace coppice::runtime;

namespace {
/// The request of the command line.
struct Request {
  ModelOptions model;
  StepOptions step;
  ImageOptions image;
  TrainerOptions trainer;
  QuantizerOptions quantizer;
  std::string qat;
  AutoOptions automatic;
  std::string images, labels, evalImages, evalLabels;
  std::string schedule = "constant", augment, save, json, logSteps;
};
} // namespace

/// The batch if neither the file nor --batch decides it.
static constexpr int64_t kOpenBatch = 32;

static void addFlags(CommandLine &flags, Request &request) {
  flags.positional("MODEL", request.model.path);
  flags.section("data");
  addSamplesFlag(flags, request.images);
  flags.text("labels", "FILE.npy", request.labels,
             "N class numbers from 0, or targets");
  flags.text("eval-images", "FILE.npy", request.evalImages,
             "a second set, evaluated after each epoch");
  flags.text("eval-labels", "FILE.npy", request.evalLabels, "its labels");
  addImageFlags(flags, request.image);
  flags.choice("augment", request.augment, {"hflip"},
               "mirror half of the images, drawn anew each epoch");

  flags.section("training");
  TrainerOptions &trainer = request.trainer;
  flags.integer("epochs", "N", trainer.epochs, 1, 1 << 20,
                "passes over the set (default 1); images that fill no\n"
                "batch are left out of a pass");
  flags.integer("max-steps", "N", trainer.maxSteps, 1, INT64_MAX,
                "stop after this many steps");
  flags.real("lr", "RATE", trainer.learningRate, 0,
             "learning rate (default 0.01)");
  flags.choice("lr-schedule", request.schedule, {"constant", "cosine"},
               "constant, or falling to 0 along a half cosine");
  flags.integer("seed", "N", trainer.seed, 0, INT64_MAX,
                "of shuffling, augmentation and dropout (default 0)");
  flags.flag("shuffle", trainer.shuffle,
             "a new order each epoch (default on; --shuffle=off)");
  flags.section("quantization-aware training");
  flags.choice("qat", request.qat, {"int8", "int4"},
               "train a float model for codes of 8 or 4 bits, with learned\n"
               "scales; --save writes a QDQ model");
  addQuantizerFlags(flags, request.quantizer);
  addStepFlags(flags, request.step);
  addAutoFlags(flags, request.automatic);
  addModelFlags(flags, request.model, kOpenBatch);
  flags.text("save", "OUT.onnx", request.save, "write the trained model");
  flags.text("json", "FILE", request.json,
             "results per epoch (- for stdout): loss and train_top1 of the\n"
             "training batches, eval_loss of the second set, top1 of the\n"
             "second set if given, else train_top1; seconds");
  flags.text("log-steps", "FILE", request.logSteps,
             "write the loss before each step as JSON");
}

static Error checkQuantizer(const CommandLine &flags, Request &request) {
  if (request.qat.empty()) {
    for (StringRef name : {"end-bits", "calibrator", "percentile", "equalize"})
      if (flags.given(name))
        return userError("--" + name, "belongs to quantization-aware training",
                         "add --qat=int8");
    return Error::success();
  }
  if (request.step.batchNorm == "train")
    return userError("--batch-norm=train",
                     "has no batch norm to train: --qat folds it",
                     "drop one of the two");
  request.quantizer.bits = request.qat == "int4" ? "4" : "8";
  if (request.step.update == "auto")
    return userError("--update=auto", "does not choose for --qat",
                     "let 'coppice report' choose for the float model, with "
                     "--save-scheme=OUT.yaml, and give --update=OUT.yaml");
  request.quantizer.images = request.automatic.images.empty()
                                 ? request.images
                                 : request.automatic.images;
  return check(flags, request.quantizer);
}

static Error check(const CommandLine &flags, Request &request) {
  if (Error error = flags.require({"images", "labels"}))
    return error;
  if (Error error = checkQuantizer(flags, request))
    return error;
  if (request.evalImages.empty() != request.evalLabels.empty())
    return userError(
        request.evalImages.empty() ? "--eval-labels" : "--eval-images",
        "comes alone", "give both --eval-images and --eval-labels");
  if (Error error = check(request.step, flags))
    return error;
  if (Error error = check(request.automatic, request.model, request.step, flags,
                          /*hasImages=*/true))
    return error;
  SmallVector<std::pair<StringRef, StringRef>> files = {
      {"--save", request.save},
      {"--json", request.json},
      {"--log-steps", request.logSteps},
      {"--save-scheme", request.automatic.saveScheme}};
  if (Error error = checkOutputs(
          files, {request.model.path, request.images, request.labels,
                  request.evalImages, request.evalLabels,
                  request.automatic.images, request.automatic.labels}))
    return error;
  if (request.automatic.images.empty()) {
    request.automatic.images = request.images;
    request.automatic.labels = request.labels;
  }
  request.trainer.cosine = request.schedule == "cosine";
  request.trainer.flip = request.image.mirrors = request.augment == "hflip";
  // The step takes the learning rate in f32.
  if (!std::isfinite(static_cast<float>(request.trainer.learningRate)))
    return userError(
        "--lr=" + formatv("{0:e}", request.trainer.learningRate).str(),
        "is too large for f32", "give a rate below 1, such as 0.01");
  request.trainer.loss = request.step.loss;
  request.trainer.accumulate = request.step.accumulate;
  request.trainer.quiet = request.model.quiet;
  request.trainer.progress = request.model.progress;
  return Error::success();
}

/// Prints one line for an epoch.
static void printEpoch(int64_t epoch, const EpochResult &current,
                       bool classes) {
  outs() << formatv("epoch {0,-4} loss {1:f4}", epoch + 1, current.loss);
  if (classes)
    outs() << formatv("  train top1 {0:f2}%", 100 * current.top1);
  if (current.eval) {
    outs() << formatv("  eval loss {0:f4}", current.eval->loss);
    if (classes)
      outs() << formatv("  top1 {0:f2}%", 100 * current.eval->top1);
  }
  outs() << formatv("  {0:f1} s\n", current.seconds);
  outs().flush();
}

/// Writes the trained parameters of the file.
static Error save(const Request &request, Session &session,
                  const Program &program, const AlignedBuffer &state) {
  std::vector<HostTensor> tensors;
  StringMap<ArrayRef<char>> values;
  tensors.reserve(program.getParameters().size());
  for (const ParameterInfo &parameter : program.getParameters()) {
    if (!parameter.isInFile())
      continue;
    tensors.push_back(program.getFileValue(parameter, state));
    values[parameter.externalName] =
        ArrayRef<char>(tensors.back().data(), tensors.back().bytes());
  }
  if (failed(exportONNX(request.model.path, values, request.save,
                        session.getContext())))
    return session.takeError();
  return Error::success();
}

static void writeJson(raw_ostream &os, const Request &request,
                      const TrainResult &result, bool classes) {
  json::OStream stream(os, 1);
  auto epochAttributes = [&](const EpochResult &epoch) {
    if (classes)
      stream.attribute("top1", epoch.eval ? epoch.eval->top1 : epoch.top1);
    stream.attribute("loss", jsonNumber(epoch.loss));
    if (classes)
      stream.attribute("train_top1", epoch.top1);
    if (epoch.eval)
      stream.attribute("eval_loss", jsonNumber(epoch.eval->loss));
    stream.attribute("seconds", epoch.seconds);
  };
  stream.object([&] {
    if (!result.epochs.empty())
      epochAttributes(result.epochs.back());
    stream.attribute("seed", request.trainer.seed);
    stream.attribute("steps", int64_t(result.stepLosses.size()));
    stream.attributeArray("epochs", [&] {
      for (const EpochResult &epoch : result.epochs)
        stream.object([&] { epochAttributes(epoch); });
    });
  });
  os << "\n";
}

static Error writeStepLosses(StringRef path, const TrainResult &result) {
  return writeFile(path, [&](raw_ostream &os) {
    json::OStream stream(os, 1);
    stream.object([&] {
      stream.attributeArray("losses", [&] {
        for (double loss : result.stepLosses)
          stream.value(jsonNumber(loss));
      });
    });
    os << "\n";
    return Error::success();
  });
}

Error tool::train(Arguments arguments) {
  Request request;
  CommandLine flags(
      "coppice train", "MODEL --images FILE --labels FILE ...",
      "Compiles a training step for a model and runs it over a set of images.");
  addFlags(flags, request);
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  if (Error error = check(flags, request))
    return error;

  std::unique_ptr<CalibratedModel> calibrated;
  if (!request.qat.empty()) {
    auto model = CalibratedModel::create(request.model, request.quantizer,
                                         request.image);
    if (!model)
      return model.takeError();
    calibrated = std::move(*model);
  }
  Expected<Session> session =
      calibrated ? calibrated->openForTraining() : Session::open(request.model);
  if (!session)
    return session.takeError();
  if (Error error = checkQuantizedStep(request.step, session->getModule()))
    return error;
  Expected<DataSet> data = session->loadData(request.images, request.labels,
                                             request.image, request.step.loss);
  if (!data)
    return data.takeError();
  std::optional<DataSet> evalData;
  if (!request.evalImages.empty()) {
    Expected<DataSet> loaded =
        session->loadData(request.evalImages, request.evalLabels, request.image,
                          request.step.loss);
    if (!loaded)
      return loaded.takeError();
    evalData = std::move(*loaded);
  }
  int64_t batch = session->getSignature().inputs[0].shape[0];
  if (data->images.size() < batch)
    return userError(request.images,
                     "holds " + countOf(data->images.size(), "image") +
                         ", less than a batch of " + Twine(batch),
                     "lower --batch");

  int64_t steps = data->images.size() / batch * request.trainer.epochs;
  if (request.trainer.maxSteps > 0)
    steps = std::min(steps, request.trainer.maxSteps);
  if (request.step.accumulate > steps)
    return userError("--accumulate=" + Twine(request.step.accumulate),
                     "is more than the " + Twine(steps) +
                         (steps == 1 ? " batch" : " batches") +
                         " of this run: nothing would be updated",
                     "lower it, or raise --epochs");

  bool print = request.json != "-" && !request.model.quiet;
  if (print) {
    bool isDefault = !request.model.batch && session->hasOpenBatch();
    outs() << formatv("batch {0}{1}: {2}, {3}\n", batch,
                      isDefault             ? " (default)"
                      : request.model.batch ? ""
                                            : " (the file's)",
                      countOf(data->images.size(), "image"),
                      countOf(steps, "step"));
  }
  auto choice = resolveAuto(request.model, request.step, request.image,
                            request.automatic, print ? outs() : nulls());
  if (!choice)
    return choice.takeError();
  CompileOptions options = compileOptions(request.model);
  applyStep(request.step, options);
  Error remembered = Error::success();
  if (calibrated) {
    options.fakeQuantize = true;
    options.afterPhase = [&](Phase phase, mlir::ModuleOp module) {
      if (phase == Phase::Graph)
        remembered = joinErrors(std::move(remembered),
                                calibrated->rememberScales(module));
    };
  }
  auto program = session->compile(options);
  if (remembered || !program)
    return joinErrors(std::move(remembered),
                      program ? Error::success() : program.takeError());
  // Fail before hours of training, and not after.
  if (calibrated && !request.save.empty())
    if (Error error = calibrated->checkTrainable())
      return error;
  if (Error error = saveScheme(*choice, request.model.path, request.automatic))
    return error;
  AlignedBuffer state = (*program)->createState();

  bool classes = data->labels.areClasses();
  const DataSet *evalSet = evalData ? &*evalData : nullptr;
  if (evalSet && print) {
    Expected<EvalResult> before =
        evaluate(**program, state, *evalSet, request.step.loss,
                 request.model.quiet, request.model.progress);
    if (!before)
      return before.takeError();
    outs() << formatv("before     eval loss {0:f4}", before->loss);
    if (classes)
      outs() << formatv("  top1 {0:f2}%", 100 * before->top1);
    outs() << "\n";
  }
  Expected<TrainResult> result =
      runtime::train(**program, state, *data, evalSet, request.trainer,
                     [&](int64_t epoch, const EpochResult &current) {
                       if (print)
                         printEpoch(epoch, current, classes);
                     });
  if (!result)
    return result.takeError();
  if (Error error = checkTrained(**program, state, *data, request.trainer))
    return error;
  // With --quiet, print the last line only.
  if (!print && request.json != "-" && !result->epochs.empty())
    printEpoch(result->epochs.size() - 1, result->epochs.back(), classes);

  if (!request.save.empty()) {
    std::optional<LayerCount> layers;
    if (calibrated) {
      auto count = calibrated->writeTrained(request.save, **program, state);
      if (!count)
        return count.takeError();
      layers = *count;
    } else if (Error error = save(request, *session, **program, state)) {
      return error;
    }
    if (print && layers)
      outs() << layers->describe();
    if (print)
      outs() << "saved " << request.save << "\n";
  }
  if (!request.logSteps.empty())
    if (Error error = writeStepLosses(request.logSteps, *result))
      return error;
  if (request.json.empty())
    return Error::success();
  return writeFile(request.json, [&](raw_ostream &os) {
    writeJson(os, request, *result, classes);
    return Error::success();
  });
}
