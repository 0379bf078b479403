//===- Progress.cpp - A progress bar on the terminal -*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Runtime/Progress.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace coppice::runtime {

Progress::Progress(std::string title, int64_t total, bool quiet, bool force)
    : title(std::move(title)), total(total),
      enabled(!quiet && (force || sys::Process::StandardErrIsDisplayed())),
      start(std::chrono::steady_clock::now()) {}

void Progress::update(int64_t done, StringRef suffix) {
  using namespace std::chrono;
  if (!enabled || total <= 0)
    return;
  auto now = steady_clock::now();
  if (drawn && done < total && now - last < milliseconds(100))
    return;
  last = now;
  drawn = true;
  constexpr int width = 30;
  int filled = static_cast<int>(done * width / total);
  double elapsed = duration<double>(now - start).count();
  std::string bar;
  for (int i = 0; i < width; ++i)
    bar += i < filled ? "#" : "-";
  errs() << "\r" << title << " [" << bar << "] " << done << "/" << total;
  if (!suffix.empty())
    errs() << "  " << suffix;
  if (done > 0)
    errs() << format("  %.0fs left", elapsed / done * (total - done));
  errs() << "\x1b[K";
  errs().flush();
}

void Progress::finish() {
  if (drawn)
    errs() << "\r\x1b[K";
  drawn = false;
}

} // namespace coppice::runtime
