//===- Count.h - Formats numbers for messages -------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_COUNT_H
#define COPPICE_LIB_SUPPORT_COUNT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <cstdint>
#include <string>

namespace coppice {

/// `1 image`, `2 images`, `2 biases`.
inline std::string countOf(int64_t number, llvm::StringRef noun) {
  std::string text = std::to_string(number) + " " + noun.str();
  if (number == 1)
    return text;
  return text + (noun.ends_with("s") ? "es" : "s");
}

/// 1,234,567
inline std::string groupDigits(int64_t number) {
  std::string digits = std::to_string(number);
  int64_t first = number < 0;
  for (int64_t i = int64_t(digits.size()) - 3; i > first; i -= 3)
    digits.insert(i, ",");
  return digits;
}

/// `nan`, `-inf`, `1.0e+300`.
inline std::string formatNumber(double value) {
  if (std::isnan(value))
    return "nan";
  if (std::isinf(value))
    return value < 0 ? "-inf" : "inf";
  return llvm::formatv("{0:e1}", value).str();
}

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_COUNT_H
