//===- QuantizeCommand.cpp - coppice quantize -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Calibrate.h"
#include "lib/Driver/CommandLine.h"
#include "lib/Driver/Session.h"
#include "lib/Support/UserError.h"
#include "tools/coppice/Commands.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;
using namespace coppice;
using namespace coppice::driver;

namespace {
struct Request {
  ModelOptions model;
  ImageOptions image;
  CalibrationOptions calibration;
  std::string images, output, method = "minmax";
  double percentile = 99.99;
  bool equalize = false, correctBias = true;
};
} // namespace

static void addFlags(CommandLine &flags, Request &request) {
  flags.positional("MODEL", request.model.path);
  flags.section("data");
  flags.text("calibrate", "FILE.npy", request.images,
             "N x H x W [x C], uint8 or float: what the ranges are read off");
  addImageFlags(flags, request.image);
  flags.section("quantization");
  flags.text("o", "OUT.onnx", request.output, "the quantized model");
  flags.choice("calibrator", request.method,
               {"minmax", "percentile", "entropy", "mse"},
               "how a tensor's range is chosen (default minmax)");
  flags.real("percentile", "P", request.percentile, 50,
             "share of the values inside, for that calibrator\n"
             "(default 99.99)");
  flags.flag("equalize", request.equalize,
             "make the ranges of channels between two layers equal first");
  flags.flag("bias-correction", request.correctBias,
             "take off the mean error of rounded weights (default on)");
  addModelFlags(flags, request.model);
}

static Error check(const CommandLine &flags, Request &request) {
  if (Error error = flags.require({"calibrate"}))
    return error;
  if (request.output.empty())
    return userError("coppice quantize", "needs -o OUT.onnx",
                     "usage: coppice quantize MODEL --calibrate=FILE.npy -o "
                     "OUT.onnx");
  if (flags.given("percentile") && request.method != "percentile")
    return userError("--percentile", "belongs to --calibrator=percentile",
                     "add it, or drop --percentile");
  if (request.percentile > 100)
    return userError("--percentile", "is more than 100",
                     "give a percentage such as 99.99");
  if (Error error = checkOutputs({{"-o", request.output}},
                                 {request.model.path, request.images}))
    return error;
  request.calibration.calibrator =
      *quantization::parseCalibrator(request.method);
  request.calibration.percentile = request.percentile;
  request.calibration.quiet = request.model.quiet;
  request.calibration.progress = request.model.progress;
  if (!request.model.batch && request.model.shapes.empty())
    request.model.batch = 1;
  return driver::check(request.model);
}

Error tool::quantize(Arguments arguments) {
  Request request;
  CommandLine flags(
      "coppice quantize", "MODEL --calibrate=FILE.npy -o OUT.onnx",
      "Quantizes a float model after training: int8 activations and weights, "
      "one scale\nper output channel, as a standard QDQ model.");
  addFlags(flags, request);
  Expected<bool> help = flags.parse(arguments, outs());
  if (!help || *help)
    return help.takeError();
  if (Error error = ::check(flags, request))
    return error;

  // What is wrong with the model is said of the model, not of its copy.
  Expected<Session> original = Session::open(request.model);
  if (!original)
    return original.takeError();
  auto context = createContext();
  DiagnosticSink sink(context.get(), request.model.path);
  SmallString<128> prepared;
  if (std::error_code code =
          sys::fs::createTemporaryFile("coppice", "onnx", prepared))
    return fileError(prepared, "write", code);
  auto cleanup = make_scope_exit([&] { sys::fs::remove(prepared); });
  if (failed(prepareForQuantization(request.model.path, request.equalize,
                                    prepared, context.get())))
    return sink.takeError();
  FailureOr<SmallVector<std::string>> names =
      listActivations(prepared, context.get());
  if (failed(names))
    return sink.takeError();

  ModelOptions model = request.model;
  model.path = prepared.str().str();
  for (const std::string &name : *names)
    if (none_of(original->getSignature().inputs,
                [&](const TensorInfo &input) { return input.name == name; }))
      model.extraOutputs.push_back(name);
  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  const EntryInfo &signature = session->getSignature();
  if (signature.inputs.size() != 1)
    return userError(request.model.path,
                     "has " + Twine(signature.inputs.size()) +
                         " inputs where a set of images feeds one");
  Expected<ImageSet> images =
      ImageSet::load(request.images, request.image, signature.inputs[0].shape,
                     signature.inputs[0].kind);
  if (!images)
    return images.takeError();
  auto program = session->compile(compileOptions(model));
  if (!program)
    return program.takeError();
  auto codes = calibrate(**program, *names, *images, request.calibration);
  if (!codes)
    return codes.takeError();
  if (failed(writeQuantizedONNX(prepared, *codes, request.correctBias,
                                request.output, context.get())))
    return sink.takeError();
  if (!request.model.quiet)
    outs() << formatv("{0} tensors calibrated on {1} images; saved {2}\n",
                      names->size(), images->size(), request.output);
  return Error::success();
}
