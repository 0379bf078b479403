//===- LoopKernel.h - A structured op as loops and accesses -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// The model of a structured op for tiling: its loops with their extents, and
// for each operand the affine place that an iteration accesses. An elementwise
// consumer (the epilogue: bias, residual, activation) may share the loops of a
// contraction. Its inputs are then read, and its results written, while the
// accumulators are still in registers.
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

/// The access of one operand in one iteration.
struct Access {
  /// A memref of static shape, or a scalar.
  mlir::Value base;
  /// One index for each dimension of `base`.
  llvm::SmallVector<LinearIndex> indices;
  bool isScalar() const { return !llvm::isa<mlir::ShapedType>(base.getType()); }
  mlir::Type getElementType() const {
    return mlir::getElementTypeOrSelf(base.getType());
  }
  bool uses(unsigned loop) const;
  /// Returns the distance in elements of neighbours along `loop`; nullopt if
  /// the layout is not static.
  std::optional<int64_t> getStride(unsigned loop) const;
  /// Whether neighbours along `loop` are neighbours in the last dimension and
  /// make up a vector in memory, as numbers of whole bytes do.
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
  /// The accumulators, one for each `outs` operand.
  llvm::SmallVector<Access> outputs;
  /// For each output, the value that a `linalg.fill` starts every element from,
  /// which the caller must find; null if there is none.
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
  /// Returns the linear functions of the loops: the positions of accesses, and
  /// the indices that bodies compute with.
  llvm::SmallVector<LinearIndex *> linearIndices();
};

/// Returns the kernel of `op` on buffers: static shapes, linear maps, a body of
/// elementwise ops and, in a reduction, reads of elements. Otherwise `whyNot`
/// gives the reason.
std::optional<LoopKernel> analyze(mlir::linalg::GenericOp op,
                                  std::string &whyNot);

/// Makes `consumer`, which reads the kernel's only output by `operand`, the
/// epilogue of the kernel. Fails if it has no vector form, if the loops do not
/// correspond, or if it overwrites an operand that it reads at another index.
/// The caller must know that the two may be computed at one place.
bool attachEpilogue(LoopKernel &kernel, mlir::OpOperand &operand);

/// Drops loops of one iteration and joins loops that are contiguous in every
/// access (the operands are reshaped at the insertion point). Leaves at least
/// one parallel loop.
void simplify(mlir::OpBuilder &builder, LoopKernel &kernel);

namespace detail {
/// Whether every op of the body has a vector form. An element that the body
/// reads at an index which it computes is read lane by lane.
bool hasVectorBody(mlir::linalg::GenericOp op, std::string &whyNot);
llvm::SmallVector<BodyIndex> findIndices(mlir::linalg::GenericOp op);
bool makeAccesses(mlir::linalg::GenericOp op,
                  llvm::SmallVectorImpl<Access> &inputs,
                  llvm::SmallVectorImpl<Access> &outputs, std::string &whyNot);
} // namespace detail

} // namespace coppice::kernels

#endif // COPPICE_LIB_KERNELS_LOOPKERNEL_H
