//===- KernelBuffers.cpp - Kernels on buffers -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A kernel writes its outs and no other operand. One-shot bufferization writes
// each out in place or fails, because a plan does not count copies.
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/IR/Plan.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace coppice;
using namespace coppice::plan;

//===----------------------------------------------------------------------===//
// plan.kernel
//===----------------------------------------------------------------------===//

bool KernelOp::bufferizesToMemoryRead(OpOperand &operand,
                                      const AnalysisState &state) {
  return state.isValueRead(getBody().getArgument(operand.getOperandNumber()));
}

bool KernelOp::bufferizesToMemoryWrite(OpOperand &operand,
                                       const AnalysisState &) {
  return isOut(operand.getOperandNumber());
}

AliasingValueList KernelOp::getAliasingValues(OpOperand &operand,
                                              const AnalysisState &) {
  // The block argument is not an alias here: the body's accesses already count
  // as accesses of the operand, and would conflict with themselves.
  if (!isOut(operand.getOperandNumber()) || getNumResults() == 0)
    return {};
  unsigned result = operand.getOperandNumber() - getIns().size();
  return {{getResult(result), BufferRelation::Equivalent}};
}

bool KernelOp::mustBufferizeInPlace(OpOperand &operand, const AnalysisState &) {
  return isOut(operand.getOperandNumber());
}

namespace {
/// A box of indices that holds the elements of a value.
struct Box {
  Value tensor;
  SmallVector<int64_t> offsets, sizes;
  /// Whether all shapes on the way are static.
  bool isKnown = true;

  /// The elements of `value` in the tensor that `value` is a view of. The
  /// source of a reshape counts as a whole.
  explicit Box(Value value) : tensor(value) {
    takeAll();
    while (Operation *def = tensor.getDefiningOp()) {
      if (auto slice = dyn_cast<tensor::ExtractSliceOp>(def)) {
        if (!moveBy(slice))
          return;
        tensor = slice.getSource();
      } else if (auto kernel = dyn_cast<KernelOp>(def)) {
        if (kernel.getOuts().empty())
          return;
        tensor = kernel.getOuts()[cast<OpResult>(tensor).getResultNumber()];
      } else if (auto assemble = dyn_cast<AssembleOp>(def)) {
        tensor = assemble.getBase();
      } else if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(def)) {
        tensor = def->getOperand(0);
        takeAll();
      } else {
        return;
      }
    }
  }

  bool isApartFrom(const Box &other) const {
    if (tensor != other.tensor || !isKnown || !other.isKnown)
      return false;
    for (size_t i = 0; i < offsets.size(); ++i)
      if (offsets[i] + sizes[i] <= other.offsets[i] ||
          other.offsets[i] + other.sizes[i] <= offsets[i])
        return true;
    return false;
  }

private:
  void takeAll() {
    auto type = dyn_cast<ShapedType>(tensor.getType());
    isKnown &= type && type.hasStaticShape();
    if (isKnown)
      sizes.assign(type.getShape().begin(), type.getShape().end());
    offsets.assign(sizes.size(), 0);
  }
  bool moveBy(tensor::ExtractSliceOp slice) {
    auto isStatic = [](ArrayRef<int64_t> values) {
      return !llvm::any_of(values, ShapedType::isDynamic);
    };
    if (slice.getType().getRank() != slice.getSourceType().getRank() ||
        !isKnown || !isStatic(slice.getStaticOffsets()) ||
        !isStatic(slice.getStaticStrides()))
      return false;
    for (auto [low, size, offset, stride] :
         llvm::zip_equal(offsets, sizes, slice.getStaticOffsets(),
                         slice.getStaticStrides())) {
      low = offset + low * stride;
      size = size == 0 ? 0 : (size - 1) * stride + 1;
    }
    return true;
  }
};
} // namespace

bool KernelOp::isNotConflicting(OpOperand *read, OpOperand *write,
                                const AnalysisState &) {
  // Kernels write parts of one tensor while others read its other parts. A
  // slice that is not decided on yet counts as a read of its own elements.
  auto slice = dyn_cast<tensor::ExtractSliceOp>(read->getOwner());
  return Box(slice ? slice.getResult() : read->get())
      .isApartFrom(Box(write->get()));
}

bool KernelOp::isWritable(Value value, const AnalysisState &) {
  auto argument = dyn_cast<BlockArgument>(value);
  return !argument || isOut(argument.getArgNumber());
}

FailureOr<BufferLikeType>
KernelOp::getBufferType(Value value, const BufferizationOptions &options,
                        const BufferizationState &state,
                        SmallVector<Value> &stack) {
  // The block argument gets the layout of the operand.
  unsigned number = getIns().size();
  if (auto argument = dyn_cast<BlockArgument>(value))
    number = argument.getArgNumber();
  else
    number += cast<OpResult>(value).getResultNumber();
  Value operand = getOperand(number);
  if (auto type = dyn_cast<BufferLikeType>(operand.getType()))
    return type;
  return bufferization::getBufferType(operand, options, state, stack);
}

LogicalResult KernelOp::verifyAnalysis(const AnalysisState &state) {
  if (getOuts().empty())
    return emitOpError("has no outs, which say where its results go");
  for (auto [i, value] : llvm::enumerate(getYield().getValues()))
    if (!state.areEquivalentBufferizedValues(
            value, getBody().getArgument(getIns().size() + i)))
      return emitOpError("does not write result ") << i << " into its out";
  return success();
}

LogicalResult KernelOp::bufferize(RewriterBase &rewriter,
                                  const BufferizationOptions &options,
                                  BufferizationState &state) {
  SmallVector<Value> buffers;
  for (Value operand : getOperands()) {
    if (isa<TensorType>(operand.getType())) {
      FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
      if (failed(buffer))
        return failure();
      operand = *buffer;
    }
    buffers.push_back(operand);
  }
  ArrayRef<Value> ins(buffers), outs = ins.drop_front(getIns().size());
  ins = ins.take_front(getIns().size());
  auto kernel = KernelOp::create(rewriter, getLoc(), TypeRange(), ins, outs,
                                 getMayOverwrite(), getScratchBytes());
  kernel->setDiscardableAttrs((*this)->getDiscardableAttrDictionary());
  kernel.getBody().takeBody(getBody());
  Block &body = kernel.getBody().front();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToStart(&body);
  // The body, which is bufferized later, still uses tensors.
  for (BlockArgument argument : body.getArguments()) {
    Type type = argument.getType(),
         stored = buffers[argument.getArgNumber()].getType();
    if (!isa<TensorType>(type))
      continue;
    rewriter.modifyOpInPlace(kernel, [&] { argument.setType(stored); });
    auto tensor = ToTensorOp::create(rewriter, getLoc(), type, argument);
    rewriter.replaceAllUsesExcept(argument, tensor.getResult(), tensor);
  }
  replaceOpWithBufferizedValues(rewriter, *this, outs);
  return success();
}

//===----------------------------------------------------------------------===//
// plan.yield
//===----------------------------------------------------------------------===//

bool YieldOp::bufferizesToMemoryRead(OpOperand &, const AnalysisState &) {
  return true;
}

bool YieldOp::bufferizesToMemoryWrite(OpOperand &, const AnalysisState &) {
  return false;
}

AliasingValueList YieldOp::getAliasingValues(OpOperand &,
                                             const AnalysisState &) {
  return {};
}

bool YieldOp::mustBufferizeInPlace(OpOperand &, const AnalysisState &) {
  return true;
}

LogicalResult YieldOp::bufferize(RewriterBase &rewriter,
                                 const BufferizationOptions &,
                                 BufferizationState &) {
  rewriter.replaceOpWithNewOp<YieldOp>(*this, ValueRange());
  return success();
}

//===----------------------------------------------------------------------===//
// plan.assemble
//===----------------------------------------------------------------------===//

bool AssembleOp::bufferizesToMemoryRead(OpOperand &, const AnalysisState &) {
  return true;
}

bool AssembleOp::bufferizesToMemoryWrite(OpOperand &operand,
                                         const AnalysisState &) {
  // A consumer of the result depends on what the kernels of the parts have
  // written, not on the old content of the base.
  return operand.getOperandNumber() == 0;
}

AliasingValueList AssembleOp::getAliasingValues(OpOperand &operand,
                                                const AnalysisState &) {
  if (operand.getOperandNumber() != 0)
    return {};
  return {{getResult(), BufferRelation::Equivalent}};
}

bool AssembleOp::mustBufferizeInPlace(OpOperand &, const AnalysisState &) {
  return true;
}

bool AssembleOp::isNotConflicting(OpOperand *, OpOperand *,
                                  const AnalysisState &) {
  // It neither reads nor changes an element.
  return true;
}

LogicalResult AssembleOp::verifyAnalysis(const AnalysisState &state) {
  for (auto [i, part] : llvm::enumerate(getParts()))
    if (!state.areAliasingBufferizedValues(part, getBase()))
      return emitOpError("has part ")
             << i << ", which is not written to its base";
  return success();
}

LogicalResult AssembleOp::bufferize(RewriterBase &rewriter,
                                    const BufferizationOptions &options,
                                    BufferizationState &state) {
  FailureOr<Value> buffer = getBuffer(rewriter, getBase(), options, state);
  if (failed(buffer))
    return failure();
  replaceOpWithBufferizedValues(rewriter, *this, *buffer);
  return success();
}
