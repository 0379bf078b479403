//===- Philox.h - The counter-based generator, in a body --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_CONVERSION_NNTOLINALG_PHILOX_H
#define COPPICE_LIB_CONVERSION_NNTOLINALG_PHILOX_H

#include "lib/Conversion/NNToLinalg/LinalgBuilder.h"

namespace coppice {

/// In the body of a generic with one loop per axis of `shape`: returns the
/// word, as i64 in [0, 2^32), that Philox-4x32-10 draws for this element. The
/// key is `seed` (i64). The 128-bit counter has the element's row-major index
/// in its lower half and `stream` in its upper half. The word is the first one
/// of the block.
mlir::Value drawWord(LinalgBuilder &b, llvm::ArrayRef<int64_t> shape,
                     mlir::Value seed, uint64_t stream);

} // namespace coppice

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_PHILOX_H
