//===- Philox.h - The counter-based generator, in a body --------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_CONVERSION_NNTOLINALG_PHILOX_H
#define COPPICE_LIB_CONVERSION_NNTOLINALG_PHILOX_H

#include "lib/Conversion/NNToLinalg/LinalgBuilder.h"

namespace coppice {

/// In the body of a generic with one loop per axis of `shape`: the word, as
/// i32, that Philox-4x32-10 draws for this element. The key is `seed` (i64),
/// the 128-bit counter the element's row-major index below `stream`; the word
/// is the block's first.
mlir::Value drawWord(LinalgBuilder &b, llvm::ArrayRef<int64_t> shape,
                     mlir::Value seed, uint64_t stream);

} // namespace coppice

#endif // COPPICE_LIB_CONVERSION_NNTOLINALG_PHILOX_H
