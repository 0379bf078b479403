//===- Progress.h - A progress bar on the terminal -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_RUNTIME_PROGRESS_H
#define COPPICE_LIB_RUNTIME_PROGRESS_H

#include "llvm/ADT/StringRef.h"

#include <chrono>
#include <cstdint>
#include <string>

namespace coppice::runtime {

/// One line on stderr that is redrawn a few times a second and erased at the
/// end. It is shown only on a terminal, unless `force` is set.
class Progress {
public:
  Progress(std::string title, int64_t total, bool quiet, bool force);
  ~Progress() { finish(); }

  void update(int64_t done, llvm::StringRef suffix = "");
  void finish();

private:
  std::string title;
  int64_t total;
  bool enabled, drawn = false;
  std::chrono::steady_clock::time_point start, last;
};

} // namespace coppice::runtime

#endif // COPPICE_LIB_RUNTIME_PROGRESS_H
