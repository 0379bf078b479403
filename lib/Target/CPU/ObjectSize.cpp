//===- ObjectSize.cpp - Bytes of an object in flash -------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Target/CPU/ObjectSize.h"

#include "llvm/Object/ObjectFile.h"

using namespace llvm;

Expected<coppice::ObjectSize> coppice::measureObject(StringRef object) {
  auto file =
      object::ObjectFile::createObjectFile(MemoryBufferRef(object, "model"));
  if (!file)
    return file.takeError();
  ObjectSize size;
  for (const object::SectionRef &section : (*file)->sections()) {
    if (section.isText())
      size.code += static_cast<int64_t>(section.getSize());
    else if (section.isData() && !section.isBSS())
      size.data += static_cast<int64_t>(section.getSize());
  }
  return size;
}
