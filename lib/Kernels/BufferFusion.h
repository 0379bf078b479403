//===- BufferFusion.h - Ops on buffers that may fuse ------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_BUFFERFUSION_H
#define COPPICE_LIB_KERNELS_BUFFERFUSION_H

#include "lib/Kernels/LoopKernel.h"
#include "mlir/IR/PatternMatch.h"

namespace coppice::kernels {

/// The buffers that the ops of one block read and write. A buffer is an
/// allocation or an argument; a view has the buffer of its source. Different
/// buffers do not overlap, because memory is not planned yet.
class BufferFusion {
public:
  explicit BufferFusion(mlir::Block &block);

  /// Gives `kernel` its fill and its epilogue, if no op in between conflicts.
  /// Returns the op before which the kernel must be emitted.
  mlir::Operation *fuse(LoopKernel &kernel);
  /// Erases the ops that `kernel` replaces: its op, its epilogue, its fill, and
  /// the buffer between them if it has no other reader.
  void erase(mlir::RewriterBase &rewriter, LoopKernel &kernel);

private:
  struct Entry {
    mlir::Operation *op;
    llvm::SmallVector<mlir::Value, 4> reads, writes;

    bool touches(mlir::Value buffer) const;
  };

  static bool isKernel(const Entry &entry);
  bool anyBetween(unsigned from, unsigned to,
                  llvm::function_ref<bool(const Entry &)> condition) const;
  /// Whether an entry other than `but` and the kernel's fill may read or write
  /// `root`.
  bool isTouchedElsewhere(mlir::Value root, llvm::ArrayRef<unsigned> but) const;
  mlir::linalg::FillOp findFill(const LoopKernel &kernel);
  bool tryEpilogue(LoopKernel &kernel, mlir::OpOperand &operand,
                   mlir::Operation *&place);

  llvm::SmallVector<Entry> entries;
  llvm::DenseMap<mlir::Operation *, unsigned> positions;
  mlir::linalg::FillOp fill;
};

} // namespace coppice::kernels

#endif // COPPICE_LIB_KERNELS_BUFFERFUSION_H
