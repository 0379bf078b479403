//===- TileAccess.h - Loads and stores of a tile ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//
//
// A tile is straight-line code that reads each vector of an operand once. The
// elements of an operand at a point depend on the positions of the loops, which
// the emitter sets as it nests them.
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_TILEACCESS_H
#define COPPICE_LIB_KERNELS_TILEACCESS_H

#include "lib/Kernels/Tiling.h"

namespace coppice::kernels {

/// The position of a value in a tile: offsets along the loops.
using Point = llvm::SmallVector<int64_t>;

/// The operands of a kernel as vectors along its lane loop.
class TileAccess {
public:
  TileAccess(mlir::OpBuilder &b, const LoopKernel &kernel,
             const Tiling &tiling);

  /// Sets the start of the current tile along `loop`.
  void setPosition(unsigned loop, mlir::OpFoldResult start) {
    position[loop] = start;
  }
  /// Sets the extent of the current tile along `loop`.
  void setSize(unsigned loop, int64_t size) { sizes[loop] = size; }
  int64_t getSize(unsigned loop) const { return sizes[loop]; }

  /// Forgets the loaded vectors: other code starts, or memory has changed.
  void startCode() { loaded.clear(); }

  /// Loads `width` elements from `point` on.
  mlir::Value load(const Access &access, const Point &point, int64_t width);
  void store(mlir::Value vector, const Access &access, const Point &point);
  mlir::Value splat(mlir::Value scalar, int64_t width);
  /// The values that `index` has for `width` lanes from `point` on.
  mlir::Value indexVector(const LinearIndex &index, const Point &point,
                          int64_t width);

private:
  mlir::Value valueOf(const LinearIndex &index, const Point &point);
  llvm::SmallVector<mlir::Value> indicesOf(const Access &access,
                                           const Point &point);
  /// Returns the loop along which rows can be loaded and transposed in
  /// registers, if neighbours along the lane loop are not contiguous in memory.
  std::optional<unsigned> findRows(const Access &access, int64_t width);
  void loadTransposed(const Access &access, Point point, int64_t width,
                      unsigned rowLoop);

  mlir::OpBuilder &b;
  mlir::Location loc;
  const LoopKernel &kernel;
  const Tiling &tiling;
  llvm::SmallVector<mlir::OpFoldResult> position;
  llvm::SmallVector<int64_t> sizes;
  /// Loads of the current straight-line code.
  llvm::DenseMap<std::pair<const Access *, int64_t>,
                 llvm::SmallVector<std::pair<Point, mlir::Value>>>
      loaded;
};

} // namespace coppice::kernels

#endif // COPPICE_LIB_KERNELS_TILEACCESS_H
