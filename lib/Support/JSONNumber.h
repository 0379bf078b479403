//===- JSONNumber.h - Numbers in JSON ---------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_JSONNUMBER_H
#define COPPICE_LIB_SUPPORT_JSONNUMBER_H

#include "llvm/Support/JSON.h"

#include <cmath>

namespace coppice {

/// Returns `value` in JSON: null for NaN and infinity, which JSON lacks.
inline llvm::json::Value jsonNumber(double value) {
  return std::isfinite(value) ? llvm::json::Value(value)
                              : llvm::json::Value(nullptr);
}

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_JSONNUMBER_H
