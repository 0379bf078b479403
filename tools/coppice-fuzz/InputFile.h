//===- InputFile.h - A fuzzer's bytes as a file -----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_TOOLS_FUZZ_INPUTFILE_H
#define COPPICE_TOOLS_FUZZ_INPUTFILE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <string>

namespace coppice::fuzz {

/// A temporary file that is rewritten for each input, because the tested
/// functions take a path. It lives as long as the process.
class InputFile {
public:
  /// `extension` comes without the dot; readers choose the format by it.
  explicit InputFile(llvm::StringRef extension);
  ~InputFile();

  /// Returns the path of a file that holds these bytes.
  llvm::StringRef write(const uint8_t *data, size_t size);

private:
  std::string path;
};

} // namespace coppice::fuzz

#endif // COPPICE_TOOLS_FUZZ_INPUTFILE_H
