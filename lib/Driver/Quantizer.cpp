//===- Quantizer.cpp - From a float model to a QDQ file ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Quantizer.h"

#include "dialects/LowP/Transforms/InsertFakeQuant.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Driver/CommandLine.h"
#include "lib/Support/UserError.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

namespace coppice::driver {

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

static unsigned toBits(StringRef text) { return text == "4" ? 4 : 8; }

CalibratedModel::CalibratedModel(const ModelOptions &model)
    : model(model), userPath(model.path), context(createContext()),
      sink(std::make_unique<DiagnosticSink>(context.get(), model.path)) {}

Expected<std::unique_ptr<CalibratedModel>>
CalibratedModel::create(const ModelOptions &model,
                        const QuantizerOptions &options,
                        const ImageOptions &image) {
  // What is wrong with the model is said of the model, not of its copy.
  Expected<Session> original = Session::open(model);
  if (!original)
    return original.takeError();
  if (original->getSignature().inputs.size() != 1)
    return userError(model.path,
                     "has " + Twine(original->getSignature().inputs.size()) +
                         " inputs where a set of images feeds one");
  std::unique_ptr<CalibratedModel> result(new CalibratedModel(model));
  result->outputCount = original->getSignature().outputs.size();
  if (Error error = result->prepare(options))
    return std::move(error);
  SetVector<StringRef> wanted;
  for (const ActivationPlan &one : result->plan)
    wanted.insert(one.name);
  wanted.insert_range(result->layerInputs);
  for (StringRef name : wanted)
    if (name != original->getSignature().inputs[0].name)
      result->model.extraOutputs.push_back(name.str());
  if (Error error = result->calibrate(options, image))
    return std::move(error);
  return std::move(result);
}

/// A file that goes when its remover does.
static Error createScratch(SmallVectorImpl<char> &path, FileRemover &remover) {
  if (std::error_code code =
          sys::fs::createTemporaryFile("coppice", "onnx", path))
    return fileError("a temporary file", "write", code);
  remover.setFile(Twine(path));
  return Error::success();
}

Error CalibratedModel::prepare(const QuantizerOptions &options) {
  SmallString<128> path;
  if (Error error = createScratch(path, remover))
    return error;
  if (failed(prepareForQuantization(model.path, options.equalize, path,
                                    context.get())))
    return sink->takeError();
  model.path = path.str().str();
  auto activations = listActivations(
      path, {toBits(options.bits), toBits(options.endBits)}, context.get());
  auto operands = listConstants(path, context.get());
  if (failed(activations) || failed(operands))
    return sink->takeError();
  plan = std::move(*activations);
  constants = std::move(*operands);
  if (!options.correctBias)
    return Error::success();
  auto inputs = listLayerInputs(path, plan, context.get());
  if (failed(inputs))
    return sink->takeError();
  layerInputs = std::move(*inputs);
  return Error::success();
}

Error CalibratedModel::calibrate(const QuantizerOptions &options,
                                 const ImageOptions &image) {
  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  Expected<ImageSet> images = session->loadImages(options.images, image);
  if (!images)
    return images.takeError();
  // What is asked of the quantized model is not asked of this one.
  ModelOptions floats = model;
  floats.verifyIntegerOnly = false;
  floats.ramBudget = floats.flashBudget = std::nullopt;
  floats.dumpPhases.clear();
  auto program = session->compile(compileOptions(floats));
  if (!program)
    return program.takeError();
  CalibrationOptions calibration;
  std::string method = options.method;
  if (method.empty())
    method = options.bits == "4" ? "mse" : "minmax";
  calibration.calibrator = *quantization::parseCalibrator(method);
  calibration.percentile = options.percentile;
  calibration.quiet = model.quiet;
  calibration.progress = model.progress;
  auto chosen =
      driver::calibrate(**program, plan, layerInputs, *images, calibration);
  if (!chosen)
    return chosen.takeError();
  codes = std::move(chosen->codes);
  means = std::move(chosen->means);
  imageCount = images->size();
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

Expected<Session> CalibratedModel::openForTraining() {
  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  mlir::ModuleOp module = session->getModule();
  mlir::Builder builder(module.getContext());
  auto range = [&](const ActivationCodes &one) {
    return builder.getDenseF64ArrayAttr({one.min, one.max});
  };
  auto bits = [&](const ActivationCodes &one) {
    return builder.getI64IntegerAttr(one.bits);
  };
  auto infer = module.lookupSymbol<mlir::func::FuncOp>("infer");
  const EntryInfo &info = session->getSignature();
  for (auto [i, input] : enumerate(info.inputs))
    if (auto it = codes.find(input.name); it != codes.end()) {
      infer.setArgAttr(i, lowp::kRangeAttr, range(it->second));
      infer.setArgAttr(i, lowp::kBitsAttr, bits(it->second));
    }
  for (auto [i, output] : enumerate(info.outputs)) {
    auto it = codes.find(output.name);
    if (it == codes.end())
      continue;
    infer.setResultAttr(i, lowp::kRangeAttr, range(it->second));
    infer.setResultAttr(i, lowp::kBitsAttr, bits(it->second));
    if (i >= outputCount)
      infer.setResultAttr(i, lowp::kInnerAttr, builder.getUnitAttr());
  }
  for (auto parameter : module.getOps<train::ParameterOp>()) {
    auto it = constants.find(parameter.getExternalName().value_or(""));
    if (it == constants.end())
      continue;
    parameter->setAttr(lowp::kRangeAttr, range(it->second));
    parameter->setAttr(lowp::kBitsAttr, bits(it->second));
  }
  return session;
}

Error CalibratedModel::rememberScales(mlir::ModuleOp module) {
  for (auto parameter : module.getOps<train::ParameterOp>()) {
    StringRef name = parameter.getExternalName().value_or("");
    if (!parameter->hasAttr(train::kRelativeUpdateAttr) ||
        !name.consume_back(lowp::kScaleSuffix))
      continue;
    Expected<HostTensor> value = readElements(parameter.getValue());
    if (!value)
      return value.takeError();
    SmallVector<float> &scales = initialScales[name];
    for (int64_t i = 0; i < value->size(); ++i)
      scales.push_back(float(value->getAsDouble(i)));
  }
  return Error::success();
}

Error CalibratedModel::write(StringRef path) {
  QuantizedFileOptions options;
  options.means = &means;
  options.shownAs = userPath;
  if (failed(
          writeQuantizedONNX(model.path, codes, options, path, context.get())))
    return sink->takeError();
  return Error::success();
}

Error CalibratedModel::writeLearned(StringRef path,
                                    const StringMap<SmallVector<float>> &scales,
                                    StringRef to) {
  StringMap<ActivationCodes> activations = codes;
  LearnedCodes learned;
  for (const auto &entry : scales) {
    StringRef name = entry.first();
    if (auto it = activations.find(name); it != activations.end()) {
      it->second.scale = entry.second.front();
    } else if (auto it = constants.find(name); it != constants.end()) {
      ActivationCodes &constant = learned.constants[name];
      constant = it->second;
      constant.scale = entry.second.front();
    } else {
      learned.weightScales[name] = entry.second;
    }
  }
  QuantizedFileOptions options;
  options.learned = &learned;
  options.shownAs = userPath;
  if (failed(writeQuantizedONNX(path, activations, options, to, context.get())))
    return sink->takeError();
  return Error::success();
}

Error CalibratedModel::checkTrainable() {
  SmallString<128> trial;
  FileRemover cleanup;
  if (Error error = createScratch(trial, cleanup))
    return error;
  return writeLearned(model.path, initialScales, trial);
}

Error CalibratedModel::writeTrained(StringRef path, const Program &program,
                                    const AlignedBuffer &state) {
  // Weights and biases go into a float model first.
  std::vector<HostTensor> tensors;
  StringMap<ArrayRef<char>> values;
  StringMap<SmallVector<float>> scales = initialScales;
  tensors.reserve(program.getParameters().size());
  for (const ParameterInfo &parameter : program.getParameters()) {
    if (!parameter.isInFile())
      continue;
    HostTensor value = program.getParameter(parameter, state);
    StringRef name = parameter.externalName;
    if (name.consume_back(lowp::kScaleSuffix) && initialScales.contains(name)) {
      for (auto [i, scale] : enumerate(scales[name]))
        scale = float(value.getAsDouble(i));
      continue;
    }
    tensors.push_back(std::move(value));
    values[parameter.externalName] =
        ArrayRef<char>(tensors.back().data(), tensors.back().bytes());
  }
  SmallString<128> trained;
  FileRemover cleanup;
  if (Error error = createScratch(trained, cleanup))
    return error;
  if (failed(exportONNX(model.path, values, trained, context.get())))
    return sink->takeError();
  return writeLearned(trained, scales, path);
}

} // namespace coppice::driver
