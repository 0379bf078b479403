//===- PropagateLayout.cpp - Moves transposes until they cancel -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/NN/Transforms/PropagateLayout.h"

#include "dialects/NN/IR/NN.h"
#include "dialects/NN/IR/TensorType.h"
#include "dialects/NN/Transforms/Passes.h"
#include "lib/Support/Greedy.h"
#include "lib/Support/Permute.h"
#include "lib/Support/Remarks.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

namespace coppice::nn {
#define GEN_PASS_DEF_NNPROPAGATELAYOUT
#include "dialects/NN/Transforms/Passes.h.inc"
} // namespace coppice::nn

using namespace mlir;
using namespace coppice;
using namespace coppice::nn;

// The patterns below rewrite `op(transpose(x, p))` to `transpose(op(x), p)`.
// Axis i of the operand of op was axis p[i] of x.

/// Reorders values, one for each axis of the old operand, to the order of x's
/// axes.
template <typename T>
static SmallVector<T> toInputOrder(ArrayRef<T> values, ArrayRef<int64_t> p) {
  SmallVector<T> result(values);
  for (auto [i, axis] : llvm::enumerate(p))
    result[axis] = values[i];
  return result;
}

static RankedTensorType toInputOrder(Type type, ArrayRef<int64_t> p) {
  auto tensor = cast<RankedTensorType>(type);
  return RankedTensorType::get(toInputOrder(tensor.getShape(), p),
                               tensor.getElementType());
}

/// The origin of a value decides which layout wins if operands disagree:
/// constants follow arguments, and both follow computed values. The order is
/// strict, so no op moves back and forth.
enum class Origin { Constant, Argument, Computed };

static Origin originOf(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (op->getNumOperands() == 0)
      return Origin::Constant;
    if (!isa<ReshapeOp, TransposeOp>(op))
      return Origin::Computed;
    value = op->getOperand(0);
  }
  return Origin::Argument;
}

/// Ranks operands: the highest one decides the layout.
static std::pair<Origin, int64_t> rankOfOperand(Value value) {
  Origin origin = originOf(value);
  return {origin,
          origin == Origin::Computed ? typeOf(value).getNumElements() : 0};
}

static bool hasOneElement(Value value) {
  return llvm::all_of(typeOf(value).getShape(),
                      [](int64_t extent) { return extent == 1; });
}

/// Returns `value` in the order of x's axes, for an op whose result has
/// `p.size()` axes. A value with one element broadcasts in any order and is not
/// transposed.
static Value transposeBack(PatternRewriter &rewriter, Location loc, Value value,
                           ArrayRef<int64_t> p) {
  RankedTensorType type = typeOf(value);
  if (auto transpose = value.getDefiningOp<TransposeOp>())
    if (transpose.getPermutation() == p)
      return transpose.getInput();
  if (hasOneElement(value))
    return value;
  SmallVector<int64_t> shape(p.size() - type.getRank(), 1);
  llvm::append_range(shape, type.getShape());
  if (type.getRank() != static_cast<int64_t>(p.size()))
    value = ReshapeOp::create(
        rewriter, loc, RankedTensorType::get(shape, type.getElementType()),
        value);
  return TransposeOp::create(rewriter, loc, value, invertPermutation(p));
}

/// Returns the permutation of the operand that decides the layout of an op
/// whose result has `rank` axes, if the other operands have the same
/// permutation or a lower rank; empty otherwise. If operands broadcast, an
/// operand with one element has no say.
static SmallVector<int64_t> findPermutation(OperandRange values, int64_t rank,
                                            bool broadcast) {
  TransposeOp leader;
  for (Value value : values) {
    auto transpose = value.getDefiningOp<TransposeOp>();
    if (transpose && typeOf(value).getRank() == rank &&
        (!leader || rankOfOperand(value) > rankOfOperand(leader)))
      leader = transpose;
  }
  if (!leader)
    return {};
  for (Value value : values) {
    auto transpose = value.getDefiningOp<TransposeOp>();
    if (transpose && transpose.getPermutation() == leader.getPermutation())
      continue;
    if (!(broadcast && hasOneElement(value)) &&
        rankOfOperand(value) >= rankOfOperand(leader))
      return {};
  }
  return llvm::to_vector(leader.getPermutation());
}

namespace {
/// Elementwise ops, whose operands may broadcast.
struct SinkThroughElementwise
    : OpInterfaceRewritePattern<ElementwiseOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(ElementwiseOpInterface iface,
                                PatternRewriter &rewriter) const override {
    Operation *op = iface;
    SmallVector<int64_t> p =
        findPermutation(op->getOperands(), typeOf(op->getResult(0)).getRank(),
                        /*broadcast=*/true);
    if (p.empty())
      return rewriter.notifyMatchFailure(op, "operands keep their layout");
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(transposeBack(rewriter, op->getLoc(), operand, p));
    Operation *moved = rewriter.clone(*op);
    moved->setOperands(operands);
    moved->getResult(0).setType(toInputOrder(op->getResult(0).getType(), p));
    rewriter.replaceOpWithNewOp<TransposeOp>(op, moved->getResult(0), p);
    return success();
  }
};

/// Ops with one tensor operand and attributes that name axes. `moveAxes`
/// rewrites the attributes of the clone, whose operand and result types are
/// already those of x.
template <typename OpTy> struct SinkThroughOp : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  virtual void moveAxes(OpTy op, ArrayRef<int64_t> p) const = 0;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().template getDefiningOp<TransposeOp>();
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "input is not a transpose");
    ArrayRef<int64_t> p = transpose.getPermutation();
    auto moved = cast<OpTy>(rewriter.clone(*op));
    moved->setOperand(0, transpose.getInput());
    for (Value result : moved->getResults())
      result.setType(toInputOrder(result.getType(), p));
    moveAxes(moved, p);
    SmallVector<Value> results;
    for (Value result : moved->getResults())
      results.push_back(TransposeOp::create(rewriter, op.getLoc(), result, p));
    rewriter.replaceOp(op, results);
    return success();
  }
};

template <typename OpTy> struct SinkThroughSoftmax : SinkThroughOp<OpTy> {
  using SinkThroughOp<OpTy>::SinkThroughOp;
  void moveAxes(OpTy op, ArrayRef<int64_t> p) const override {
    op.setAxis(p[op.getAxis()]);
  }
};

struct SinkThroughSlice : SinkThroughOp<SliceOp> {
  using SinkThroughOp::SinkThroughOp;
  void moveAxes(SliceOp op, ArrayRef<int64_t> p) const override {
    op.setStarts(toInputOrder(op.getStarts(), p));
    op.setStrides(toInputOrder(op.getStrides(), p));
  }
};

struct SinkThroughPad : SinkThroughOp<PadOp> {
  using SinkThroughOp::SinkThroughOp;
  void moveAxes(PadOp op, ArrayRef<int64_t> p) const override {
    op.setLow(toInputOrder(op.getLow(), p));
    op.setHigh(toInputOrder(op.getHigh(), p));
  }
};

struct SinkThroughResize : SinkThroughOp<ResizeOp> {
  using SinkThroughOp::SinkThroughOp;
  void moveAxes(ResizeOp op, ArrayRef<int64_t> p) const override {
    op.setScales(toInputOrder(op.getScales(), p));
  }
};

struct SinkThroughNormalize : SinkThroughOp<NormalizeOp> {
  using SinkThroughOp::SinkThroughOp;
  void moveAxes(NormalizeOp op, ArrayRef<int64_t> p) const override {
    SmallVector<int64_t> axes = permuteShape(p, op.getAxes());
    llvm::sort(axes);
    op.setAxes(axes);
  }
};

/// Conversions between codes and real values. Scales along an axis stay in
/// place.
template <typename OpTy> struct SinkThroughConversion : SinkThroughOp<OpTy> {
  using SinkThroughOp<OpTy>::SinkThroughOp;
  void moveAxes(OpTy, ArrayRef<int64_t>) const override {}
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    for (Type type :
         {Type(op.getInput().getType()), Type(op.getResult().getType())})
      if (isa<quant::UniformQuantizedPerAxisType>(getElementTypeOrSelf(type)))
        return rewriter.notifyMatchFailure(op, "scales along an axis");
    return SinkThroughOp<OpTy>::matchAndRewrite(op, rewriter);
  }
};

/// The transpose of a parameter stays at the parameter, which it is folded
/// into.
struct SinkThroughFakeQuant : SinkThroughOp<lowp::FakeQuantizeOp> {
  using SinkThroughOp::SinkThroughOp;
  LogicalResult matchAndRewrite(lowp::FakeQuantizeOp op,
                                PatternRewriter &rewriter) const override {
    if (originOf(op.getInput()) == Origin::Constant)
      return rewriter.notifyMatchFailure(op, "the input is a parameter");
    return SinkThroughOp::matchAndRewrite(op, rewriter);
  }
  void moveAxes(lowp::FakeQuantizeOp op, ArrayRef<int64_t> p) const override {
    if (std::optional<int64_t> axis = op.getAxis())
      op.setAxis(p[*axis]);
  }
};

/// Reduced axes may be dropped; the others keep their order.
struct SinkThroughReduce : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReduceOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getInput().getDefiningOp<TransposeOp>();
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "input is not a transpose");
    ArrayRef<int64_t> p = transpose.getPermutation();
    SmallVector<int64_t> axes = permuteShape(p, op.getAxes());
    llvm::sort(axes);
    SmallVector<int64_t> q(p);
    if (!op.getKeepdims()) {
      q.clear();
      for (auto [i, axis] : llvm::enumerate(p)) {
        if (llvm::is_contained(op.getAxes(), static_cast<int64_t>(i)))
          continue;
        // The reduced axes before this one are dropped.
        q.push_back(axis - llvm::count_if(axes, [axis = axis](int64_t other) {
                      return other < axis;
                    }));
      }
    }
    Value result =
        ReduceOp::create(rewriter, op.getLoc(), op.getKind(),
                         transpose.getInput(), axes, op.getKeepdims());
    rewriter.replaceOpWithNewOp<TransposeOp>(op, result, q);
    return success();
  }
};

struct SinkThroughConcat : OpRewritePattern<ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConcatOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<int64_t> p =
        findPermutation(op.getInputs(), op.getType().getRank(),
                        /*broadcast=*/false);
    if (p.empty())
      return rewriter.notifyMatchFailure(op, "operands keep their layout");
    SmallVector<Value> inputs;
    for (Value input : op.getInputs()) {
      auto transpose = input.getDefiningOp<TransposeOp>();
      inputs.push_back(
          transpose && transpose.getPermutation() == ArrayRef<int64_t>(p)
              ? transpose.getInput()
              : Value(TransposeOp::create(rewriter, op.getLoc(), input,
                                          invertPermutation(p))));
    }
    Value result =
        ConcatOp::create(rewriter, op.getLoc(), inputs, p[op.getAxis()]);
    rewriter.replaceOpWithNewOp<TransposeOp>(op, result, p);
    return success();
  }
};

/// A transpose of the last two axes becomes a flag of matmul.
struct SinkIntoMatMul : OpRewritePattern<MatMulOp> {
  using OpRewritePattern::OpRewritePattern;
  static TransposeOp getSwap(Value value) {
    auto transpose = value.getDefiningOp<TransposeOp>();
    if (!transpose)
      return {};
    SmallVector<int64_t> swap =
        llvm::to_vector(llvm::seq<int64_t>(0, typeOf(value).getRank()));
    std::swap(swap[swap.size() - 1], swap[swap.size() - 2]);
    return transpose.getPermutation() == ArrayRef<int64_t>(swap)
               ? transpose
               : TransposeOp();
  }
  LogicalResult matchAndRewrite(MatMulOp op,
                                PatternRewriter &rewriter) const override {
    TransposeOp lhs = getSwap(op.getLhs()), rhs = getSwap(op.getRhs());
    if (!lhs && !rhs)
      return rewriter.notifyMatchFailure(op, "no operand is a swap of the last "
                                             "two axes");
    rewriter.modifyOpInPlace(op, [&] {
      if (lhs) {
        op.getLhsMutable().assign(lhs.getInput());
        op.setTransposeLhs(!op.getTransposeLhs());
      }
      if (rhs) {
        op.getRhsMutable().assign(rhs.getInput());
        op.setTransposeRhs(!op.getTransposeRhs());
      }
    });
    return success();
  }
};

struct NNPropagateLayout
    : coppice::nn::impl::NNPropagateLayoutBase<NNPropagateLayout> {
  using NNPropagateLayoutBase::NNPropagateLayoutBase;
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    // Two transposes in a row fold into one, or into none.
    patterns
        .add<SinkThroughElementwise, SinkThroughSoftmax<SoftmaxOp>,
             SinkThroughSoftmax<LogSoftmaxOp>, SinkThroughSlice, SinkThroughPad,
             SinkThroughResize, SinkThroughNormalize, SinkThroughReduce,
             SinkThroughConcat, SinkThroughConversion<lowp::QuantizeOp>,
             SinkThroughConversion<lowp::DequantizeOp>, SinkThroughFakeQuant,
             SinkIntoMatMul>(context);
    populateSinkThroughReshape(patterns);
    if (failed(rewriteGreedily(getOperation(), getArgument(),
                               std::move(patterns), maxIterations)))
      return signalPassFailure();
    getOperation()->walk([](TransposeOp op) {
      // A transpose that is left at a parameter or constant is folded into its
      // elements.
      Operation *source = op.getInput().getDefiningOp();
      if (!source || source->getNumOperands())
        decisionRemark(op, RemarkCategory::Layout, "transpose")
            << remark::reason("a transpose of {0} elements stays, because its "
                              "consumers need its layout",
                              op.getType().getNumElements());
    });
  }
};
} // namespace
