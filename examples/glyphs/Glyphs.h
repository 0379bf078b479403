//===- Glyphs.h - Procedural digits -----------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_EXAMPLES_GLYPHS_GLYPHS_H
#define COPPICE_EXAMPLES_GLYPHS_GLYPHS_H

#include "lib/Runtime/Random.h"
#include "llvm/Support/Error.h"

namespace coppice::glyphs {

inline constexpr int imageSize = 28;
inline constexpr int numClasses = 10;

/// Draws a digit with a pen of random width: imageSize x imageSize grey levels.
/// A random affine map, a wavering line and noise vary it.
void draw(int digit, runtime::Random &random, uint8_t *pixels);

/// Writes a small convolutional network with random weights: an image of that
/// size in, ten scores out.
llvm::Error writeModel(llvm::StringRef path, uint64_t seed);

} // namespace coppice::glyphs

#endif // COPPICE_EXAMPLES_GLYPHS_GLYPHS_H
