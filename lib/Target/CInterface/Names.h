//===- Names.h - C identifiers of a model's names ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_CINTERFACE_NAMES_H
#define COPPICE_LIB_TARGET_CINTERFACE_NAMES_H

#include "coppice/CInterface.h"

namespace coppice {

/// Returns `name` as the prefix of C identifiers: `net` of `net_infer`.
std::string makeCPrefix(llvm::StringRef name);

/// Returns `name` as a field of a struct in a library with the given prefix.
/// The result is not a keyword, a reserved identifier or a macro of C99 to C23
/// or C++11 to C++26; a name that may be one gets an underscore.
std::string makeCField(llvm::StringRef name, llvm::StringRef prefix);

/// Gives the arguments of each role distinct field names.
void nameFields(std::vector<CArgument> &arguments, llvm::StringRef prefix);

} // namespace coppice

#endif // COPPICE_LIB_TARGET_CINTERFACE_NAMES_H
