//===- QuantizeCommand.cpp - coppice quantize -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/CommandLine.h"
#include "lib/Driver/Quantizer.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;

namespace {
struct Request {
  ModelOptions model;
  ImageOptions image;
  QuantizerOptions quantizer;
  std::string output;
};
} // namespace

static void addFlags(CommandLine &flags, Request &request) {
  flags.positional("MODEL", request.model.path);
  flags.section("data");
  flags.text("calibrate", "FILE.npy", request.quantizer.images,
             "images or other samples: what the ranges are read off");
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
  if (Error error =
          checkOutputs({{"-o", request.output}},
                       {request.model.path, request.quantizer.images}))
    return error;
  return driver::check(request.model);
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
  if (Error error = (*model)->write(request.output))
    return error;
  if (!request.model.quiet)
    outs() << formatv("{0} tensors calibrated on {1} images; saved {2}\n",
                      (*model)->getTensorCount(), (*model)->getImageCount(),
                      request.output);
  return Error::success();
}
