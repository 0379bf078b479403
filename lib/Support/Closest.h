//===- Closest.h - Suggestions for misspelt words ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_CLOSEST_H
#define COPPICE_LIB_SUPPORT_CLOSEST_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace coppice {

/// Returns the one of `candidates` that is closest to a misspelt word, or
/// empty.
llvm::StringRef closest(llvm::StringRef word,
                        llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_CLOSEST_H
