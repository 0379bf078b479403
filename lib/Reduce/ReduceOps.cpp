//===- ReduceOps.cpp - Shrinks a module -------------------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "lib/Reduce/Edits.h"
#include "lib/Reduce/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Reducer/Tester.h"
#include "llvm/Support/FileSystem.h"

namespace coppice {
#define GEN_PASS_DEF_REDUCEOPS
#include "lib/Reduce/Passes.h.inc"
} // namespace coppice

using namespace mlir;
using namespace coppice;

namespace {
/// The search for the smallest module.
class Reduction {
public:
  Reduction(ModuleOp module, const Tester &tester)
      : tester(tester), best(module.clone()) {}

  bool isInteresting(ModuleOp module) const {
    return tester.isInteresting(module).first == Tester::Interestingness::True;
  }
  void run();
  ModuleOp getBest() { return *best; }

private:
  /// Makes the edits `first` to `last` of `best` on a copy, and keeps the copy
  /// if it is interesting.
  bool tryEdits(const reduce::EditKind &kind, size_t first, size_t last);
  /// Whether any edit of the kind was kept.
  bool sweep(const reduce::EditKind &kind);

  const Tester &tester;
  OwningOpRef<ModuleOp> best;
};

} // namespace

bool Reduction::tryEdits(const reduce::EditKind &kind, size_t first,
                         size_t last) {
  OwningOpRef<ModuleOp> copy(best->clone());
  SmallVector<reduce::Edit> edits = kind.find(*copy);
  IRRewriter rewriter(best->getContext());
  bool changed = false;
  for (size_t i = last; i > first; --i)
    changed |= edits[i - 1](rewriter);
  if (!changed)
    return false;
  {
    // Many edits make an op invalid; do not report that.
    ScopedDiagnosticHandler silent(best->getContext(),
                                   [](Diagnostic &) { return success(); });
    if (failed(verify(*copy)))
      return false;
  }
  if (!isInteresting(*copy))
    return false;
  best = std::move(copy);
  return true;
}

bool Reduction::sweep(const reduce::EditKind &kind) {
  bool kept = false;
  for (size_t size = kind.find(*best).size(); size > 0; size /= 2) {
    // Go from the last place to the first, because users come behind their
    // operands. A kept edit changes only places behind it, which have been
    // tried.
    for (size_t last = kind.find(*best).size(); last > 0;) {
      size_t first = last > size ? last - size : 0;
      kept |= tryEdits(kind, first, last);
      last = std::min(first, kind.find(*best).size());
    }
  }
  return kept;
}

void Reduction::run() {
  for (bool kept = true; kept;) {
    kept = false;
    for (const reduce::EditKind &kind : reduce::getEditKinds())
      kept |= sweep(kind);
  }
}

/// Replaces `module` by the smallest one found.
static LogicalResult reduceModule(ModuleOp module, StringRef script,
                                  ArrayRef<std::string> arguments) {
  if (script.empty())
    return module.emitError("a reduction needs a script: test=PATH");
  // Upstream's tester would exit the process if the script cannot be run.
  if (std::error_code code =
          llvm::sys::fs::access(script, llvm::sys::fs::AccessMode::Exist))
    return emitError(UnknownLoc::get(module.getContext()))
           << "test=" << script << ": " << code.message()
           << "; check the path of the script";
  if (!llvm::sys::fs::can_execute(script))
    return emitError(UnknownLoc::get(module.getContext()))
           << "test=" << script
           << ": is not executable; make it so with chmod +x";
  Tester tester(script, arguments);
  Reduction reduction(module, tester);
  if (!reduction.isInteresting(module))
    return module.emitError("the script '")
           << script << "' does not find the module interesting: it must exit "
           << "with 1 for the file that it is given";
  reduction.run();
  ModuleOp best = reduction.getBest();
  module->setAttrs(best->getAttrDictionary());
  module.getBodyRegion().takeBody(best.getBodyRegion());
  return success();
}

namespace {
struct ReduceOps : coppice::impl::ReduceOpsBase<ReduceOps> {
  using ReduceOpsBase::ReduceOpsBase;

  void runOnOperation() override {
    if (failed(reduceModule(getOperation(), test, testArguments)))
      signalPassFailure();
  }
};
} // namespace
