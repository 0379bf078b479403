//===- ExpandGradient.cpp - Expansion of a gradient request -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/ExpandGradient.h"

#include "dialects/Coppice/IR/Names.h"
#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Analysis/Activity.h"
#include "dialects/Train/Analysis/QuantizedLayers.h"
#include "dialects/Train/Transforms/Approximations.h"
#include "dialects/Train/Transforms/RealLayer.h"
#include "lib/Support/Remarks.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;
using train::GradientContext;
using train::GradientOp;
using train::GradientOpInterface;

Location coppice::train::gradientLoc(Location of) {
  return train::inPart(train::StepPart::gradient, of);
}

namespace {
/// Expands one gradient request to its backward pass.
class Expansion {
public:
  Expansion(GradientOp request)
      : request(request), builder(request), lastForward(request->getPrevNode()),
        activity(*request->getBlock(), request.getLoss(), request.getWrt()) {
    findActivations();
  }

  LogicalResult run();

private:
  LogicalResult reportMissingRules();
  LogicalResult reportClamps();
  LogicalResult reportReinterpretedCodes();
  /// Finds the function's approximations, and reports one that applies to no
  /// op.
  LogicalResult findApproximations(FunctionOpInterface function);
  const Approximation *getApproximation(Operation &op) const;
  LogicalResult differentiate(GradientOpInterface op);
  /// Returns the forward value `value` as the backward pass reads it.
  Value read(Value value);
  /// Returns the gradient of an activation as its consumers read it.
  Value store(Value gradient);
  /// Finds the values that depend on a function's argument, if their gradients
  /// are stored in a narrower format.
  void findActivations();
  /// Adds a contribution to the gradient of `value`.
  LogicalResult contribute(Operation *from, Value value, Value gradient);
  /// Marks the results of `function` that are approximate gradients.
  void markApproximateResults(FunctionOpInterface function);

  GradientOp request;
  /// New ops go before the request, behind all ops that are differentiated:
  /// first the edges from forward to backward, behind `lastForward`, then the
  /// backward ops.
  OpBuilder builder;
  Operation *lastForward;
  Activity activity;
  DenseMap<Value, Value> gradients;
  DenseMap<Value, train::SavedOp> saved;
  /// The policy of gradients of activations; null if they stay in f32.
  train::SavePolicyAttrInterface format;
  DenseSet<Value> activations;
  /// The approximations that replace a gradient rule.
  SmallVector<const Approximation *> approximations;
  /// Values whose gradient an approximate rule took part in.
  DenseSet<Value> approximate;
};
} // namespace

LogicalResult Expansion::reportMissingRules() {
  SmallVector<Operation *> offenders;
  for (Operation &op : *request->getBlock())
    if (!isa<GradientOpInterface>(op) && activity.isOnPath(op))
      offenders.push_back(&op);
  if (offenders.empty())
    return success();
  InFlightDiagnostic diag =
      request.emitError("cannot build the gradient: ")
      << offenders.size() << (offenders.size() == 1 ? " op" : " ops")
      << " between the loss and what it is differentiated for "
      << (offenders.size() == 1 ? "has" : "have")
      << " no gradient rule; freeze the parameters before them, or implement "
         "GradientOpInterface";
  for (Operation *op : offenders)
    diag.attachNote(op->getLoc()) << op->getName() << " has no gradient rule";
  return diag;
}

/// A layer that clamps and has no mask would pass its gradient everywhere.
LogicalResult Expansion::reportClamps() {
  SmallVector<Operation *> offenders;
  for (Operation &op : *request->getBlock())
    if (mayClamp(op) && activity.isOnPath(op))
      offenders.push_back(&op);
  if (offenders.empty())
    return success();
  InFlightDiagnostic diag =
      request.emitError("cannot build the gradient: ")
      << offenders.size()
      << (offenders.size() == 1 ? " layer clamps" : " layers clamp")
      << " inside, and no mask says where; run --lowp-split-clamps "
         "before --train-autodiff";
  for (Operation *op : offenders)
    diag.attachNote(op->getLoc()) << op->getName() << " clamps";
  return diag;
}

/// An op that reads codes at another scale than they were written with has a
/// slope in real numbers, but it computes on integers, which have none.
LogicalResult Expansion::reportReinterpretedCodes() {
  SmallVector<Operation *> offenders;
  for (Operation &op : *request->getBlock()) {
    auto read = dyn_cast<quant::StorageCastOp>(op);
    if (!read || !activity.isUseful(read.getResult()))
      continue;
    auto codes = read.getInput().getDefiningOp<quant::StorageCastOp>();
    if (codes && activity.isVaried(codes.getInput()))
      offenders.push_back(&op);
  }
  if (offenders.empty())
    return success();
  InFlightDiagnostic diag =
      request.emitError("cannot build the gradient: codes are read with "
                        "another scale or zero point than they were written "
                        "with; freeze the parameters before them, or quantize "
                        "and dequantize with the same ones");
  for (Operation *op : offenders)
    diag.attachNote(op->getLoc()) << "read here";
  return diag;
}

void Expansion::findActivations() {
  format =
      request->getParentOp()->getAttrOfType<train::SavePolicyAttrInterface>(
          train::kGradientFormatAttr);
  if (!format)
    return;
  auto isActivation = [&](Value value) {
    return isa<BlockArgument>(value) || activations.contains(value);
  };
  for (Operation &op : *request->getBlock())
    if (llvm::any_of(op.getOperands(), isActivation))
      activations.insert(op.result_begin(), op.result_end());
}

Value Expansion::read(Value value) {
  // A parameter or a constant is live anyway and needs no `train.saved`.
  Operation *def = value.getDefiningOp();
  if (isa_and_nonnull<train::ReadOp, train::SavedOp>(def) ||
      matchPattern(value, m_Constant()))
    return value;
  train::SavedOp &edge = saved[value];
  if (edge)
    return edge;
  OpBuilder::InsertionGuard guard(builder);
  if (lastForward)
    builder.setInsertionPointAfter(lastForward);
  else
    builder.setInsertionPointToStart(request->getBlock());
  edge =
      train::SavedOp::create(builder, gradientLoc(value.getLoc()),
                             train::KeepAttr::get(builder.getContext()), value);
  lastForward = edge;
  return edge;
}

Value Expansion::store(Value gradient) {
  Operation *def = gradient.getDefiningOp();
  if (isa_and_nonnull<train::SavedOp>(def) ||
      !format.getSavedType(cast<RankedTensorType>(gradient.getType())))
    return gradient;
  OpBuilder::InsertionGuard guard(builder);
  if (def)
    builder.setInsertionPointAfter(def);
  return train::SavedOp::create(builder, gradient.getLoc(), format, gradient);
}

LogicalResult Expansion::contribute(Operation *from, Value value,
                                    Value gradient) {
  Type type = lowp::getRealTensor(value.getType());
  // The gradient of a conversion between formats may have another type than the
  // operand: it passes as it is.
  if (isa_and_nonnull<lowp::LowPDialect>(from->getDialect()) &&
      gradient.getType() != type)
    gradient = nn::CastOp::create(builder, gradientLoc(from->getLoc()), type,
                                  gradient);
  if (gradient.getType() != type)
    return from->emitOpError("gradient rule returned ")
           << gradient.getType() << " for an operand of type "
           << value.getType();
  bool isStored = activations.contains(value);
  if (isStored)
    gradient = store(gradient);
  Value &sum = gradients[value];
  if (sum) {
    gradient =
        nn::AddOp::create(builder, gradientLoc(value.getLoc()), sum, gradient);
    if (isStored)
      gradient = store(gradient);
  }
  sum = gradient;
  return success();
}

LogicalResult Expansion::findApproximations(FunctionOpInterface function) {
  FailureOr<SmallVector<const Approximation *>> asked =
      readApproximations(function);
  if (failed(asked))
    return failure();
  for (const Approximation *approximation : *asked)
    if (approximation->replacesRule)
      approximations.push_back(approximation);
  for (const Approximation *approximation : approximations)
    if (llvm::none_of(*request->getBlock(), approximation->replacesRule))
      return reportUnused(request.getLoc(), *approximation);
  for (const Approximation *approximation : approximations)
    if (llvm::none_of(*request->getBlock(), [&](Operation &op) {
          return approximation->replacesRule(op) && activity.isOnPath(op);
        }))
      warnUntrained(request.getLoc(), *approximation);
  return success();
}

const Approximation *Expansion::getApproximation(Operation &op) const {
  const auto *it = llvm::find_if(approximations, [&](const Approximation *a) {
    return a->replacesRule(op);
  });
  return it == approximations.end() ? nullptr : *it;
}

void Expansion::markApproximateResults(FunctionOpInterface function) {
  for (auto [value, gradient] :
       llvm::zip_equal(request.getWrt(), request.getGradients())) {
    if (!approximate.contains(value))
      continue;
    for (OpOperand &use : gradient.getUses())
      if (use.getOwner()->hasTrait<OpTrait::ReturnLike>())
        function.setResultAttr(use.getOperandNumber(), kApproximateGradientAttr,
                               builder.getUnitAttr());
  }
}

LogicalResult Expansion::differentiate(GradientOpInterface op) {
  llvm::SmallBitVector wanted(op->getNumOperands());
  for (OpOperand &operand : op->getOpOperands())
    wanted[operand.getOperandNumber()] = activity.isWanted(operand);
  SmallVector<Value> resultGradients;
  for (Value result : op->getResults())
    resultGradients.push_back(gradients.lookup(result));
  if (wanted.none() ||
      llvm::none_of(resultGradients, [](Value v) { return bool(v); }))
    return success();

  Location loc = gradientLoc(op.getLoc());
  std::optional<RealLayer> real;
  if (isQuantizedLayer(*op))
    real.emplace(builder, loc, op);
  GradientOpInterface rule = real ? real->getOp() : op;
  SmallVector<Value> named;
  rule.getGradientReads(wanted, named);
  Value unnamed;
  auto readNamed = [&](Value value) {
    if (!llvm::is_contained(named, value))
      unnamed = value;
    return real && real->owns(value) ? value : read(value);
  };
  GradientContext ctx{builder, loc, readNamed};
  SmallVector<Value> operandGradients(op->getNumOperands());
  const Approximation *approximation = getApproximation(*op);
  if (approximation) {
    decisionRemark(op, RemarkCategory::Format, "approximation")
        << remark::reason("{0} takes the place of the gradient",
                          approximation->name);
    approximation->buildGradient(ctx, *rule, real.has_value(), resultGradients,
                                 operandGradients);
  } else {
    if (failed(
            rule.buildGradient(ctx, resultGradients, wanted, operandGradients)))
      return failure();
    if (unnamed)
      return op->emitOpError("gradient rule reads a value that its "
                             "getGradientReads does not name");
  }
  bool isApproximate =
      approximation || llvm::any_of(op->getResults(), [&](Value result) {
        return approximate.contains(result);
      });
  for (unsigned i : wanted.set_bits()) {
    if (isApproximate)
      approximate.insert(op->getOperand(i));
    if (!operandGradients[i]) {
      if (approximation)
        continue;
      return op->emitOpError("gradient rule built no gradient of operand ")
             << i;
    }
    if (failed(contribute(op, op->getOperand(i), operandGradients[i])))
      return failure();
  }
  if (real)
    real->finish([&](Value value) { return read(value); });
  return success();
}

LogicalResult Expansion::run() {
  auto function = dyn_cast<FunctionOpInterface>(request->getParentOp());
  if (!function || !function.getFunctionBody().hasOneBlock())
    return request.emitError("must stand in the body of a function with one "
                             "block, where all control flow is data flow");
  if (failed(reportMissingRules()) || failed(reportClamps()) ||
      failed(reportReinterpretedCodes()) ||
      failed(findApproximations(function)))
    return failure();

  Value seed = request.getSeed();
  double scale = 1;
  if (auto attr = function->getAttrOfType<FloatAttr>(kLossScaleAttr))
    scale = attr.getValueAsDouble();
  if (!seed)
    seed = nn::createSplat(builder, gradientLoc(request.getLoss().getLoc()),
                           request.getLoss().getType(), scale);
  gradients[request.getLoss()] = seed;

  // The walk starts at the loss and so never meets new ops.
  if (Operation *last = request.getLoss().getDefiningOp())
    for (Operation *op = last; op; op = op->getPrevNode())
      if (auto rule = dyn_cast<GradientOpInterface>(op))
        if (failed(differentiate(rule)))
          return failure();

  markApproximateResults(function);
  SmallVector<Value> results;
  for (Value value : request.getWrt()) {
    Value gradient = gradients.lookup(value);
    if (!gradient)
      gradient = nn::createSplat(builder, gradientLoc(value.getLoc()),
                                 lowp::getRealTensor(value.getType()), 0.0);
    // An update reads the gradient before it is narrowed.
    auto stored = gradient.getDefiningOp<train::SavedOp>();
    if (stored && stored.getPolicy() == format)
      gradient = stored.getValue();
    if (scale != 1) {
      Type element = getElementTypeOrSelf(gradient.getType());
      Location loc = gradientLoc(value.getLoc());
      gradient = nn::MulOp::create(
          builder, loc, gradient,
          nn::createSplat(builder, loc, RankedTensorType::get({}, element),
                          1 / scale));
    }
    results.push_back(gradient);
  }
  request.replaceAllUsesWith(results);
  request.erase();
  // A gradient rule may read values that its gradient does not depend on.
  for (auto [value, edge] : saved)
    if (edge.use_empty())
      edge.erase();
  return success();
}

LogicalResult coppice::train::expandGradient(GradientOp request) {
  return Expansion(request).run();
}
