//===- KernelOuts.cpp - Where kernels write ---------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/KernelOuts.h"

#include "dialects/Plan/Transforms/KernelUnits.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Quant/IR/QuantTypes.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;
using bufferization::MaterializeInDestinationOp;

/// `value` as a value of `type`, which is stored in the same way.
static Value castStored(OpBuilder &b, Location loc, Type type, Value value) {
  if (value.getType() == type)
    return value;
  Type stored = getStoredType(value.getType());
  if (stored != value.getType())
    value = quant::StorageCastOp::create(b, loc, stored, value);
  if (value.getType() == type)
    return value;
  return quant::StorageCastOp::create(b, loc, type, value);
}

/// The name of `value`, for a remark.
static std::string describe(Value value) {
  std::string name = getName(value.getLoc());
  return name.empty() ? "an unnamed value" : name;
}

/// The part of `whole` that a value of `type` is, from `offsets` on.
static Value takeSlice(OpBuilder &b, Location loc, Value whole, Type type,
                       ArrayRef<int64_t> offsets) {
  if (type == whole.getType())
    return whole;
  auto part = cast<RankedTensorType>(type);
  SmallVector<OpFoldResult> strides(part.getRank(), b.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(
      b, loc, part, whole, getAsIndexOpFoldResult(b.getContext(), offsets),
      getAsIndexOpFoldResult(b.getContext(), part.getShape()), strides);
}

/// Appends `outs` to `kernel`, and writes its results to them at the end of the
/// body.
static void writeOuts(KernelOp kernel, ValueRange outs) {
  Block &body = kernel.getBody().front();
  OpBuilder b(kernel.getYield());
  kernel.getOutsMutable().append(outs);
  for (auto [i, out] : llvm::enumerate(outs)) {
    BlockArgument inside = body.addArgument(out.getType(), out.getLoc());
    Value value = kernel.getYield().getValues()[i];
    Value written = MaterializeInDestinationOp::create(
                        b, value.getLoc(), value.getType(), value, inside)
                        .getResult();
    kernel.getYield()->setOperand(i, written);
  }
}

/// A kernel that writes the value of `create` into `out`.
static Value createKernel(OpBuilder &b, Location loc, ValueRange ins, Value out,
                          function_ref<Value(Block &)> create) {
  auto kernel = KernelOp::create(b, loc, out.getType(), ins,
                                 /*outs=*/ValueRange());
  Block &body = kernel.getBody().emplaceBlock();
  for (Value in : ins)
    body.addArgument(in.getType(), in.getLoc());
  OpBuilder inside = OpBuilder::atBlockEnd(&body);
  Value value = create(body);
  YieldOp::create(inside, loc, value);
  writeOuts(kernel, out);
  return kernel.getResult(0);
}

/// The body of `kernel` reads the old content of its outs through the outs.
static void readThroughOuts(KernelOp kernel) {
  Block &body = kernel.getBody().front();
  OpBuilder b = OpBuilder::atBlockBegin(&body);
  unsigned numIns = kernel.getIns().size();
  for (auto [i, out] : llvm::enumerate(kernel.getOuts()))
    for (unsigned number = 0; number < numIns; ++number) {
      Value in = kernel.getIns()[number];
      if (stripCasts(in) != stripCasts(out))
        continue;
      Value inside = body.getArgument(numIns + i);
      body.getArgument(number).replaceAllUsesWith(
          castStored(b, in.getLoc(), in.getType(), inside));
    }
  kernel.setMayOverwrite({});
  kernel.dropUnusedOperands();
}

namespace {
class OutSetter {
public:
  OutSetter(const BlockProblem &problem, ArrayRef<uint32_t> order)
      : problem(problem), places(problem.getPlaces()),
        overwritten(problem.getOverwritten(order)) {}

  void run(ArrayRef<KernelOp> kernels) {
    for (KernelOp kernel : kernels)
      if (const Places::Whole *whole = places.find(kernel.getResult(0)))
        assemble(kernel, *whole);
      else
        setOuts(kernel);
    for (KernelOp kernel : replaced)
      kernel.erase();
  }

private:
  void setOuts(KernelOp kernel);
  void assemble(KernelOp kernel, const Places::Whole &whole);
  Value getOut(OpBuilder &b, OpResult result);
  Value getDestination(OpBuilder &b, Value value);
  Value getBase(OpBuilder &b, Value whole);
  void createFrames(OpBuilder &b, Value whole);

  const BlockProblem &problem;
  const Places &places;
  llvm::DenseMap<Value, Value> overwritten;
  /// By the result of the kernel that stands for a whole: the tensor in which
  /// its parts are made, kernels that have written beside them, and the op that
  /// takes the kernel's place.
  llvm::DenseMap<Value, Value> bases, assembled;
  llvm::DenseMap<Value, SmallVector<Value>> frames;
  SmallVector<KernelOp> replaced;
};
} // namespace

void OutSetter::setOuts(KernelOp kernel) {
  OpBuilder b(kernel);
  SmallVector<Value> outs;
  for (OpResult result : kernel->getResults())
    outs.push_back(getOut(b, result));
  writeOuts(kernel, outs);
  readThroughOuts(kernel);
}

Value OutSetter::getOut(OpBuilder &b, OpResult result) {
  if (Value whole = places.getWhole(result)) {
    Value base = getBase(b, whole);
    for (const Places::PlacedValue &part : places.find(whole)->parts)
      if (part.value == result)
        return takeSlice(b, result.getLoc(), base, result.getType(),
                         part.offsets);
  }
  if (Value destination = getDestination(b, result))
    return destination;
  if (Value operand = overwritten.lookup(result)) {
    decisionRemark(result.getOwner(), RemarkCategory::Order, "in-place")
        << remark::reason("the result is written over {0}", describe(operand));
    Value whole = assembled.lookup(operand);
    return castStored(b, result.getLoc(), result.getType(),
                      whole ? whole : operand);
  }
  return bufferization::AllocTensorOp::create(
      b, getMade(result).getLoc(), cast<RankedTensorType>(result.getType()),
      /*dynamicSizes=*/ValueRange());
}

/// The argument that `value` becomes the content of, as a tensor of its type;
/// null if there is none. The value stands for the content from here on.
Value OutSetter::getDestination(OpBuilder &b, Value value) {
  bufferization::MaterializeInDestinationOp tie = problem.getTie(value);
  if (!tie)
    return {};
  Value destination = tie.getDest();
  tie.getResult().replaceAllUsesWith(tie.getSource());
  tie.erase();
  return castStored(b, value.getLoc(), value.getType(), destination);
}

/// The tensor in which the parts of `whole` are made. The first of them asks
/// for it, at `b`.
Value OutSetter::getBase(OpBuilder &b, Value whole) {
  if (Value base = bases.lookup(whole))
    return base;
  bases[whole] = getOut(b, cast<OpResult>(whole));
  createFrames(b, whole);
  return bases.lookup(whole);
}

/// Creates kernels that write the borders around the parts of `whole`.
void OutSetter::createFrames(OpBuilder &b, Value whole) {
  for (const Places::PlacedOp &placed : places.find(whole)->ops) {
    PlanningOpInterface op = placed.op;
    Location loc = op.getLoc();
    OpBuilder::InsertionGuard guard(b);
    // The frame is created in a separate block first, because it may be null.
    Block scratch;
    OpBuilder apart(b.getContext());
    apart.setInsertionPointToEnd(&scratch);
    Value frame = op.createFrame(apart);
    if (!frame)
      continue;
    Value &base = bases[whole];
    Value out = takeSlice(b, loc, base, frame.getType(), placed.offsets);
    Value written = createKernel(b, loc, /*ins=*/{}, out, [&](Block &body) {
      body.getOperations().splice(body.end(), scratch.getOperations());
      return frame;
    });
    if (out == base)
      base = written;
    else
      frames[whole].push_back(written);
  }
}

void OutSetter::assemble(KernelOp kernel, const Places::Whole &whole) {
  OpBuilder b(kernel);
  Location loc = kernel.getLoc();
  Value result = kernel.getResult(0), base = getBase(b, result);
  SmallVector<Value> parts = frames.lookup(result);
  for (const Places::PlacedValue &part : whole.parts) {
    Value value = part.value;
    if (Value known = assembled.lookup(value))
      value = known;
    if (places.getWhole(part.value) != result) {
      decisionRemark(kernel, RemarkCategory::Layout, "part-copy")
          << remark::reason("{0} is copied into its place",
                            describe(part.value));
      Value out = takeSlice(b, loc, base, value.getType(), part.offsets);
      value = createKernel(b, loc, value, out,
                           [](Block &body) { return body.getArgument(0); });
    }
    parts.push_back(value);
  }
  Value made = AssembleOp::create(b, loc, base.getType(), base, parts);
  assembled[result] = made;
  result.replaceAllUsesWith(made);
  replaced.push_back(kernel);
}

void coppice::plan::setOuts(const BlockProblem &problem,
                            ArrayRef<uint32_t> order, Block &block) {
  SmallVector<KernelOp> kernels(block.getOps<KernelOp>());
  OutSetter(problem, order).run(kernels);
}
