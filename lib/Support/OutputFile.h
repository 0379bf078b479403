//===- OutputFile.h - Writes whole files or none ----------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_SUPPORT_OUTPUTFILE_H
#define COPPICE_LIB_SUPPORT_OUTPUTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace coppice {

/// Writes a file through a temporary file beside it, which gets the name only
/// after all data has reached the disk. On an error, no file is left. `-` is
/// the standard output. A path that is not a regular file (a pipe, a device) is
/// written directly.
llvm::Error
writeFile(llvm::StringRef path,
          llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write);

/// Writes a text to a file.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents);

/// Writes several files that belong together, as pairs of name and contents. No
/// file is created or replaced unless all of them have reached the disk.
llvm::Error
writeFiles(llvm::ArrayRef<std::pair<std::string, llvm::StringRef>> files);

/// Checks that `path` can be written, so that a command fails before hours of
/// training and not after. Creates no file.
llvm::Error checkWritable(llvm::StringRef path);

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_OUTPUTFILE_H
