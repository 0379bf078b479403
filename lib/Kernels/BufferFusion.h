//===- BufferFusion.h - What may share a kernel, on buffers -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_BUFFERFUSION_H
#define COPPICE_LIB_KERNELS_BUFFERFUSION_H

#include "lib/Kernels/LoopKernel.h"
#include "mlir/IR/PatternMatch.h"

namespace coppice::kernels {

/// Which buffers the ops of one block read and write. A buffer is an allocation
/// or an argument; views have the buffer of their source. Different buffers
/// don't overlap: so it is before memory is planned.
class BufferFusion {
public:
  explicit BufferFusion(mlir::Block &block);

  /// Gives `kernel` its fill and its epilogue where no op in between minds.
  /// Returns the op at whose place the kernel is to be written.
  mlir::Operation *fuse(LoopKernel &kernel);
  /// Erases what `kernel` replaces: its op, its epilogue, its fill, and the
  /// buffer between them if nobody else reads it.
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
  /// Whether anything but the entries `but` and the kernel's fill may read or
  /// write `root`.
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
