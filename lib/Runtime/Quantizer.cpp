//===- Quantizer.cpp - From a float model to a QDQ file ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Quantizer.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/LowP/Analysis/FloatOps.h"
#include "dialects/LowP/Analysis/IntegerLayer.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "lib/Support/Count.h"
#include "lib/Support/Note.h"
#include "lib/Support/OutputFile.h"
#include "lib/Support/UserError.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace coppice::runtime {

static unsigned toBits(StringRef text) { return text == "4" ? 4 : 8; }

CalibratedModel::CalibratedModel(const ModelOptions &model)
    : model(model), userPath(model.path), context(createContext()),
      sink(std::make_unique<DiagnosticSink>(context.get(), model.path)) {}

Expected<std::unique_ptr<CalibratedModel>>
CalibratedModel::create(const ModelOptions &model,
                        const QuantizerOptions &options,
                        const ImageOptions &image) {
  // Errors must name the user's model, not the folded copy.
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
  for (const ActivationPlan &one : result->plan) {
    wanted.insert(one.name);
    for (const ActivationDivisor &divisor : one.divisors)
      wanted.insert(divisor.name);
  }
  wanted.insert_range(result->layerInputs);
  for (StringRef name : wanted)
    if (name != original->getSignature().inputs[0].name)
      result->model.extraOutputs.push_back(name.str());
  if (Error error = result->calibrate(options, image))
    return std::move(error);
  return std::move(result);
}

/// Creates a temporary file, which its remover deletes.
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
  Expected<ONNXImportOptions> import = importOptions(model);
  if (!import)
    return import.takeError();
  if (failed(prepareForQuantization(model.path, *import, options.equalize, path,
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

/// Keeps tensors float that QuantizeLinear of operator set 13 does not read:
/// other float types. Integers (shapes, indices, conditions) are never
/// quantized.
Error CalibratedModel::keepFloats(const EntryInfo &info) {
  StringMap<ElementKind> kinds;
  for (const auto *list : {&info.inputs, &info.outputs})
    for (const TensorInfo &tensor : *list)
      kinds[tensor.name] = tensor.kind;
  bool hasOthers = false;
  erase_if(plan, [&](const ActivationPlan &one) {
    ElementKind kind = kinds.lookup(one.name);
    hasOthers |= isFloat(kind) && kind != ElementKind::F32;
    return kind != ElementKind::F32;
  });
  bool isEmpty = none_of(plan, [&](const ActivationPlan &one) {
    return one.name != info.inputs[0].name;
  });
  if (!isEmpty)
    return Error::success();
  return userError(userPath,
                   hasOthers ? "computes with floats that are not float32, "
                               "which QuantizeLinear does not read"
                             : "has no float32 layer that could get codes",
                   hasOthers ? "convert the model to float32 first" : "");
}

Error CalibratedModel::calibrate(const QuantizerOptions &options,
                                 const ImageOptions &image) {
  Expected<Session> session = Session::open(model);
  if (!session)
    return session.takeError();
  const EntryInfo &info = session->getSignature();
  Expected<ImageSet> images = session->loadImages(options.images, image);
  if (!images)
    return images.takeError();
  if (Error error = keepFloats(info))
    return error;
  // Some options apply to the quantized model and not to this float one.
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
      runtime::calibrate(**program, plan, layerInputs, *images, calibration);
  if (!chosen)
    return chosen.takeError();
  codes = std::move(chosen->codes);
  floatTensors = std::move(chosen->floats);
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
  mlir::func::FuncOp infer = findInference(module);
  const EntryInfo &info = session->getSignature();
  for (auto [i, input] : enumerate(info.inputs))
    if (auto it = codes.find(input.name); it != codes.end()) {
      infer.setArgAttr(i, lowp::kRangeAttr, range(it->second));
      infer.setArgAttr(i, lowp::kBitsAttr, bits(it->second));
    }
  for (auto [i, output] : enumerate(info.outputs)) {
    if (i >= outputCount)
      infer.setResultAttr(i, lowp::kInnerAttr, builder.getUnitAttr());
    auto it = codes.find(output.name);
    if (it == codes.end())
      continue;
    infer.setResultAttr(i, lowp::kRangeAttr, range(it->second));
    infer.setResultAttr(i, lowp::kBitsAttr, bits(it->second));
    if (it->second.isFixed)
      infer.setResultAttr(i, lowp::kFixedAttr, builder.getUnitAttr());
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
    auto owner = parameter->getAttrOfType<mlir::StringAttr>(lowp::kScaleOfAttr);
    if (!owner)
      continue;
    Expected<HostTensor> value = readElements(parameter.getValue());
    if (!value)
      return value.takeError();
    scaleOwners[parameter.getExternalName().value_or("")] = owner.str();
    SmallVector<float> &scales = initialScales[owner];
    for (int64_t i = 0; i < value->size(); ++i)
      scales.push_back(float(value->getAsDouble(i)));
  }
  return Error::success();
}

Expected<QuantizedNodes> CalibratedModel::writeLearned(
    StringRef path, const StringMap<SmallVector<float>> &scales, StringRef to) {
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
  auto nodes =
      writeQuantizedONNX(path, activations, options, to, context.get());
  if (failed(nodes))
    return sink->takeError();
  return std::move(*nodes);
}

Error CalibratedModel::checkTrainable() {
  SmallString<128> trial;
  FileRemover cleanup;
  if (Error error = createScratch(trial, cleanup))
    return error;
  return writeLearned(model.path, initialScales, trial).takeError();
}

//===----------------------------------------------------------------------===//
// The QDQ file
//===----------------------------------------------------------------------===//

namespace {
/// A layer that stays float.
struct FloatLayer {
  std::string name, reason;
};
} // namespace

/// Whether the op is a layer: it computes, and is neither a conversion nor a
/// move of elements.
static bool isLayer(mlir::Operation *op) {
  if (isa<lowp::LayerNormOp>(op))
    return true;
  lowp::IntegerForm form = lowp::getIntegerForm(op);
  return op->getNumOperands() &&
         isa_and_nonnull<nn::NNDialect>(op->getDialect()) &&
         form != lowp::IntegerForm::move && form != lowp::IntegerForm::gather;
}

/// Counts the layers of `@infer` after the quant phase, one for each node of
/// the file.
static LayerCount countLayers(mlir::ModuleOp module,
                              const QuantizedNodes &nodes,
                              SmallVectorImpl<FloatLayer> &floats) {
  LayerCount count;
  mlir::func::FuncOp infer = findInference(module);
  lowp::FloatOps analysis(infer, /*trained=*/false);
  MapVector<StringRef, std::string> layers; // node, and why it is float
  infer.walk([&](mlir::Operation *op) {
    if (!isLayer(op))
      return;
    bool isFloat = analysis.computesWithFloats(op);
    if (!isFloat && !analysis.isPartOfLayer(op) &&
        none_of(op->getResultTypes(), lowp::isQuantizedTensor))
      return; // integers that are not codes
    // A fused layer also has the names of conversions, which are not nodes of
    // the user's model.
    for (StringRef name : getNames(op->getLoc())) {
      auto it = nodes.names.find(name);
      if (it == nodes.names.end())
        continue;
      std::string &why = layers[it->first()];
      if (isFloat && why.empty())
        why = analysis.getReason(op);
      return;
    }
  });
  for (auto &[node, why] : layers) {
    ++(why.empty() ? count.integers : count.floats);
    if (why.empty())
      continue;
    auto reason = nodes.reasons.find(node);
    floats.push_back({nodes.names.lookup(node),
                      reason == nodes.reasons.end() ? why : reason->second});
  }
  return count;
}

Expected<LayerCount> CalibratedModel::readBack(StringRef path,
                                               const QuantizedNodes &nodes) {
  ModelOptions written = model;
  written.path = path.str();
  written.extraOutputs.clear();
  written.verifyIntegerOnly = false;
  written.ramBudget = written.flashBudget = std::nullopt;
  written.dumpPhases.clear();
  Expected<Session> session = Session::open(written);
  if (!session)
    return session.takeError();
  CompileOptions options = compileOptions(written);
  LayerCount count;
  SmallVector<FloatLayer> layers;
  options.afterPhase = [&](Phase phase, mlir::ModuleOp module) {
    if (phase == Phase::Quant)
      count = countLayers(module, nodes, layers);
  };
  auto program = session->compile(options);
  if (!program)
    return program.takeError();
  if (layers.empty() && floatTensors.empty())
    return count;
  auto loc = mlir::FileLineColLoc::get(context.get(), userPath, 0, 0);
  // Float layers are a note and not an error: the user may accept their cost.
  mlir::InFlightDiagnostic note = emitNote(loc);
  note << countOf(layers.size(), "layer")
       << (layers.size() == 1 ? " stays" : " stay") << " float";
  std::vector<std::string> tensors;
  for (const auto &entry : floatTensors)
    tensors.push_back(entry.second);
  llvm::sort(tensors);
  for (const std::string &reason : tensors)
    note.attachNote(loc) << reason;
  for (const FloatLayer &layer : layers)
    note.attachNote(loc) << layer.name << ": " << layer.reason;
  return count;
}

std::string LayerCount::describe() const {
  return (Twine(integers) + " of " + countOf(integers + floats, "layer") +
          (integers + floats == 1 ? " runs" : " run") + " on integers\n")
      .str();
}

/// Renames the file `from` to `to`.
static Error publish(StringRef from, StringRef to) {
  auto buffer = MemoryBuffer::getFile(from);
  if (!buffer)
    return fileError(from, "read", buffer.getError());
  return writeFile(to, (*buffer)->getBuffer());
}

Expected<LayerCount>
CalibratedModel::write(StringRef path, function_ref<Error(StringRef)> check) {
  SmallString<128> trial;
  FileRemover cleanup;
  if (Error error = createScratch(trial, cleanup))
    return std::move(error);
  QuantizedFileOptions options;
  options.means = &means;
  options.shownAs = userPath;
  auto nodes =
      writeQuantizedONNX(model.path, codes, options, trial, context.get());
  if (failed(nodes))
    return sink->takeError();
  Expected<LayerCount> count = readBack(trial, *nodes);
  if (!count)
    return count.takeError();
  if (Error error = check(trial))
    return std::move(error);
  if (Error error = publish(trial, path))
    return std::move(error);
  return count;
}

Expected<LayerCount> CalibratedModel::writeTrained(StringRef path,
                                                   const Program &program,
                                                   const AlignedBuffer &state) {
  // Write weights and biases into a float model first.
  std::vector<HostTensor> tensors;
  StringMap<ArrayRef<char>> values;
  StringMap<SmallVector<float>> scales = initialScales;
  tensors.reserve(program.getParameters().size());
  for (const ParameterInfo &parameter : program.getParameters()) {
    if (!parameter.isInFile())
      continue;
    HostTensor value = program.getParameter(parameter, state);
    if (auto owner = scaleOwners.find(parameter.externalName);
        owner != scaleOwners.end()) {
      for (auto [i, scale] : enumerate(scales[owner->second]))
        scale = float(value.getAsDouble(i));
      continue;
    }
    tensors.push_back(std::move(value));
    values[parameter.externalName] =
        ArrayRef<char>(tensors.back().data(), tensors.back().bytes());
  }
  SmallString<128> trained, trial;
  FileRemover cleanup, cleanupTrial;
  if (Error error = createScratch(trained, cleanup))
    return std::move(error);
  if (Error error = createScratch(trial, cleanupTrial))
    return std::move(error);
  if (failed(exportONNX(model.path, values, trained, context.get())))
    return sink->takeError();
  Expected<QuantizedNodes> nodes = writeLearned(trained, scales, trial);
  if (!nodes)
    return nodes.takeError();
  Expected<LayerCount> count = readBack(trial, *nodes);
  if (!count)
    return count.takeError();
  if (Error error = publish(trial, path))
    return std::move(error);
  return count;
}

} // namespace coppice::runtime
