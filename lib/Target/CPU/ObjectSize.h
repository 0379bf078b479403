//===- ObjectSize.h - Bytes of an object in flash ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_CPU_OBJECTSIZE_H
#define COPPICE_LIB_TARGET_CPU_OBJECTSIZE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace coppice {

struct ObjectSize {
  int64_t code = 0, data = 0;
};

/// Returns the bytes of an object's sections of code and of initialised data.
llvm::Expected<ObjectSize> measureObject(llvm::StringRef object);

} // namespace coppice

#endif // COPPICE_LIB_TARGET_CPU_OBJECTSIZE_H
