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
                                 getMayOverwrite());
  kernel->setDiscardableAttrs((*this)->getDiscardableAttrDictionary());
  kernel.getBody().takeBody(getBody());
  Block &body = kernel.getBody().front();
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToStart(&body);
  // The body is bufferized later, so it still uses tensors.
  for (auto [argument, buffer] :
       llvm::zip_equal(body.getArguments(), buffers)) {
    Type type = argument.getType();
    if (!isa<TensorType>(type))
      continue;
    rewriter.modifyOpInPlace(kernel,
                             [&] { argument.setType(buffer.getType()); });
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
