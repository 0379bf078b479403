//===- Check.cpp - Checks of test values ------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Check/IR/Check.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace coppice::check;

#include "dialects/Check/IR/CheckOpsDialect.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Check/IR/CheckOps.cpp.inc"

void CheckDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "dialects/Check/IR/CheckOps.cpp.inc"
      >();
}

static LogicalResult verifyElements(Operation *op) {
  Type element = getElementTypeOrSelf(op->getOperand(0).getType());
  if (!element.isIntOrIndexOrFloat() ||
      (!element.isIndex() && element.getIntOrFloatBitWidth() > 64))
    return op->emitOpError("compares numbers of at most 64 bits, not ")
           << element;
  return success();
}
LogicalResult ExpectEqOp::verify() { return verifyElements(*this); }
LogicalResult ExpectAlmostEqOp::verify() {
  if (!isa<FloatType>(getElementTypeOrSelf(getActual().getType())))
    return emitOpError("compares floats; integers are equal or not");
  if (!(getTolerance().convertToDouble() >= 0))
    return emitOpError("tolerance must not be negative");
  return verifyElements(*this);
}

/// Makes the same check on the operands' buffers.
template <typename OpT>
static LogicalResult bufferizeCheck(OpT op, RewriterBase &rewriter,
                                    const BufferizationOptions &options,
                                    BufferizationState &state) {
  SmallVector<Value> buffers;
  for (Value operand : op->getOperands()) {
    FailureOr<Value> buffer = getBuffer(rewriter, operand, options, state);
    if (failed(buffer))
      return failure();
    auto type = cast<MemRefType>(buffer->getType());
    if (!type.getLayout().isIdentity()) {
      // The run-time function reads one contiguous block of memory.
      type = MemRefType::get(type.getShape(), type.getElementType());
      FailureOr<Value> copy =
          options.createAlloc(rewriter, op.getLoc(), type, {});
      if (failed(copy) ||
          failed(options.createMemCpy(rewriter, op.getLoc(), *buffer, *copy)))
        return failure();
      buffer = copy;
    }
    buffers.push_back(*buffer);
  }
  OpT::create(rewriter, op.getLoc(), TypeRange(), buffers, op->getAttrs());
  rewriter.eraseOp(op);
  return success();
}

#define BUFFERIZATION(OP)                                                      \
  bool OP::bufferizesToMemoryRead(OpOperand &, const AnalysisState &) {        \
    return true;                                                               \
  }                                                                            \
  bool OP::bufferizesToMemoryWrite(OpOperand &, const AnalysisState &) {       \
    return false;                                                              \
  }                                                                            \
  AliasingValueList OP::getAliasingValues(OpOperand &,                         \
                                          const AnalysisState &) {             \
    return {};                                                                 \
  }                                                                            \
  LogicalResult OP::bufferize(RewriterBase &rewriter,                          \
                              const BufferizationOptions &options,             \
                              BufferizationState &state) {                     \
    return bufferizeCheck(*this, rewriter, options, state);                    \
  }
BUFFERIZATION(ExpectEqOp)
BUFFERIZATION(ExpectAlmostEqOp)
#undef BUFFERIZATION
