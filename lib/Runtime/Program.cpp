//===- Program.cpp - A compiled model that runs -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Program.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/Approximations.h"
#include "dialects/Train/Transforms/Losses.h"
#include "lib/Report/Passes.h"
#include "lib/Support/UserError.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstring>
#include <unistd.h>

using namespace llvm;
using namespace mlir;

namespace coppice::runtime {

//===----------------------------------------------------------------------===//
// Reading the module
//===----------------------------------------------------------------------===//

static Expected<TensorInfo> readTensor(const EntryValue &value) {
  auto shaped = dyn_cast<ShapedType>(value.type);
  std::optional<ElementKind> kind =
      shaped ? elementKind(shaped.getElementType()) : std::nullopt;
  if (!kind || !shaped.hasRank()) {
    std::string text;
    raw_string_ostream(text) << value.type;
    return userError("'" + value.name + "'", "no host tensor holds " + text);
  }
  return TensorInfo{value.name, *kind,
                    SmallVector<int64_t, 4>(shaped.getShape()), value.role,
                    value.parameter ? value.parameter.getValue().str() : ""};
}

Expected<EntryInfo> readSignature(func::FuncOp function) {
  EntryInfo info;
  EntryPoint entry(function);
  info.kind = entry.getKind();
  for (const EntryValue &value : entry.getInputs()) {
    Expected<TensorInfo> input = readTensor(value);
    if (!input)
      return input.takeError();
    info.inputs.push_back(std::move(*input));
  }
  for (const EntryValue &value : entry.getOutputs()) {
    Expected<TensorInfo> output = readTensor(value);
    if (!output)
      return output.takeError();
    output->approximate = bool(
        function.getResultAttr(value.index, train::kApproximateGradientAttr));
    info.outputs.push_back(std::move(*output));
  }
  return std::move(info);
}

const TensorInfo &EntryInfo::getInput(EntryRole role) const {
  return *find_if(inputs,
                  [&](const TensorInfo &input) { return input.role == role; });
}

SmallVector<size_t> EntryInfo::getOutputs(EntryRole role) const {
  SmallVector<size_t> indices;
  for (auto [i, output] : enumerate(outputs))
    if (output.role == role)
      indices.push_back(i);
  return indices;
}

SmallVector<const HostTensor *> EntryInfo::arrange(
    ArrayRef<std::pair<EntryRole, const HostTensor *>> tensors) const {
  SmallVector<const HostTensor *> arranged;
  for (const TensorInfo &input : inputs)
    for (auto [role, tensor] : tensors)
      if (role == input.role)
        arranged.push_back(tensor);
  return arranged;
}

func::FuncOp findInference(ModuleOp module) {
  std::optional<EntryPoint> entry =
      findEntryPoint(module, EntryKind::Inference);
  return entry ? dyn_cast<func::FuncOp>(entry->getFunction().getOperation())
               : func::FuncOp();
}

bool endsInSoftmax(ModuleOp module) {
  func::FuncOp infer = findInference(module);
  return infer && infer.getNumResults() != 0 &&
         train::endsInSoftmax(infer.front().getTerminator()->getOperand(0));
}

Expected<HostTensor> readElements(ElementsAttr attr) {
  ShapedType type = attr.getShapedType();
  std::optional<ElementKind> kind = elementKind(type.getElementType());
  if (!kind)
    return userError("a parameter",
                     "its element type is not one of a host tensor");
  HostTensor result(*kind, type.getShape());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || blob->getData().size() != result.bytes())
      return userError("'" + resource.getRawHandle().getKey() + "'",
                       "the resource's data are missing or cut");
    std::memcpy(result.data(), blob->getData().data(), result.bytes());
    return std::move(result);
  }
  auto dense = dyn_cast<DenseElementsAttr>(attr);
  if (!dense)
    return userError("a parameter", "its value is not a plain array");
  if (*kind == ElementKind::Bool) {
    for (auto [i, value] : enumerate(dense.getValues<bool>()))
      result.data()[i] = value;
    return std::move(result);
  }
  ArrayRef<char> raw = dense.getRawData();
  if (dense.isSplat()) {
    for (size_t i = 0; i < result.bytes(); i += raw.size())
      std::memcpy(result.data() + i, raw.data(), raw.size());
  } else if (result.bytes()) {
    std::memcpy(result.data(), raw.data(), result.bytes());
  }
  return std::move(result);
}

HostTensor toFileLayout(const HostTensor &tensor, ArrayRef<int64_t> layout) {
  ArrayRef<int64_t> stored = tensor.getShape();
  if (layout.empty())
    return tensor.clone();
  SmallVector<int64_t, 4> shape(stored.size());
  for (auto [i, axis] : enumerate(layout))
    shape[axis] = stored[i];
  // The strides of the file's tensor along the stored axes.
  SmallVector<int64_t, 4> fileStrides(stored.size(), 1), strides(stored.size());
  for (int64_t i = static_cast<int64_t>(stored.size()) - 2; i >= 0; --i)
    fileStrides[i] = fileStrides[i + 1] * shape[i + 1];
  for (auto [i, axis] : enumerate(layout))
    strides[i] = fileStrides[axis];

  HostTensor result(tensor.getKind(), shape);
  unsigned width = byteWidth(tensor.getKind());
  SmallVector<int64_t, 4> index(stored.size(), 0);
  for (int64_t i = 0, target = 0; i < tensor.size(); ++i) {
    std::memcpy(result.data() + target * width, tensor.data() + i * width,
                width);
    for (int64_t d = static_cast<int64_t>(stored.size()) - 1; d >= 0; --d) {
      target += strides[d];
      if (++index[d] < stored[d])
        break;
      target -= strides[d] * stored[d];
      index[d] = 0;
    }
  }
  return result;
}

//===----------------------------------------------------------------------===//
// Compiling
//===----------------------------------------------------------------------===//

AlignedBuffer allocateBytes(int64_t bytes) {
  return AlignedBuffer(ElementKind::U8, {bytes});
}

/// Sets the fields of a trained slice; does nothing for a whole parameter.
static Error readSlice(ModuleOp module, train::ParameterOp op,
                       ParameterInfo &info) {
  auto axis = op->getAttrOfType<IntegerAttr>(train::kSliceAxisAttr);
  if (!axis)
    return Error::success();
  auto indices = [](train::ParameterOp slice) {
    auto attr =
        slice->getAttrOfType<DenseI64ArrayAttr>(train::kSliceIndicesAttr);
    return attr ? attr.asArrayRef() : ArrayRef<int64_t>();
  };
  for (auto other : module.getOps<train::ParameterOp>()) {
    if (other == op ||
        other->getAttr(train::kSliceOfAttr) != op->getAttr(train::kSliceOfAttr))
      continue;
    Expected<HostTensor> frozen = readElements(other.getValue());
    if (!frozen)
      return frozen.takeError();
    info.sliceAxis = axis.getInt();
    llvm::append_range(info.sliceIndices, indices(op));
    llvm::append_range(info.frozenIndices, indices(other));
    info.frozen = std::move(*frozen);
    return Error::success();
  }
  return userError("@" + info.symbol, "its frozen slice is missing");
}

void Program::readCodes(ModuleOp module) {
  for (auto op : module.getOps<train::ParameterOp>()) {
    quant::QuantizedType type = lowp::getQuantizedType(op.getValueType());
    if (!type || !op.getExternalName())
      continue;
    auto sign = type.isSigned() ? IntegerType::Signless : IntegerType::Unsigned;
    std::optional<ElementKind> kind = elementKind(IntegerType::get(
        op.getContext(), type.getStorageTypeIntegralWidth(), sign));
    if (!kind)
      continue;
    CodeMeaning meaning{*kind, lowp::getScales(type), type.getStorageTypeMin(),
                        type.getStorageTypeMax()};
    if (auto layout = op.getLayout(); layout && meaning.scales.axis >= 0)
      meaning.scales.axis = (*layout)[meaning.scales.axis];
    codes[*op.getExternalName()] = std::move(meaning);
  }
}

Error Program::readPlan(ModuleOp module) {
  if (auto bytes = module->getAttrOfType<IntegerAttr>(train::kStateBytesAttr))
    stateBytes = bytes.getInt();
  for (auto function : module.getOps<func::FuncOp>()) {
    auto it = entries.find(function.getSymName());
    if (it == entries.end())
      continue;
    if (auto bytes =
            function->getAttrOfType<IntegerAttr>(plan::kArenaBytesAttr))
      it->second.arenaBytes = bytes.getInt();
    if (auto bytes =
            function->getAttrOfType<IntegerAttr>(plan::kLowerBoundAttr))
      it->second.lowerBoundBytes = bytes.getInt();
    if (auto names = function->getAttrOfType<ArrayAttr>(plan::kProfileAttr))
      for (auto name : names.getAsRange<StringAttr>())
        it->second.kernels.push_back(name.str());
  }
  for (auto op : module.getOps<train::ParameterOp>()) {
    if (!op.getStateOffset())
      continue;
    Expected<HostTensor> initial = readElements(op.getValue());
    if (!initial)
      return initial.takeError();
    ParameterInfo info;
    info.symbol = op.getSymName().str();
    info.role = op.getRole();
    if (op.getRole() == train::ParameterRole::weight ||
        op.getRole() == train::ParameterRole::statistic)
      info.externalName = op.getExternalName().value_or("").str();
    info.kind = initial->getKind();
    info.shape.assign(initial->getShape().begin(), initial->getShape().end());
    if (auto layout = op.getLayout())
      info.layout.assign(layout->begin(), layout->end());
    info.offset = *op.getStateOffset();
    if (info.offset < 0 ||
        info.offset + static_cast<int64_t>(initial->bytes()) > stateBytes)
      return userError("@" + info.symbol, "lies outside the state buffer");
    info.initial.assign(initial->data(), initial->data() + initial->bytes());
    if (Error error = readSlice(module, op, info))
      return error;
    parameters.push_back(std::move(info));
  }
  return Error::success();
}

static LogicalResult addCounters(ModuleOp module) {
  PassManager pm(module.getContext());
  pm.addPass(createReportProfile());
  return pm.run(module);
}

/// A batch may have any size, and Linux ends a process without a message when
/// it touches more memory than there is.
Error Program::checkMemory() const {
  constexpr double unit = 1 << 20;
  double needed = 0;
  for (const auto &entry : entries) {
    auto bytes = static_cast<double>(entry.second.arenaBytes);
    for (const auto *tensors : {&entry.second.inputs, &entry.second.outputs})
      for (const TensorInfo &tensor : *tensors) {
        double size = byteWidth(tensor.kind);
        for (int64_t extent : tensor.shape)
          size *= static_cast<double>(extent);
        bytes += size;
      }
    needed = std::max(needed, bytes);
  }
  needed += static_cast<double>(stateBytes);
  double available = static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
                     static_cast<double>(sysconf(_SC_PAGESIZE));
  if (needed <= available)
    return Error::success();
  return userError(
      "the compiled model",
      formatv("needs {0:f0} MiB of memory, this machine has {1:f0}",
              needed / unit, available / unit)
          .str(),
      "lower --batch or --shape");
}

Expected<std::unique_ptr<Program>>
Program::compile(ModuleOp module, CompileOptions options,
                 llvm::function_ref<Error()> takeError, bool profile) {
  std::unique_ptr<Program> program(new Program);
  Error problem = Error::success();
  auto hook = options.afterPhase;
  options.afterPhase = [&](Phase phase, ModuleOp current) {
    if (hook)
      hook(phase, current);
    if (problem)
      return;
    if (phase == Phase::Graph) {
      program->probability = endsInSoftmax(current);
    } else if (phase == Phase::Train) {
      // The types are still tensors with signs, which lowering erases.
      for (auto function : current.getOps<func::FuncOp>()) {
        if (function.isPrivate() || function.isExternal())
          continue;
        Expected<EntryInfo> info = readSignature(function);
        if (!info) {
          problem = joinErrors(std::move(problem), info.takeError());
          return;
        }
        program->entries[function.getSymName()] = std::move(*info);
        program->order.push_back(function.getSymName().str());
      }
    } else if (phase == Phase::Plan) {
      if (profile && failed(addCounters(current))) {
        problem = joinErrors(std::move(problem), takeError());
        return;
      }
      problem = joinErrors(std::move(problem), program->readPlan(current));
    }
  };
  program->readCodes(module);
  LogicalResult result =
      runPhases(module, Phase::Import, Phase::Target, options);
  if (problem)
    return std::move(problem);
  if (failed(result))
    return takeError();
  if (Error error = program->checkMemory())
    return std::move(error);

  Expected<std::unique_ptr<JIT>> jit = JIT::create(module);
  if (!jit)
    return jit.takeError();
  program->jit = std::move(*jit);

  int64_t arenaBytes = 0;
  for (const auto &entry : program->entries)
    arenaBytes = std::max(arenaBytes, entry.second.arenaBytes);
  program->arena = allocateBytes(arenaBytes);
  return std::move(program);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

StringRef Program::find(EntryKind kind) const {
  for (const std::string &name : order)
    if (entry(name).kind == kind)
      return name;
  return "";
}

AlignedBuffer Program::createState() const {
  AlignedBuffer state = allocateBytes(stateBytes);
  for (const ParameterInfo &parameter : parameters)
    std::memcpy(state.data() + parameter.offset, parameter.initial.data(),
                parameter.initial.size());
  return state;
}

SmallVector<HostTensor> Program::createOutputs(StringRef name) const {
  SmallVector<HostTensor> outputs;
  for (const TensorInfo &info : entry(name).outputs)
    outputs.emplace_back(info.kind, info.shape);
  return outputs;
}

Error Program::run(StringRef name, ArrayRef<const HostTensor *> inputs,
                   MutableArrayRef<HostTensor> outputs, AlignedBuffer &state) {
  const EntryInfo &info = entry(name);
  if (inputs.size() != info.inputs.size() ||
      outputs.size() != info.outputs.size())
    return userError("@" + name, "called with the wrong number of tensors");
  SmallVector<void *> arguments;
  for (auto [tensor, expected] : zip_equal(inputs, info.inputs)) {
    if (tensor->getKind() != expected.kind ||
        tensor->getShape() != ArrayRef<int64_t>(expected.shape))
      return userError(
          "'" + expected.name + "'",
          "is " + runtime::name(tensor->getKind()) + " " +
              formatShape(tensor->getShape()) + " where the model takes " +
              runtime::name(expected.kind) + " " + formatShape(expected.shape));
    arguments.push_back(const_cast<char *>(tensor->data()));
  }
  for (HostTensor &tensor : outputs)
    arguments.push_back(tensor.data());
  arguments.push_back(state.data() ? state.data() : arena.data());
  arguments.push_back(arena.data());
  return jit->run(name, arguments);
}

Expected<MutableArrayRef<int64_t>> Program::getCycles(StringRef name) {
  Expected<void *> counters = jit->lookup((name + plan::kProfileSuffix).str());
  if (!counters)
    return counters.takeError();
  return MutableArrayRef<int64_t>(static_cast<int64_t *>(*counters),
                                  entry(name).kernels.size());
}

/// Copies the slices of `from` to `indices` of `axis` of `to`.
static void scatterSlices(const HostTensor &from, ArrayRef<int64_t> indices,
                          int64_t axis, HostTensor &to) {
  int64_t outer = 1;
  size_t inner = byteWidth(to.getKind());
  for (int64_t size : to.getShape().take_front(axis))
    outer *= size;
  for (int64_t size : to.getShape().drop_front(axis + 1))
    inner *= size;
  const char *source = from.data();
  for (int64_t o = 0; o < outer; ++o)
    for (int64_t index : indices) {
      std::memcpy(to.data() + (o * to.getShape()[axis] + index) * inner, source,
                  inner);
      source += inner;
    }
}

HostTensor Program::getParameter(const ParameterInfo &parameter,
                                 const AlignedBuffer &state) const {
  HostTensor stored(parameter.kind, parameter.shape);
  std::memcpy(stored.data(), state.data() + parameter.offset, stored.bytes());
  if (!parameter.sliceAxis)
    return toFileLayout(stored, parameter.layout);
  SmallVector<int64_t> shape(ArrayRef<int64_t>(parameter.shape));
  shape[*parameter.sliceAxis] +=
      static_cast<int64_t>(parameter.frozenIndices.size());
  HostTensor whole(parameter.kind, shape);
  scatterSlices(stored, parameter.sliceIndices, *parameter.sliceAxis, whole);
  scatterSlices(parameter.frozen, parameter.frozenIndices, *parameter.sliceAxis,
                whole);
  return toFileLayout(whole, parameter.layout);
}

HostTensor Program::getFileValue(const ParameterInfo &parameter,
                                 const AlignedBuffer &state) const {
  HostTensor value = getParameter(parameter, state);
  auto it = codes.find(parameter.externalName);
  if (it == codes.end() || !isFloat(value.getKind()))
    return value;
  const CodeMeaning &meaning = it->second;
  const lowp::Scales &scales = meaning.scales;
  int64_t inner = 1, count = static_cast<int64_t>(scales.scales.size());
  if (scales.axis >= 0)
    for (int64_t extent : value.getShape().drop_front(scales.axis + 1))
      inner *= extent;
  HostTensor result(meaning.kind, value.getShape());
  for (int64_t i = 0; i < value.size(); ++i) {
    int64_t index = i / inner % count;
    double code = std::nearbyint(value.getAsDouble(i) / scales.scales[index]) +
                  static_cast<double>(scales.zeroPoints[index]);
    result.set(i, std::clamp(code, static_cast<double>(meaning.least),
                             static_cast<double>(meaning.most)));
  }
  return result;
}

} // namespace coppice::runtime
