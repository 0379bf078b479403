//===- Collect.cpp - Reads a report off a module ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Report.h"
#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/NN/Interfaces/InputUseInterface.h"
#include "dialects/Plan/Analysis/Flash.h"
#include "dialects/Plan/Analysis/Lifetimes.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Train/IR/Train.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace coppice;

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// Returns the number of multiply-accumulates; 0 for an op without any.
static int64_t countMacs(Operation *op) {
  auto contraction = dyn_cast<nn::ContractionOpInterface>(op);
  return contraction ? contraction.countAllProducts() : 0;
}

static int64_t countElements(Value value) {
  return cast<ShapedType>(value.getType()).getNumElements();
}

/// Returns the parameter or constant behind views and changes of layout, if
/// any.
static Operation *findParameter(Value value) {
  Operation *def = value.getDefiningOp();
  while (OpOperand *kept = nn::getOnlyKept(def)) {
    if (def->getNumOperands() > 1 ||
        countElements(def->getResult(0)) < countElements(kept->get()))
      break;
    def = kept->get().getDefiningOp();
  }
  if (def &&
      (isa<train::ReadOp>(def) || def->hasTrait<OpTrait::ConstantLike>()))
    return def;
  return nullptr;
}

/// Whether the op moves no bytes: it makes a view or a constant.
static bool isFree(Operation *op) {
  if (isa<nn::ReshapeOp>(op))
    return true;
  return llvm::all_of(op->getOperands(),
                      [](Value operand) { return findParameter(operand); });
}

static void collectLayers(func::FuncOp function, MemoryReport &report) {
  // Once outputs are arguments, ops are parts of kernels and not layers.
  if (llvm::any_of(EntryPoint(function).getArguments(),
                   [](const EntryValue &argument) {
                     return isGivenToCaller(argument.role);
                   }))
    return;
  std::vector<LayerReport> layers;
  for (Operation &op : function.getBody().front()) {
    if (!isa_and_nonnull<nn::NNDialect>(op.getDialect()) || isFree(&op))
      continue;
    LayerReport layer;
    layer.name = plan::getName(op.getLoc());
    layer.op = op.getName().stripDialect().str();
    Type type = op.getResult(0).getType();
    llvm::raw_string_ostream os(layer.shape);
    if (auto shaped = dyn_cast<ShapedType>(type)) {
      for (int64_t extent : shaped.getShape())
        os << extent << "x";
      os << shaped.getElementType();
    }
    layer.macs = countMacs(&op);
    llvm::SmallPtrSet<Operation *, 4> seen;
    for (Value operand : op.getOperands())
      if (Operation *parameter = findParameter(operand);
          parameter && seen.insert(parameter).second)
        layer.parameterBytes +=
            plan::getStoredBytes(parameter->getResult(0).getType());
    for (Type result : op.getResultTypes())
      layer.outputBytes += plan::getStoredBytes(result);
    layers.push_back(std::move(layer));
  }
  if (!layers.empty())
    report.layers = std::move(layers);
}

/// Collects the forward values that `train.saved` ops hold, each storage once.
/// The caller holds inputs, and a recomputed weight is not held.
static void collectSaved(func::FuncOp function, MemoryReport &report) {
  std::vector<SavedReport> saved;
  DenseSet<Value> seen;
  bool hasEdges = false;
  function.walk([&](train::SavedOp edge) {
    hasEdges = true;
    Value value = edge.getValue();
    while (auto view = value.getDefiningOp<nn::ReshapeOp>())
      value = view.getInput();
    Operation *def = value.getDefiningOp();
    bool isValue = isa<train::KeepAttr>(edge.getPolicy());
    if (!def || findParameter(value) ||
        isa<train::RecomputeAttr>(edge.getPolicy()) ||
        !seen.insert(isValue ? value : edge.getResult()).second)
      return;
    saved.push_back(
        {plan::getName(def->getLoc()), plan::getStoredBytes(edge.getType())});
  });
  if (hasEdges)
    report.saved = std::move(saved);
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

static StringRef getKind(plan::Role role) {
  switch (role) {
  case plan::Role::Forward:
    return "activation";
  case plan::Role::Loss:
    return "loss";
  case plan::Role::Gradient:
    return "gradient";
  case plan::Role::Update:
    return "update";
  }
  return "";
}

/// Returns the buffers of an arena: results of `plan.pack`, or constant views.
static SmallVector<std::pair<Value, int64_t>> getBuffers(Value arena) {
  SmallVector<std::pair<Value, int64_t>> buffers;
  for (Operation *user : arena.getUsers()) {
    if (auto pack = dyn_cast<plan::PackOp>(user)) {
      for (auto [buffer, offset] :
           llvm::zip_equal(pack.getBuffers(), pack.getOffsets()))
        buffers.emplace_back(buffer, offset);
    } else if (auto view = dyn_cast<memref::ViewOp>(user)) {
      APInt offset;
      if (matchPattern(view.getByteShift(), m_ConstantInt(&offset)))
        buffers.emplace_back(view, offset.getSExtValue());
    }
  }
  return buffers;
}

static std::string getBufferName(Value buffer) {
  if (auto pack = buffer.getDefiningOp<plan::PackOp>()) {
    unsigned index = cast<OpResult>(buffer).getResultNumber();
    return cast<StringAttr>(pack.getNames()[index]).str();
  }
  return plan::getName(buffer.getLoc());
}

/// Returns the bytes of a buffer. Scratch counts as its kernel declares it, so
/// without the gaps that alignment leaves.
static int64_t getBufferBytes(Value buffer) {
  for (Operation *user : buffer.getUsers())
    if (auto kernel = dyn_cast<plan::KernelOp>(user);
        kernel && kernel.getScratch() == buffer)
      return kernel.getScratchBytes();
  return plan::getStoredBytes(buffer.getType());
}

/// Joins neighbouring steps with one name if no buffer begins or ends between
/// them: they are parts of one kernel.
static void joinSteps(EntryReport &entry) {
  std::vector<bool> begins(entry.steps.size() + 1);
  for (const BufferReport &buffer : entry.buffers)
    begins[buffer.first] = begins[buffer.last + 1] = true;
  std::vector<int64_t> joined;
  std::vector<std::pair<std::string, std::string>> steps;
  for (size_t step = 0; step < entry.steps.size(); ++step) {
    if (steps.empty() || begins[step] || steps.back() != entry.steps[step])
      steps.push_back(entry.steps[step]);
    joined.push_back(int64_t(steps.size()) - 1);
  }
  for (BufferReport &buffer : entry.buffers) {
    buffer.first = joined[buffer.first];
    buffer.last = joined[buffer.last];
  }
  entry.steps = std::move(steps);
}

static EntryReport collectEntry(func::FuncOp function, int64_t arenaBytes) {
  EntryReport entry;
  entry.name = function.getName().str();
  entry.arenaBytes = arenaBytes;
  if (auto bound = function->getAttrOfType<IntegerAttr>(plan::kLowerBoundAttr))
    entry.lowerBoundBytes = bound.getInt();
  if (auto schedule =
          function->getAttrOfType<DictionaryAttr>(plan::kScheduleAttr))
    if (auto bytes = schedule.getAs<IntegerAttr>(plan::kLiveBytes))
      entry.predictedBytes = bytes.getInt();
  plan::Lifetimes lifetimes(function);
  for (int64_t i = 0; i < lifetimes.getNumSteps(); ++i) {
    Location loc = lifetimes.getStep(i)->getLoc();
    std::string name = plan::getName(loc);
    if (name.empty())
      name = lifetimes.getStep(i)->getName().getStringRef().str();
    entry.steps.emplace_back(name, getKind(plan::getRole(loc)).str());
  }
  for (const EntryValue &arena :
       EntryPoint(function).getArguments(EntryRole::arena)) {
    for (auto [value, offset] : getBuffers(function.getArgument(arena.index))) {
      auto lifetime = lifetimes.get(value);
      if (failed(lifetime) || !*lifetime)
        continue;
      BufferReport buffer;
      buffer.name = getBufferName(value);
      buffer.bytes = getBufferBytes(value);
      buffer.offset = offset;
      buffer.first = (*lifetime)->first;
      buffer.last = (*lifetime)->last;
      // A buffer that is written before the backward pass and read in it is
      // saved.
      int64_t backward = entry.getBackwardStep();
      buffer.kind = entry.steps[buffer.first].second;
      if (buffer.first < backward && buffer.last >= backward)
        buffer.kind = "saved";
      else if (buffer.kind == "loss")
        buffer.kind = "activation";
      entry.buffers.push_back(std::move(buffer));
    }
  }
  joinSteps(entry);
  llvm::sort(entry.buffers, [](const BufferReport &a, const BufferReport &b) {
    return std::tie(a.first, a.offset, a.name) <
           std::tie(b.first, b.offset, b.name);
  });
  return entry;
}

void coppice::collect(ModuleOp module, MemoryReport &report) {
  if (auto model = module->getAttrOfType<StringAttr>(train::kModelAttr))
    report.model = model.str();
  if (auto state = module->getAttrOfType<IntegerAttr>(train::kStateBytesAttr))
    report.stateBytes = state.getInt();
  std::vector<EntryReport> entries;
  bool hasLayers = false;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isDeclaration() || !function.getBody().hasOneBlock())
      continue;
    if (EntryPoint(function).getKind() != EntryKind::Inference)
      collectSaved(function, report);
    else if (!std::exchange(hasLayers, true))
      collectLayers(function, report);
    if (auto bits = function->getAttrOfType<IntegerAttr>(kPublishedBitsAttr))
      report.publishedBits = bits.getInt();
    if (auto arena =
            function->getAttrOfType<IntegerAttr>(plan::kArenaBytesAttr))
      entries.push_back(collectEntry(function, arena.getInt()));
  }
  if (entries.empty())
    return;
  report.entries = std::move(entries);
  report.flashBytes = plan::countFlash(plan::collectFlash(module));
}
