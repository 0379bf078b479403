//===- PackMasks.cpp - Masks for the gradients of rectifiers ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/IR/NN.h"
#include "dialects/Train/Transforms/Passes.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace coppice::train {
#define GEN_PASS_DEF_TRAINPACKMASKS
#include "dialects/Train/Transforms/Passes.h.inc"

namespace {
/// The open range low < value < high.
struct Range {
  Value value;
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

/// A gradient that passes where a saved value lies in a range.
struct Rectifier {
  nn::WhereOp select;
  Range range;
};

/// Called with the reason why there is no mask; null if no caller asks.
using Reason = llvm::function_ref<void(const Twine &)>;

std::optional<double> getNumber(Value value) {
  DenseFPElementsAttr attr;
  if (!matchPattern(value, m_Constant(&attr)) || !attr.isSplat())
    return std::nullopt;
  return attr.getSplatValue<APFloat>().convertToDouble();
}

/// Returns the next number of the value's format below or above a constant. A
/// closed bound is the open bound at its neighbour.
double getNeighbour(Value value, bool below) {
  DenseFPElementsAttr attr;
  matchPattern(value, m_Constant(&attr));
  auto number = attr.getSplatValue<APFloat>();
  number.next(below);
  return number.convertToDouble();
}

/// Matches a comparison of a tensor with a constant that has no other use.
std::optional<Range> matchBound(Value condition) {
  auto compare = condition.getDefiningOp<nn::CompareOp>();
  if (!compare || !condition.hasOneUse())
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

/// Returns the rectifier whose condition is `comparison`, or a conjunction with
/// it.
std::optional<Rectifier> matchRectifier(Operation *comparison) {
  if (!isa<nn::CompareOp>(comparison) || !comparison->hasOneUse())
    return std::nullopt;
  Operation *user = *comparison->user_begin();
  if (isa<nn::AndOp>(user) && user->hasOneUse())
    user = *user->user_begin();
  auto select = dyn_cast<nn::WhereOp>(user);
  std::optional<Range> range =
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

/// Whether `root` is live until the backward pass anyway: the function returns
/// it or a view of it, or the backward pass reads it through another edge than
/// `saved`.
bool isKeptAnyway(Value root, SavedOp saved) {
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

/// Returns the rectifiers that read a saved value, if they are its only readers
/// and a mask can take its place.
SmallVector<Rectifier> findRectifiers(SavedOp saved, Reason fail) {
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

/// Whether a consumer of `gradient` reads it with a border. A select by mask
/// cannot write the border in the same kernel.
bool wantsBorder(Value gradient) {
  return llvm::any_of(gradient.getUses(), [&](OpOperand &use) {
    if (auto stored = dyn_cast<SavedOp>(use.getOwner()))
      return wantsBorder(stored);
    auto reader = dyn_cast<plan::PlanningOpInterface>(use.getOwner());
    return reader && reader.getBorder(use.getOperandNumber());
  });
}

/// Returns the edge through which `value` reaches the backward pass, perhaps as
/// codes.
SavedOp getEdge(Value value) {
  if (auto real = value.getDefiningOp<lowp::DequantizeOp>())
    value = real.getInput();
  return value.getDefiningOp<SavedOp>();
}

struct PackMask : OpRewritePattern<nn::WhereOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(nn::WhereOp select,
                                PatternRewriter &rewriter) const override {
    std::optional<Range> range = matchRange(select.getCondition());
    SavedOp saved = range ? getEdge(range->value) : SavedOp();
    if (!saved)
      return rewriter.notifyMatchFailure(
          select, "its condition is not a range of a saved value");
    SmallVector<Rectifier> found = findRectifiers(saved, [&](const Twine &why) {
      (void)rewriter.notifyMatchFailure(saved, why);
    });
    if (found.empty())
      return failure();
    decisionRemark(saved, RemarkCategory::Format, "mask")
        << remark::reason("one bit an element is held in place of {0} bytes",
                          plan::getStoredBytes(saved.getValue().getType()));
    rewriter.setInsertionPoint(saved);
    auto policy = MaskAttr::get(getContext(), llvm::APFloat(range->low),
                                llvm::APFloat(range->high));
    Value mask =
        SavedOp::create(rewriter, saved.getLoc(), policy, saved.getValue());
    rewriter.setInsertionPoint(select);
    Value condition = select.getCondition();
    rewriter.replaceOpWithNewOp<lowp::SelectByMaskOp>(select, select.getType(),
                                                      select.getLhs(), mask);
    eraseUnread(rewriter, condition);
    return success();
  }

  /// Erases the ops that the comparison depended on, up to the edge.
  static void eraseUnread(PatternRewriter &rewriter, Value condition) {
    SmallVector<Value> values{condition};
    while (!values.empty()) {
      Operation *def = values.pop_back_val().getDefiningOp();
      if (!def || !isOpTriviallyDead(def))
        continue;
      if (!isa<SavedOp>(def))
        llvm::append_range(values, def->getOperands());
      rewriter.eraseOp(def);
    }
  }
};

struct PackMasks : impl::TrainPackMasksBase<PackMasks> {
  using TrainPackMasksBase::TrainPackMasksBase;

  void runOnOperation() override {
    int64_t held = 0, largest = 0;
    SavedOp bordered;
    getOperation().walk([&](SavedOp saved) {
      if (saved.use_empty())
        return;
      int64_t bytes = plan::getStoredBytes(saved.getValue().getType());
      for (Rectifier rectifier : findRectifiers(saved, [](const Twine &) {})) {
        held += bytes;
        largest = std::max(largest, bytes);
        if (wantsBorder(rectifier.select))
          bordered = saved;
      }
    });
    // The copy with a border costs as many bytes as one mask saves, so other
    // masks must save more.
    if (bordered && held < 2 * largest) {
      decisionRemark(bordered, RemarkCategory::Format, "mask")
          << remark::reason("the gradient is read with a border, whose copy "
                            "costs what the one mask saves");
      return;
    }
    RewritePatternSet patterns(&getContext());
    patterns.add<PackMask>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
} // namespace coppice::train
