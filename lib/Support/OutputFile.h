//===- OutputFile.h - Files that appear whole or not at all -*- C++ -*-===//
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

/// Writes a file through a temporary one beside it, which takes the name only
/// once everything has reached the disk; on any error nothing is left. `-` is
/// the standard output, and what is not a regular file (a pipe, a device) is
/// written directly.
llvm::Error
writeFile(llvm::StringRef path,
          llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write);

/// The same for text that is ready.
llvm::Error writeFile(llvm::StringRef path, llvm::StringRef contents);

/// Several files that belong together: names with contents. None appears, and
/// none that was there is touched, unless all have reached the disk.
llvm::Error
writeFiles(llvm::ArrayRef<std::pair<std::string, llvm::StringRef>> files);

/// Whether `path` could be written: reported before hours of training, not
/// after. Creates nothing.
llvm::Error checkWritable(llvm::StringRef path);

} // namespace coppice

#endif // COPPICE_LIB_SUPPORT_OUTPUTFILE_H
