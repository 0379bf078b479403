//===- Npy.cpp - Fuzzes the reader of .npy files ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Npy.h"
#include "tools/coppice-fuzz/InputFile.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static coppice::fuzz::InputFile file("npy");
  auto tensor = coppice::runtime::readNpy(file.write(data, size));
  if (!tensor) {
    llvm::consumeError(tensor.takeError());
    return 0;
  }
  // Every element must be readable.
  (void)tensor->convert(coppice::runtime::ElementKind::F64);
  return 0;
}
