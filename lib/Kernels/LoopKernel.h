//===- LoopKernel.h - A structured op as loops and accesses -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// What the strategy reasons about: the loops of a structured op with their
// extents, and for each operand the affine place that an iteration touches.
// An elementwise consumer (the epilogue: bias, residual, activation) may share
// the loops of a contraction; its inputs are then read, and its results
// written, while the accumulators are still in registers.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_LOOPKERNEL_H
#define COPPICE_LIB_KERNELS_LOOPKERNEL_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace coppice::kernels {

/// constant + sum of coefficients[d] * loop d.
struct LinearIndex {
  llvm::SmallVector<int64_t> coefficients;
  int64_t constant = 0;

  bool isZero() const;
};

/// What one operand touches in one iteration.
struct Access {
  /// A memref of static shape, or a scalar.
  mlir::Value base;
  /// One per dimension of `base`.
  llvm::SmallVector<LinearIndex> indices;
  bool isScalar() const { return !llvm::isa<mlir::ShapedType>(base.getType()); }
  mlir::Type getElementType() const {
    return mlir::getElementTypeOrSelf(base.getType());
  }
  bool uses(unsigned loop) const;
  /// Elements between neighbours along `loop`; nothing if the layout isn't
  /// static.
  std::optional<int64_t> getStride(unsigned loop) const;
  /// Whether neighbours along `loop` are neighbours in the last dimension.
  bool isContiguous(unsigned loop) const;
  bool sameIndices(const Access &other) const;
};

/// An index of the body that is linear in the loops: `linalg.index`, and sums
/// and multiples of it.
struct BodyIndex {
  mlir::Value value;
  LinearIndex index;
  /// Whether an op reads it that is no such index itself.
  bool isRead;
};

struct LoopKernel {
  explicit LoopKernel(mlir::linalg::GenericOp op) : loc(op.getLoc()), op(op) {}

  mlir::Location loc;
  llvm::SmallVector<int64_t> extents;
  llvm::SmallVector<bool> reduction;

  /// The op whose body runs in each iteration.
  mlir::linalg::GenericOp op;
  llvm::SmallVector<BodyIndex> indices;
  llvm::SmallVector<Access> inputs;
  /// Accumulators: one per `outs` operand.
  llvm::SmallVector<Access> outputs;
  /// Per output: what every element starts from where a `linalg.fill` gives it,
  /// which is for the caller to find; null otherwise.
  llvm::SmallVector<mlir::Value> fills;

  /// The elementwise op that consumes the only result, or null.
  mlir::linalg::GenericOp epilogue;
  llvm::SmallVector<BodyIndex> epilogueIndices;
  /// The epilogue's input that is the accumulator has a null base.
  llvm::SmallVector<Access> epilogueInputs;
  llvm::SmallVector<Access> epilogueOutputs;
  /// Whether the result itself is needed beside the epilogue's.
  bool storeOutput = true;

  bool hasReduction() const { return llvm::is_contained(reduction, true); }
  /// Every access that isn't null, inputs first.
  llvm::SmallVector<Access *> accesses();
  llvm::SmallVector<const Access *> accesses() const;
  /// What is linear in the loops: places of accesses, and indices of bodies.
  llvm::SmallVector<LinearIndex *> linearIndices();
};

/// The kernel of `op` on buffers: static shapes, linear maps, a body of
/// elementwise ops on numbers of at least a byte. `whyNot` says what is missing
/// otherwise.
std::optional<LoopKernel> analyze(mlir::linalg::GenericOp op,
                                  std::string &whyNot);

/// Lets `consumer`, which reads the kernel's only output by `operand`, run on
/// the kernel's accumulators. Fails if it has no vector form, if the loops
/// don't correspond, or if it reads elsewhere what it overwrites. Whether the
/// two may be computed at one place is for the caller to know.
bool attachEpilogue(LoopKernel &kernel, mlir::OpOperand &operand);

/// Drops loops of one iteration and joins loops that are contiguous in every
/// access (the operands are reshaped at the insertion point). Leaves at least
/// one parallel loop.
void simplify(mlir::OpBuilder &builder, LoopKernel &kernel);

namespace detail {
/// Whether every op of the body has a vector form.
bool hasVectorBody(mlir::linalg::GenericOp op, std::string &whyNot);
llvm::SmallVector<BodyIndex> findIndices(mlir::linalg::GenericOp op);
bool makeAccesses(mlir::linalg::GenericOp op,
                  llvm::SmallVectorImpl<Access> &inputs,
                  llvm::SmallVectorImpl<Access> &outputs, std::string &whyNot);
} // namespace detail

} // namespace coppice::kernels

#endif // COPPICE_LIB_KERNELS_LOOPKERNEL_H
