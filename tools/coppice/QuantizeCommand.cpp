//===- QuantizeCommand.cpp - coppice quantize -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/Driver/ModelFlags.h"
#include "lib/Runtime/Quantizer.h"
#include "lib/Support/Count.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;
using namespace coppice::runtime;

namespace {
struct Request {
  ModelOptions model;
  ImageOptions image;
  QuantizerOptions quantizer;
  std::string output;
  std::string images, labels;
  train::LossKind loss = train::kLosses[0].kind;
};
} // namespace

static void addFlags(CommandLine &flags, Request &request) {
  flags.positional("MODEL", request.model.path);
  flags.section("data");
  flags.text("calibrate", "FILE.npy", request.quantizer.images,
             "images or other samples, to choose the ranges");
  flags.text("labels", "FILE.npy", request.labels,
             "class numbers or targets: the accuracy before and after is\n"
             "printed");
  flags.text("images", "FILE.npy", request.images,
             "the images of the labels (default: those of --calibrate)");
  addLossFlag(flags, request.loss, "the loss to average there");
  addImageFlags(flags, request.image);
  flags.section("quantization");
  flags.text("o", "OUT.onnx", request.output, "the quantized model");
  flags.choice("bits", request.quantizer.bits, {"8", "4"},
               "bits of weights and activations (default 8)");
  addQuantizerFlags(flags, request.quantizer);
  flags.flag("bias-correction", request.quantizer.correctBias,
             "take off the mean error of rounded weights (default on)");
  addFloatModelFlags(flags, request.model, /*openBatch=*/1);
}

static Error check(const CommandLine &flags, Request &request) {
  if (Error error = flags.require({"calibrate"}))
    return error;
  if (request.output.empty())
    return userError("coppice quantize", "needs -o OUT.onnx",
                     "usage: coppice quantize MODEL --calibrate=FILE.npy -o "
                     "OUT.onnx");
  if (Error error = driver::check(flags, request.quantizer))
    return error;
  for (StringRef name : {"images", "loss"})
    if (flags.given(name) && request.labels.empty())
      return userError("--" + name,
                       "belongs to an evaluation, and there is none",
                       "add --labels=FILE.npy");
  if (request.images.empty())
    request.images = request.quantizer.images;
  if (Error error = checkOutputs({{"-o", request.output}},
                                 {request.model.path, request.quantizer.images,
                                  request.images, request.labels}))
    return error;
  return runtime::check(request.model);
}

/// Prints one line of results over the labelled set.
static Error printEvaluation(const Request &request, StringRef path,
                             StringRef when) {
  ModelOptions model = request.model;
  model.path = path.str();
  Expected<SetResult> result = evaluateFile(
      model, request.images, request.labels, request.image, request.loss);
  if (!result)
    return result.takeError();
  if (request.model.quiet)
    return Error::success();
  outs() << formatv("{0,-6}  ", when);
  if (result->hasClasses)
    outs() << formatv("top1 {0:f2}%  ", 100 * result->top1);
  outs() << formatv("loss {0:f6}  {1}\n", result->loss,
                    countOf(result->images, "image"));
  return Error::success();
}

Error tool::quantize(Arguments arguments) {
  Request request;
  request.quantizer.correctBias = true;
  CommandLine flags(
      "coppice quantize", "MODEL --calibrate=FILE.npy -o OUT.onnx",
      "Quantizes a float model after training: int8 or int4 activations and "
      "weights, one\nscale per output channel, as a standard QDQ model.");
  addFlags(flags, request);
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  if (Error error = ::check(flags, request))
    return error;

  auto model =
      CalibratedModel::create(request.model, request.quantizer, request.image);
  if (!model)
    return model.takeError();
  bool evaluates = !request.labels.empty();
  if (evaluates)
    if (Error error = printEvaluation(request, request.model.path, "before"))
      return error;
  Expected<LayerCount> layers =
      (*model)->write(request.output, [&](StringRef written) {
        return evaluates ? printEvaluation(request, written, "after")
                         : Error::success();
      });
  if (!layers)
    return layers.takeError();
  if (!request.model.quiet)
    outs() << layers->describe()
           << formatv("{0} calibrated on {1}; saved {2}\n",
                      countOf((*model)->getTensorCount(), "tensor"),
                      countOf((*model)->getImageCount(), "image"),
                      request.output);
  return Error::success();
}
