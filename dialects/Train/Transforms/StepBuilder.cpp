//===- StepBuilder.cpp - A function that computes a loss --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/StepBuilder.h"

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Analysis/Activity.h"
#include "lib/Support/Note.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

ParameterOp coppice::train::getParameter(ReadOp read) {
  return SymbolTable::lookupNearestSymbolFrom<ParameterOp>(
      read, read.getParameterAttr());
}

FailureOr<ParameterOp>
coppice::train::getOrCreateZeroParameter(ModuleOp module, Location loc,
                                         StringRef name, RankedTensorType type,
                                         ParameterRole role) {
  if (Operation *old = SymbolTable::lookupSymbolIn(module, name)) {
    auto parameter = dyn_cast<ParameterOp>(old);
    if (parameter && parameter.getType() == type && parameter.getRole() == role)
      return parameter;
    InFlightDiagnostic diag = emitError(loc, "needs a parameter @")
                              << name << " of type " << type
                              << ", but the name is taken; rename it";
    diag.attachNote(old->getLoc()) << "taken here";
    return failure();
  }
  // Parameters are kept together, before the first function.
  OpBuilder builder(module.getBodyRegion());
  for (auto parameter : module.getOps<ParameterOp>())
    builder.setInsertionPointAfter(parameter);
  Attribute zero = builder.getZeroAttr(type);
  return ParameterOp::create(builder, loc, name, type, cast<ElementsAttr>(zero),
                             role, /*external_name=*/StringAttr(),
                             /*layout=*/DenseI64ArrayAttr(),
                             /*state_offset=*/IntegerAttr(),
                             /*quantized=*/TypeAttr());
}

/// Merges the reads of a parameter, because a gradient is with respect to one
/// value. All reads see the same value.
static SmallVector<ReadOp> mergeReads(func::FuncOp function) {
  llvm::DenseMap<StringAttr, ReadOp> first;
  SmallVector<ReadOp> reads;
  for (auto read : llvm::make_early_inc_range(function.getOps<ReadOp>())) {
    auto [it, fresh] =
        first.try_emplace(read.getParameterAttr().getAttr(), read);
    if (fresh) {
      reads.push_back(read);
      continue;
    }
    read.replaceAllUsesWith(it->second.getResult());
    read.erase();
  }
  return reads;
}

static bool isTrainable(ReadOp read) {
  ParameterOp parameter = getParameter(read);
  return parameter && parameter.getRole() == ParameterRole::weight &&
         train::detail::isRealTensor(read.getType());
}

/// Returns those of `candidates` that the loss depends on without a slope:
/// through integers, such as codes that are read at another scale, or through
/// comparisons.
static SmallVector<ParameterOp> findFlat(ArrayRef<Value> candidates, Value loss,
                                         const train::Activity &activity) {
  llvm::SetVector<Operation *> reached;
  BackwardSliceOptions options;
  options.omitBlockArguments = true;
  options.omitUsesFromAbove = false;
  SmallVector<ParameterOp> flat;
  if (failed(getBackwardSlice(loss, &reached, options)))
    return flat;
  for (Value candidate : candidates)
    if (!activity.isUseful(candidate) &&
        reached.contains(candidate.getDefiningOp()))
      flat.push_back(getParameter(candidate.getDefiningOp<ReadOp>()));
  return flat;
}

/// Returns those of `weights` that reach the loss through integers too. These
/// have no slope, so the gradient is that of the other paths.
static SmallVector<ParameterOp>
findPartlyFlat(ArrayRef<ReadOp> weights, Value loss,
               const train::Activity &activity) {
  BackwardSliceOptions options;
  options.omitBlockArguments = true;
  options.omitUsesFromAbove = false;
  llvm::SetVector<Operation *> reached, before;
  if (failed(getBackwardSlice(loss, &reached, options)))
    return {};
  auto isInteger = [](Type type) {
    Type element = getElementTypeOrSelf(type);
    return element.isInteger() && !element.isInteger(1);
  };
  for (Operation *op : reached)
    if (llvm::any_of(op->getResultTypes(), isInteger))
      for (Value operand : op->getOperands())
        if (activity.isVaried(operand)) {
          (void)getBackwardSlice(operand, &before, options);
          if (Operation *maker = operand.getDefiningOp())
            before.insert(maker);
        }
  SmallVector<ParameterOp> found;
  for (ReadOp weight : weights)
    if (before.contains(weight))
      found.push_back(getParameter(weight));
  return found;
}

FailureOr<LossFunction> coppice::train::buildLossFunction(ModuleOp module,
                                                          StringRef from,
                                                          StringRef name,
                                                          train::LossKind loss,
                                                          int64_t output) {
  auto source = module.lookupSymbol<func::FuncOp>(from);
  if (!source || source.isDeclaration())
    return module.emitError("no function @")
           << from << " to train; give its name with from=";
  if (Operation *old = module.lookupSymbol(name)) {
    InFlightDiagnostic diag = module.emitError("there is already a @") << name;
    diag.attachNote(old->getLoc()) << "here; give another name with name=";
    return failure();
  }
  if (!source.getBody().hasOneBlock())
    return source.emitOpError("cannot be trained: it must have one block");
  if (!isa<func::ReturnOp>(source.getBody().front().getTerminator()))
    return source.emitOpError(
        "cannot be trained: its body must end in func.return");
  if (output < 0 || output >= static_cast<int64_t>(source.getNumResults()))
    return source.emitOpError("has ")
           << source.getNumResults() << " results, so output=" << output
           << " names none";

  LossFunction result;
  result.function = source.clone();
  func::FuncOp function = result.function;
  function.setName(name);
  module.insert(std::next(source->getIterator()), function);
  // Erase the unfinished function on failure.
  auto fail = [&]() {
    function.erase();
    return failure();
  };

  Block &body = function.getBody().front();
  result.terminator = cast<func::ReturnOp>(body.getTerminator());
  SmallVector<ReadOp> reads = mergeReads(function);
  OpBuilder builder(result.terminator);
  Value original = result.terminator.getOperand(output);
  Location loc = inPart(StepPart::loss, original.getLoc());
  auto outputType = dyn_cast<RankedTensorType>(original.getType());
  if (!outputType || !outputType.hasStaticShape()) {
    emitError(original.getLoc(), "the output has type ")
        << original.getType() << ", but a training step needs static shapes";
    return fail();
  }

  if (auto mismatch = train::findMismatch(loss, original)) {
    emitError(original.getLoc()) << mismatch->what << "; " << mismatch->hint;
    return fail();
  }
  auto scores = dyn_cast<RankedTensorType>(original.getType());
  if (scores && train::takesClassLabels(loss) && scores.getRank() > 0 &&
      ShapedType::getNumElements(scores.getShape().drop_front()) == 1)
    emitWarning(original.getLoc())
        << "the loss " << train::stringifyLoss(loss)
        << " compares several classes, and the model gives one number for each "
           "sample: nothing will be learned; take --loss=bce-logits for two "
           "classes, or --loss=mse";
  if (source.getNumResults() > 1) {
    emitNote(source.getLoc())
        << "the loss is of output '"
        << EntryPoint(source).getResult(output).name << "', number "
        << output + 1 << " of " << source.getNumResults();
  }

  Value logits = train::skipFinalActivation(original, loss);
  bool skipped = logits != original;
  if (logits.getType() != outputType)
    logits = nn::ReshapeOp::create(builder, loc, outputType, logits);

  auto labelRole =
      RoleAttr::get(function.getContext(), EntryRole::label, "labels");
  unsigned index = function.getNumArguments();
  if (failed(function.insertArgument(
          index, train::labelType(loss, outputType), labelRole.asDictionary(),
          NameLoc::get(labelRole.getName(), original.getLoc()))))
    return fail();
  Value labels = body.getArgument(index);

  FailureOr<Value> value = train::buildLoss(builder, loc, loss, logits, labels);
  if (failed(value))
    return fail();
  result.loss = *value;

  // The function returns the loss, then the outputs, with logits in place of a
  // skipped activation.
  result.terminator->setOperand(output, logits);
  if (skipped) {
    EntryPoint(function).setResultRole(
        output,
        RoleAttr::get(function.getContext(), EntryRole::output, "logits"));
    while (original.getDefiningOp() && original.use_empty()) {
      Operation *dead = original.getDefiningOp();
      if (!isPure(dead) || dead->getNumOperands() == 0)
        break;
      original = dead->getOperand(0);
      dead->erase();
    }
  }
  if (failed(function.insertResult(
          0, result.loss.getType(),
          RoleAttr::get(function.getContext(), EntryRole::loss, "loss")
              .asDictionary())))
    return fail();
  result.terminator->insertOperands(0, result.loss);

  SmallVector<Value> candidates;
  for (ReadOp read : reads)
    if (isTrainable(read))
      candidates.push_back(read);
  train::Activity activity(body, result.loss, candidates);
  SmallVector<Value> weights;
  for (Value candidate : candidates)
    if (activity.isUseful(candidate)) {
      weights.push_back(candidate);
      result.weights.push_back(candidate.getDefiningOp<ReadOp>());
    }
  result.flat = findFlat(candidates, result.loss, activity);
  result.partlyFlat = findPartlyFlat(result.weights, result.loss, activity);
  if (weights.empty()) {
    source.emitOpError("has nothing to train: the loss depends on no "
                       "float or quantized parameter of role weight");
    return fail();
  }
  SmallVector<Type> types = llvm::map_to_vector(
      TypeRange(weights), [](Type type) { return lowp::getRealTensor(type); });
  result.gradient = GradientOp::create(builder, loc, types, result.loss,
                                       weights, /*seed=*/Value());
  return result;
}
