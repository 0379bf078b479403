//===- Rectifiers.cpp - Gradients that a range gates ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Train/Transforms/Rectifiers.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::train;

static std::optional<double> getNumber(Value value) {
  DenseFPElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || !attr.isSplat())
    return std::nullopt;
  return attr.getSplatValue<APFloat>().convertToDouble();
}

/// Returns the next number of the value's format below or above a constant. A
/// closed bound is the open bound at its neighbour.
static double getNeighbour(Value value, bool below) {
  DenseFPElementsAttr attr;
  matchPattern(value, m_Constant(&attr));
  auto number = attr.getSplatValue<APFloat>();
  number.next(below);
  return number.convertToDouble();
}

/// Matches a comparison of a tensor with a constant that has no other use.
static std::optional<OpenRange> matchBound(Value condition) {
  auto compare = condition.getDefiningOp<nn::CompareOp>();
  if (!compare || !condition.hasOneUse())
    return std::nullopt;
  std::optional<double> bound = getNumber(compare.getRhs());
  if (!bound ||
      compare.getType().getShape() != compare.getLhs().getType().getShape())
    return std::nullopt;
  OpenRange range{compare.getLhs()};
  switch (compare.getPredicate()) {
  case nn::Comparison::gt:
    range.low = *bound;
    return range;
  case nn::Comparison::lt:
    range.high = *bound;
    return range;
  case nn::Comparison::ge:
    range.low = getNeighbour(compare.getRhs(), /*below=*/true);
    return range;
  case nn::Comparison::le:
    range.high = getNeighbour(compare.getRhs(), /*below=*/false);
    return range;
  default:
    return std::nullopt;
  }
}

std::optional<OpenRange> train::matchRange(Value condition) {
  auto both = condition.getDefiningOp<nn::AndOp>();
  if (!both)
    return matchBound(condition);
  std::optional<OpenRange> left = matchBound(both.getLhs()),
                           right = matchBound(both.getRhs());
  if (!left || !right || left->value != right->value || !condition.hasOneUse())
    return std::nullopt;
  left->low = std::max(left->low, right->low);
  left->high = std::min(left->high, right->high);
  return left;
}

/// Returns the rectifier whose condition is `comparison`, or a conjunction with
/// it.
static std::optional<Rectifier> matchRectifier(Operation *comparison) {
  if (!isa<nn::CompareOp>(comparison) || !comparison->hasOneUse())
    return std::nullopt;
  Operation *user = *comparison->user_begin();
  if (isa<nn::AndOp>(user) && user->hasOneUse())
    user = *user->user_begin();
  auto select = dyn_cast<nn::WhereOp>(user);
  std::optional<OpenRange> range =
      select ? matchRange(select.getCondition()) : std::nullopt;
  std::optional<double> otherwise =
      select ? getNumber(select.getRhs()) : std::nullopt;
  if (!range || !otherwise || *otherwise != 0 || !(range->low < range->high) ||
      select.getLhs().getType() != select.getType() ||
      select.getType().getShape() !=
          cast<RankedTensorType>(range->value.getType()).getShape())
    return std::nullopt;
  return Rectifier{select, *range};
}

/// Returns the tensor that `value` is a view of.
static Value getRoot(Value value) {
  while (auto planning = value.getDefiningOp<plan::PlanningOpInterface>()) {
    std::optional<unsigned> viewed =
        planning.getViewedOperand(cast<OpResult>(value).getResultNumber());
    if (!viewed && !planning.isComputedByReaders())
      break;
    value = planning->getOperand(viewed.value_or(0));
  }
  return value;
}

/// Whether `root` is live until the backward pass anyway: the function returns
/// it or a view of it, or the backward pass reads it through another edge than
/// `saved`.
static bool isKeptAnyway(Value root, SavedOp saved) {
  SmallVector<Value> names{root};
  for (size_t i = 0; i < names.size(); ++i)
    for (OpOperand &use : names[i].getUses()) {
      Operation *user = use.getOwner();
      auto edge = dyn_cast<SavedOp>(user);
      if (isa<func::ReturnOp, WriteOp>(user) ||
          (edge && edge != saved && isa<KeepAttr>(edge.getPolicy())))
        return true;
      auto planning = dyn_cast<plan::PlanningOpInterface>(user);
      if (planning &&
          (planning.getViewedOperand(0) == use.getOperandNumber() ||
           (planning.isComputedByReaders() && use.getOperandNumber() == 0)))
        names.push_back(user->getResult(0));
    }
  return false;
}

SmallVector<Rectifier>
train::findRectifiers(SavedOp saved, function_ref<void(const Twine &)> fail) {
  auto none = [&](const Twine &why) {
    fail(why);
    return SmallVector<Rectifier>();
  };
  if (!isa<KeepAttr>(saved.getPolicy()))
    return none("it is not held as it is");
  Value root = getRoot(saved.getValue());
  Operation *source = root.getDefiningOp();
  if (!source || isa<ReadOp>(source) ||
      source->hasTrait<OpTrait::ConstantLike>())
    return none("an argument, a parameter or a constant is live anyway");
  // The gradient of a quantized layer reads the real values of its codes.
  Value value = saved;
  if (auto real = dyn_cast<lowp::DequantizeOp>(*saved->user_begin()))
    value = real;
  if (value != saved.getResult() && !saved->hasOneUse())
    return none("its codes have several readers");
  auto type = cast<RankedTensorType>(value.getType());
  if (!isa<FloatType>(type.getElementType()) || type.getRank() == 0)
    return none("a mask of a single number or of integers saves nothing");
  SmallVector<Rectifier> found;
  for (Operation *user : value.getUsers()) {
    std::optional<Rectifier> rectifier = matchRectifier(user);
    if (!rectifier || rectifier->range.value != value)
      return none("the backward pass reads more of it than whether it lies in "
                  "a range");
    if (llvm::none_of(found, [&](const Rectifier &known) {
          return known.select == rectifier->select;
        }))
      found.push_back(*rectifier);
  }
  if (isKeptAnyway(root, saved))
    return none("it is returned, or another gradient reads it too");
  return found;
}
