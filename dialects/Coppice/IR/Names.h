//===- Names.h - Attribute names that rooms share ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_COPPICE_IR_NAMES_H
#define COPPICE_DIALECTS_COPPICE_IR_NAMES_H

#include "llvm/ADT/StringRef.h"

namespace coppice {

/// On a function, a unit: callers outside of the module call it.
inline constexpr llvm::StringLiteral kEntryAttr = "coppice.entry";
/// On an argument or result of a function: its `#coppice.role`.
inline constexpr llvm::StringLiteral kRoleAttr = "coppice.role";

} // namespace coppice

#endif // COPPICE_DIALECTS_COPPICE_IR_NAMES_H
