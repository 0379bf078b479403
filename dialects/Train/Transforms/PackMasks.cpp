//===- PackMasks.cpp - A bit where a rectifier saved its result -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Transforms/ExpandGradient.h"
#include "dialects/Train/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINPACKMASKS
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
/// low < value < high.
struct Range {
  Value value;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

bool isGradientPart(Operation *op) {
  auto loc = dyn_cast<FusedLoc>(op->getLoc());
  return loc && getPart(loc) == StepPart::gradient;
}

std::optional<double> getNumber(Value value) {
  DenseFPElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || !attr.isSplat())
    return std::nullopt;
  return attr.getSplatValue<APFloat>().convertToDouble();
}

/// The next number of its format below or above a constant: a range with its
/// end is one without the neighbour.
double getNeighbour(Value value, bool below) {
  DenseFPElementsAttr attr;
  matchPattern(value, m_Constant(&attr));
  auto number = attr.getSplatValue<APFloat>();
  number.next(below);
  return number.convertToDouble();
}

/// A comparison of a tensor with a number, which nothing else reads.
std::optional<Range> matchBound(Value condition) {
  auto compare = condition.getDefiningOp<nn::CompareOp>();
  if (!compare || !condition.hasOneUse() || !isGradientPart(compare))
    return std::nullopt;
  std::optional<double> bound = getNumber(compare.getRhs());
  if (!bound ||
      compare.getType().getShape() != compare.getLhs().getType().getShape())
    return std::nullopt;
  Range range{compare.getLhs()};
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

std::optional<Range> matchRange(Value condition) {
  auto both = condition.getDefiningOp<nn::AndOp>();
  if (!both)
    return matchBound(condition);
  std::optional<Range> left = matchBound(both.getLhs()),
                       right = matchBound(both.getRhs());
  if (!left || !right || left->value != right->value || !condition.hasOneUse())
    return std::nullopt;
  left->low = std::max(left->low, right->low);
  left->high = std::min(left->high, right->high);
  return left;
}

/// The tensor whose bytes `value` is a name of.
Value getRoot(Value value) {
  while (auto planning = value.getDefiningOp<plan::PlanningOpInterface>()) {
    std::optional<unsigned> viewed =
        planning.getViewedOperand(cast<OpResult>(value).getResultNumber());
    if (!viewed && !planning.isComputedByReaders())
      break;
    value = planning->getOperand(viewed.value_or(0));
  }
  return value;
}

/// What the forward pass made for the backward pass to read `value`: itself, or
/// the codes that a quantized layer's gradient dequantizes.
Value getSaved(Value value) {
  auto real = value.getDefiningOp<lowp::DequantizeOp>();
  return real && isGradientPart(real) ? real.getInput() : value;
}

/// Whether the backward pass reads `root`, or a view of it, but for the
/// comparisons of `value`; or the caller gets it.
bool isKeptAnyway(Value root, Value value) {
  SmallVector<Value> names{root};
  for (size_t i = 0; i < names.size(); ++i)
    for (OpOperand &use : names[i].getUses()) {
      Operation *user = use.getOwner();
      if (isa<func::ReturnOp, WriteOp>(user))
        return true;
      auto planning = dyn_cast<plan::PlanningOpInterface>(user);
      if (planning && (planning.getViewedOperand(0) == use.getOperandNumber() ||
                       (planning.isComputedByReaders() &&
                        use.getOperandNumber() == 0)))
        names.push_back(user->getResult(0));
      else if (isGradientPart(user) &&
               !(names[i] == value && user->hasOneUse() &&
                 matchBound(user->getResult(0))))
        return true;
    }
  return false;
}

/// Whether a reader of `gradient` wants it with a border, which a select by
/// mask cannot write at once.
bool wantsBorder(Value gradient) {
  return llvm::any_of(gradient.getUses(), [&](OpOperand &use) {
    auto reader = dyn_cast<plan::PlanningOpInterface>(use.getOwner());
    return reader && reader.getBorder(use.getOperandNumber());
  });
}

struct PackMasks : impl::TrainPackMasksBase<PackMasks> {
  using TrainPackMasksBase::TrainPackMasksBase;

  void runOnOperation() override {
    SmallVector<std::pair<nn::WhereOp, Range>> found;
    int64_t saved = 0, largest = 0;
    bool copies = false;
    for (auto select : getOperation().getOps<nn::WhereOp>())
      if (std::optional<Range> range = match(select)) {
        int64_t bytes = plan::getStoredBytes(getSaved(range->value).getType());
        saved += bytes;
        largest = std::max(largest, bytes);
        copies |= wantsBorder(select);
        found.emplace_back(select, *range);
      }
    // A copy for a border costs what one mask saves: others must save more.
    if (copies && saved < 2 * largest)
      return;
    for (auto [select, range] : found)
      pack(select, range);
  }

  std::optional<Range> match(nn::WhereOp select) {
    std::optional<Range> range = matchRange(select.getCondition());
    std::optional<double> otherwise = getNumber(select.getRhs());
    if (!range || !isGradientPart(select) || !otherwise || *otherwise != 0)
      return std::nullopt;
    auto type = cast<RankedTensorType>(range->value.getType());
    Operation *maker = getSaved(range->value).getDefiningOp();
    if (!maker || isGradientPart(maker) || !(range->low < range->high) ||
        !isa<FloatType>(type.getElementType()) || type.getRank() == 0 ||
        select.getLhs().getType() != select.getType() ||
        select.getType().getShape() != type.getShape())
      return std::nullopt;
    Value root = getRoot(range->value);
    Operation *source = root.getDefiningOp();
    if (!source || isa<ReadOp>(source) ||
        source->hasTrait<OpTrait::ConstantLike>() ||
        isKeptAnyway(root, range->value))
      return std::nullopt;
    return range;
  }

  void pack(nn::WhereOp select, Range range) {
    Value value = range.value, gradient = select.getLhs();
    auto type = cast<RankedTensorType>(value.getType());
    Value saved = getSaved(value);
    Operation *maker = saved.getDefiningOp();
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfter(maker);
    if (saved != value)
      value = lowp::DequantizeOp::create(builder, maker->getLoc(), type, saved);
    auto maskType = RankedTensorType::get(
        {lowp::getMaskBytes(type.getNumElements())}, builder.getI8Type());
    Value mask = lowp::RangeMaskOp::create(builder, maker->getLoc(), maskType,
                                           value, llvm::APFloat(range.low),
                                           llvm::APFloat(range.high));
    builder.setInsertionPoint(select);
    auto masked = lowp::SelectByMaskOp::create(
        builder, select.getLoc(), gradient.getType(), gradient, mask);
    if (Attribute mark = select->getAttr(train::kActivationGradientAttr))
      masked->setAttr(train::kActivationGradientAttr, mark);
    select.replaceAllUsesWith(masked.getResult());
    // The comparisons have no reader left.
    select.erase();
  }
};
} // namespace
} // namespace coppice::train
