//===- InputFile.cpp - A fuzzer's bytes as a file ---------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "tools/coppice-fuzz/InputFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace coppice::fuzz {

InputFile::InputFile(StringRef extension) {
  SmallString<128> name;
  if (std::error_code code =
          sys::fs::createTemporaryFile("coppice-fuzz", extension, name))
    report_fatal_error(Twine("no temporary file: ") + code.message());
  path = name.str().str();
}

InputFile::~InputFile() { sys::fs::remove(path); }

StringRef InputFile::write(const uint8_t *data, size_t size) {
  std::error_code code;
  raw_fd_ostream os(path, code);
  if (code)
    report_fatal_error(Twine("cannot write ") + path + ": " + code.message());
  os << StringRef(reinterpret_cast<const char *>(data), size);
  return path;
}

} // namespace coppice::fuzz
