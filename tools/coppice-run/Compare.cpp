//===- Compare.cpp - The check function of compiled tests -------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/coppice-run/Compare.h"

#include "dialects/Check/Transforms/Passes.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>
#include <cstring>

using namespace coppice;
using check::ElementKind;

/// At most this many differences of one check are printed.
static constexpr int64_t kMaxPrinted = 5;

static uint64_t bitsAt(const void *data, int64_t index, int32_t bits) {
  // An element of less than a byte takes a byte.
  size_t bytes = (static_cast<size_t>(bits) + 7) / 8;
  uint64_t value = 0;
  std::memcpy(&value,
              static_cast<const char *>(data) +
                  static_cast<size_t>(index) * bytes,
              bytes);
  return bits < 64 ? value & ((uint64_t(1) << bits) - 1) : value;
}

static double floatOf(uint64_t bits, int32_t width, ElementKind kind) {
  const llvm::fltSemantics &semantics =
      kind == ElementKind::BFloat16 ? llvm::APFloat::BFloat()
      : width == 16                 ? llvm::APFloat::IEEEhalf()
      : width == 32                 ? llvm::APFloat::IEEEsingle()
                                    : llvm::APFloat::IEEEdouble();
  llvm::APFloat value(semantics, llvm::APInt(width, bits));
  bool inexact;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
                &inexact);
  return value.convertToDouble();
}

static bool floatsAgree(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b))
    return std::isnan(a) && std::isnan(b);
  if (a == b)
    return true;
  return tolerance >= 0 && !std::isinf(a) && !std::isinf(b) &&
         std::fabs(a - b) <= tolerance * std::fmax(1.0, std::fabs(b));
}

static void printValue(uint64_t bits, int32_t width, ElementKind kind) {
  if (kind == ElementKind::Unsigned)
    llvm::errs() << bits;
  else if (kind == ElementKind::Signed)
    llvm::errs() << llvm::APInt(width, bits).getSExtValue();
  else
    llvm::errs() << llvm::format("%.9g", floatOf(bits, width, kind));
}

/// Prints "[1, 2]" for a flat index into a shape "2x3".
static void printIndex(int64_t flat, llvm::StringRef shape) {
  llvm::SmallVector<llvm::StringRef> parts;
  shape.split(parts, 'x', -1, /*KeepEmpty=*/false);
  llvm::SmallVector<int64_t> index(parts.size());
  for (size_t i = parts.size(); i-- > 0;) {
    int64_t extent = 1;
    parts[i].getAsInteger(10, extent);
    index[i] = flat % extent;
    flat /= extent;
  }
  llvm::errs() << "[";
  llvm::interleaveComma(index, llvm::errs());
  llvm::errs() << "]";
}

void coppice_check(CheckContext *context, const void *actual,
                   const void *expected, int64_t count, int32_t kindNumber,
                   int32_t bits, double tolerance, const char *text) {
  auto kind = static_cast<ElementKind>(kindNumber);
  bool isFloat = kind == ElementKind::Float || kind == ElementKind::BFloat16;
  auto [location, shape] = llvm::StringRef(text).split('|');
  int64_t different = 0;
  for (int64_t i = 0; i < count; ++i) {
    uint64_t a = bitsAt(actual, i, bits), b = bitsAt(expected, i, bits);
    bool agree = isFloat ? floatsAgree(floatOf(a, bits, kind),
                                       floatOf(b, bits, kind), tolerance)
                         : a == b;
    if (agree)
      continue;
    if (different++ >= kMaxPrinted)
      continue;
    llvm::errs() << location << ": error: ";
    printIndex(i, shape);
    llvm::errs() << " is ";
    printValue(a, bits, kind);
    llvm::errs() << ", expected ";
    printValue(b, bits, kind);
    llvm::errs() << "\n";
  }
  if (different > kMaxPrinted)
    llvm::errs() << location << ": note: " << different << " of " << count
                 << " elements differ\n";
  ++context->run;
  context->failed += different > 0;
}
