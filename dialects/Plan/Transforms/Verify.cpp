//===- Verify.cpp - Checks a plan against program and budget ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Analysis/Lifetimes.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "llvm/Support/MathExtras.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANVERIFY
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// More buffers than these are counted, not listed.
static constexpr size_t kListed = 12;

/// Longer names are cut.
static constexpr size_t kLongest = 80;

/// Whether every buffer holds data at most when the plan says so.
static LogicalResult checkLifetimes(PackOp pack, const Lifetimes &lifetimes) {
  bool failedAny = false;
  for (unsigned i = 0, e = pack.getNumResults(); i < e; ++i) {
    auto lifetime = lifetimes.get(pack.getBuffers()[i]);
    if (failed(lifetime)) {
      failedAny = true;
      continue;
    }
    if (!*lifetime || ((*lifetime)->first >= pack.getFirst()[i] &&
                       (*lifetime)->last <= pack.getLast()[i]))
      continue;
    pack.emitOpError() << pack.getNames()[i] << " is live from step "
                       << (*lifetime)->first << " to " << (*lifetime)->last
                       << ", not only from " << pack.getFirst()[i] << " to "
                       << pack.getLast()[i];
    failedAny = true;
  }
  return failure(failedAny);
}

/// Converters join the names of all ops that they fuse.
static std::string shorten(StringRef name) {
  return name.size() <= kLongest ? name.str()
                                 : (name.take_front(kLongest) + "...").str();
}

/// Names what is live at the peak, the largest first.
static void explainPeak(InFlightDiagnostic &diag, PackOp pack,
                        const Lifetimes &lifetimes) {
  planning::PackingProblem problem = pack.getProblem();
  std::vector<size_t> live = planning::liveAtPeak(problem);
  llvm::sort(live, [&](size_t a, size_t b) {
    return std::make_pair(-problem.buffers[a].size, a) <
           std::make_pair(-problem.buffers[b].size, b);
  });
  // The peak step: where the last of them begins.
  int64_t peak = 0;
  for (size_t i : live)
    peak = std::max(peak, problem.buffers[i].first);
  Location loc = peak < lifetimes.getNumSteps()
                     ? lifetimes.getStep(peak)->getLoc()
                     : pack.getLoc();
  Diagnostic &note = diag.attachNote(pack.getLoc());
  note << "the most is live at step " << peak;
  if (std::string name = getName(loc); !name.empty())
    note << ", \"" << shorten(name) << "\"";
  for (size_t i : ArrayRef(live).take_front(kListed)) {
    const planning::Buffer &buffer = problem.buffers[i];
    diag.attachNote(pack.getLoc())
        << "\"" << shorten(buffer.name) << "\" holds " << buffer.size
        << " bytes from step " << buffer.first << " to step " << buffer.last;
  }
  if (live.size() > kListed) {
    int64_t rest = 0;
    for (size_t i : ArrayRef(live).drop_front(kListed))
      rest += problem.buffers[i].size;
    diag.attachNote(pack.getLoc())
        << live.size() - kListed << " more hold " << rest << " bytes";
  }
}

/// What the C interface adds to the arena: a step's outputs besides its loss,
/// each aligned, behind the plan's part. A step has more inputs than @infer.
static int64_t getArenaBytesOfLibrary(func::FuncOp function, int64_t plan) {
  constexpr int64_t kAlignment = 64;
  auto isOutput = [](func::FuncOp f, unsigned i) {
    return bool(f.getArgAttr(i, "train.output"));
  };
  auto numInputs = [&](func::FuncOp f) {
    unsigned count = 0;
    for (unsigned i = 0, e = f.getNumArguments(); i < e; ++i)
      count += !isOutput(f, i);
    return count;
  };
  auto infer =
      function->getParentOfType<ModuleOp>().lookupSymbol<func::FuncOp>("infer");
  if (!infer || numInputs(function) <= numInputs(infer))
    return plan;
  int64_t bytes = plan;
  bool isLoss = true;
  for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i) {
    auto type = dyn_cast<MemRefType>(function.getArgumentTypes()[i]);
    if (!type || !isOutput(function, i) || std::exchange(isLoss, false))
      continue;
    bytes =
        llvm::alignTo(bytes, kAlignment) +
        llvm::alignTo(type.getNumElements() *
                          llvm::divideCeil(type.getElementTypeBitWidth(), 8),
                      kAlignment);
  }
  return bytes;
}

namespace {
struct PlanVerify : plan::impl::PlanVerifyBase<PlanVerify> {
  using PlanVerifyBase::PlanVerifyBase;

  void runOnOperation() override {
    auto functions = getEntryFunctions(getOperation());
    if (failed(functions))
      return signalPassFailure();
    for (func::FuncOp function : *functions)
      if (failed(check(function)))
        signalPassFailure();
  }

  LogicalResult check(func::FuncOp function) {
    Lifetimes lifetimes(function);
    PackOp pack;
    for (auto op : function.getOps<PackOp>()) {
      if (failed(checkLifetimes(op, lifetimes)))
        return failure();
      pack = op;
    }
    auto arena = function->getAttrOfType<IntegerAttr>(kArenaBytesAttr);
    if (budget < 0 || !arena)
      return success();
    int64_t state = 0;
    for (unsigned i = 0, e = function.getNumArguments(); i < e; ++i)
      if (function.getArgAttr(i, kStateAttr))
        state = cast<MemRefType>(function.getArgumentTypes()[i]).getDimSize(0);
    int64_t needed = getArenaBytesOfLibrary(function, arena.getInt());
    int64_t kept = needed - arena.getInt();
    if (needed + state <= budget)
      return success();

    InFlightDiagnostic diag = mlir::emitError(function.getLoc());
    diag << "'" << function.getName() << "' needs an arena of " << needed
         << " bytes";
    if (state)
      diag << " and a state of " << state << " bytes";
    diag << ", the budget is " << int64_t(budget);
    auto bound = function->getAttrOfType<IntegerAttr>(kLowerBoundAttr);
    if (pack)
      explainPeak(diag, pack, lifetimes);
    Diagnostic &hint = diag.attachNote(function.getLoc());
    if (state > budget)
      hint << "the trained parameters and optimizer slots alone exceed the "
              "budget; train fewer of them, or use an optimizer without slots";
    else if (bound && bound.getInt() + kept + state <= budget)
      hint << "the lower bound, " << bound.getInt()
           << " bytes, is within the budget: a better packing may exist; try "
              "more iterations or the exact solver";
    else
      hint << "no packing of these buffers needs less than "
           << (bound ? bound.getInt() : arena.getInt()) + kept
           << " bytes; a smaller batch or input, or training fewer layers, "
              "shrinks or frees the buffers above";
    return diag;
  }
};
} // namespace
