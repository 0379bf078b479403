//===- PruneBackward.cpp - Removes frozen parameters ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/IR/Train.h"
#include "dialects/Train/Transforms/ApplyScheme.h"
#include "dialects/Train/Transforms/LatentWeights.h"
#include "dialects/Train/Transforms/Passes.h"
#include "dialects/Train/Transforms/Scaling.h"
#include "dialects/Train/Transforms/SplitParameter.h"
#include "dialects/Train/Transforms/StepBuilder.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINPRUNEBACKWARD
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
struct PruneBackward : impl::TrainPruneBackwardBase<PruneBackward> {
  using TrainPruneBackwardBase::TrainPruneBackwardBase;

  void runOnOperation() override;

private:
  LogicalResult prune(func::FuncOp function, GradientOp request);
  /// Reports a scheme for a name that is no parameter: with a typo the
  /// parameter would be trained in full.
  LogicalResult checkSchemes(func::FuncOp function);
  /// Reports a user of `gradient` other than the update of its own parameter,
  /// the state of that update and a return of the gradient itself: it would
  /// lose an operand.
  LogicalResult checkUses(ReadOp read, Value gradient);
  /// Removes every op that depends on `gradient`: updates, writes, results.
  void dropUses(func::FuncOp function, Value gradient);
  /// Rebuilds the ops that depend on `gradient` on the trained slice.
  LogicalResult narrowUses(func::FuncOp function, ReadOp read, Value gradient,
                           UpdateSchemeAttr update);
  void eraseUnusedParameters();
};

/// Returns the ops that depend on `value`, in order.
SmallVector<Operation *> dependents(Value value) {
  SetVector<Operation *> slice;
  getForwardSlice(value, &slice);
  auto ordered = slice.takeVector();
  llvm::sort(ordered,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  return ordered;
}
} // namespace

LogicalResult PruneBackward::checkSchemes(func::FuncOp function) {
  auto schemes = function->getAttrOfType<DictionaryAttr>(kSchemesAttr);
  if (!schemes)
    return success();
  for (NamedAttribute entry : schemes) {
    StringRef name = entry.getName();
    if (!getOperation().lookupSymbol<ParameterOp>(name) &&
        !getOperation().lookupSymbol<ParameterOp>((name + ".trained").str()))
      return function.emitOpError("has a scheme for @")
             << name << ", but no parameter has that name";
  }
  return success();
}

LogicalResult PruneBackward::checkUses(ReadOp read, Value gradient) {
  auto belongs = [&](Operation *op) {
    if (auto update = dyn_cast<UpdateOp>(op)) {
      auto of = update.getParameter().getDefiningOp<ReadOp>();
      return of && of.getParameterAttr() == read.getParameterAttr();
    }
    if (auto write = dyn_cast<WriteOp>(op)) {
      auto to = SymbolTable::lookupNearestSymbolFrom<ParameterOp>(
          op, write.getParameterAttr());
      return write.getParameterAttr() == read.getParameterAttr() ||
             (to && to.getRole() == ParameterRole::slot);
    }
    return !isa<GradientOp>(op);
  };
  SmallVector<Operation *> users = dependents(gradient);
  for (Operation *op : users) {
    bool fits = isa<func::ReturnOp>(op)
                    ? llvm::none_of(op->getOperands(),
                                    [&](Value value) {
                                      return llvm::is_contained(
                                          users, value.getDefiningOp());
                                    })
                    : belongs(op);
    if (fits)
      continue;
    InFlightDiagnostic diag = op->emitError("depends on the gradient of @")
                              << read.getParameter()
                              << ", which the scheme does not train, or not "
                                 "all of";
    diag.attachNote(read.getLoc())
        << "a gradient may be returned or end in the update of its own "
           "parameter; anything else needs it whole";
    return diag;
  }
  return success();
}

void PruneBackward::dropUses(func::FuncOp function, Value gradient) {
  SmallVector<Operation *> users = dependents(gradient);
  for (Operation *op : llvm::reverse(users)) {
    if (auto terminator = dyn_cast<func::ReturnOp>(op)) {
      // A function may return the gradient itself; such results are removed.
      llvm::BitVector dead(terminator.getNumOperands());
      for (auto [i, operand] : llvm::enumerate(terminator.getOperands()))
        dead[i] = operand == gradient;
      terminator->eraseOperands(dead);
      (void)function.eraseResults(dead);
      continue;
    }
    op->erase();
  }
}

/// Sets the attributes of `step`, the update of a slice, that depend on the
/// scales of the whole parameter.
static void narrowScales(UpdateOp step, UpdateOp whole,
                         UpdateSchemeAttr update) {
  quant::QuantizedType type =
      whole.getLatent()
          ? cast<quant::QuantizedType>(*whole.getLatent())
          : lowp::getQuantizedType(whole.getParameter().getType());
  if (!type)
    return;
  step.setLargestScale(llvm::APFloat(getLargestScale(type)));
  if (whole.getLatent())
    step.setLatent(
        lowp::takeIndices(type, update.getAxis(), update.getIndices()));
}

LogicalResult PruneBackward::narrowUses(func::FuncOp function, ReadOp read,
                                        Value gradient,
                                        UpdateSchemeAttr update) {
  FailureOr<SplitParameter> split =
      splitParameter(getOperation(), getParameter(read), update);
  if (failed(split))
    return failure();
  SmallVector<Operation *> users = dependents(gradient);
  ArrayRef<int64_t> fullShape =
      cast<RankedTensorType>(read.getType()).getShape();
  // Types with the parameter's shape (slots, codes) get the slice's shape.
  auto narrowType = [&](Type type) -> Type {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || tensor.getShape() != fullShape)
      return type;
    RankedTensorType trainedType = split->trained.getValueType();
    Type element = tensor.getElementType();
    if (quant::QuantizedType quantized = lowp::getQuantizedType(type))
      element =
          lowp::takeIndices(quantized, update.getAxis(), update.getIndices());
    return lowp::withElement(trainedType, element);
  };

  OpBuilder builder(read);
  // The request has the location of the loss, the slice's gradient that of its
  // parameter.
  Location loc = inPart(StepPart::gradient, getParameter(read).getLoc());
  Value trained =
      ReadOp::create(builder, read.getLoc(), split->trained.getValueType(),
                     FlatSymbolRefAttr::get(split->trained.getSymNameAttr()));
  builder.setInsertionPointAfterValue(gradient);
  Value indices = createIndices(builder, loc, update.getIndices());
  Value narrow =
      nn::GatherOp::create(builder, loc, gradient, indices, update.getAxis());

  IRMapping mapping;
  mapping.map(read.getResult(), trained);
  mapping.map(gradient, narrow);
  for (Operation *op : users) {
    if (auto terminator = dyn_cast<func::ReturnOp>(op)) {
      for (OpOperand &operand : terminator->getOpOperands()) {
        if (operand.get() != gradient)
          continue;
        unsigned i = operand.getOperandNumber();
        operand.set(narrow);
        SmallVector<Type> results(function.getResultTypes());
        results[i] = narrow.getType();
        function.setType(
            builder.getFunctionType(function.getArgumentTypes(), results));
        EntryPoint entry(function);
        if (EntryValue result = entry.getResult(i);
            result.role == EntryRole::gradient)
          entry.setResultRole(
              i, RoleAttr::getGradient(
                     result.name,
                     FlatSymbolRefAttr::get(split->trained.getSymNameAttr())));
      }
      continue;
    }
    // Slots have the parameter's type, so their reads shrink with it.
    for (Value operand : op->getOperands()) {
      auto stored = operand.getDefiningOp<quant::StorageCastOp>();
      if (stored && stored.getInput() == read && !mapping.contains(operand)) {
        builder.setInsertionPoint(op);
        mapping.map(operand,
                    quant::StorageCastOp::create(
                        builder, loc, narrowType(operand.getType()), trained)
                        .getResult());
        continue;
      }
      auto slotRead = operand.getDefiningOp<ReadOp>();
      if (!slotRead || mapping.contains(operand))
        continue;
      ParameterOp slot = getParameter(slotRead);
      if (slot.getRole() != ParameterRole::slot)
        continue;
      Type type = narrowType(slot.getType());
      if (slot.getType() != type) {
        slot.setTypeAttr(TypeAttr::get(type));
        slot.setValueAttr(cast<ElementsAttr>(builder.getZeroAttr(type)));
      }
      slotRead.getResult().setType(cast<RankedTensorType>(type));
      mapping.map(operand, operand);
    }
    builder.setInsertionPoint(op);
    Operation *copy = builder.clone(*op, mapping);
    for (OpResult result : copy->getResults())
      result.setType(narrowType(result.getType()));
    if (auto step = dyn_cast<UpdateOp>(copy))
      narrowScales(step, cast<UpdateOp>(op), update);
    if (auto write = dyn_cast<WriteOp>(copy);
        write && write.getParameterAttr() == read.getParameterAttr())
      write.setParameterAttr(
          FlatSymbolRefAttr::get(split->trained.getSymNameAttr()));
  }
  for (Operation *op : llvm::reverse(users))
    if (!isa<func::ReturnOp>(op))
      op->erase();
  return success();
}

LogicalResult PruneBackward::prune(func::FuncOp function, GradientOp request) {
  auto schemes = function->getAttrOfType<DictionaryAttr>(kSchemesAttr);
  if (!schemes)
    return success();
  SmallVector<Value> kept, keptGradients;
  SmallVector<std::pair<ReadOp, UpdateSchemeAttr>> partial;
  SmallVector<Value> partialGradients;
  for (auto [value, gradient] :
       llvm::zip_equal(request.getWrt(), request.getGradients())) {
    auto read = value.getDefiningOp<ReadOp>();
    auto update =
        read
            ? schemes.getAs<UpdateSchemeAttr>(read.getParameterAttr().getAttr())
            : UpdateSchemeAttr();
    if (update && update.getKind() != UpdateKind::full &&
        failed(checkUses(read, gradient)))
      return failure();
    if (update && update.getKind() == UpdateKind::none) {
      dropUses(function, gradient);
      continue;
    }
    if (update && update.getKind() == UpdateKind::channels &&
        failed(narrowUses(function, read, gradient, update)))
      return failure();
    kept.push_back(value);
    keptGradients.push_back(gradient);
  }
  if (kept.size() == request.getWrt().size())
    return success();
  if (kept.empty())
    return request.emitError("the scheme leaves nothing to train");
  OpBuilder builder(request);
  auto fewer = GradientOp::create(builder, request.getLoc(),
                                  TypeRange(ValueRange(keptGradients)),
                                  request.getLoss(), kept, request.getSeed());
  for (auto [old, fresh] : llvm::zip_equal(keptGradients, fewer.getGradients()))
    old.replaceAllUsesWith(fresh);
  request.erase();
  return success();
}

void PruneBackward::eraseUnusedParameters() {
  // Erase unused reads first: they keep slots alive.
  getOperation().walk([](ReadOp read) {
    if (read.use_empty())
      read.erase();
  });
  llvm::DenseSet<StringAttr> used;
  getOperation().walk([&](Operation *op) {
    if (auto read = dyn_cast<ReadOp>(op))
      used.insert(read.getParameterAttr().getAttr());
    if (auto write = dyn_cast<WriteOp>(op))
      used.insert(write.getParameterAttr().getAttr());
  });
  for (auto parameter :
       llvm::make_early_inc_range(getOperation().getOps<ParameterOp>()))
    if (parameter.getRole() == ParameterRole::slot &&
        !used.contains(parameter.getSymNameAttr()))
      parameter.erase();
}

void PruneBackward::runOnOperation() {
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (failed(checkSchemes(function)))
      return signalPassFailure();
  for (auto function : getOperation().getOps<func::FuncOp>()) {
    auto requests = llvm::to_vector(function.getOps<GradientOp>());
    for (GradientOp request : requests)
      if (failed(prune(function, request)))
        return signalPassFailure();
  }
  if (failed(replaceSplitReads(getOperation())))
    return signalPassFailure();
  dropUntrainedLatents(getOperation());
  eraseUnusedParameters();
}
} // namespace coppice::train
