//===- Compare.h - The check function of compiled tests ---------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_TOOLS_COPPICE_RUN_COMPARE_H
#define COPPICE_TOOLS_COPPICE_RUN_COMPARE_H

#include <cstdint>

namespace coppice {

/// Counts the checks of a run.
struct CheckContext {
  int64_t run = 0;
  int64_t failed = 0;
};

} // namespace coppice

/// Compares `count` elements. Kinds are those of `check::ElementKind`; a
/// negative tolerance demands equality. `text` is "location|shape".
extern "C" void coppice_check(coppice::CheckContext *context,
                              const void *actual, const void *expected,
                              int64_t count, int32_t kind, int32_t bits,
                              double tolerance, const char *text);

#endif // COPPICE_TOOLS_COPPICE_RUN_COMPARE_H
