//===- Verify.cpp - Checks a plan against program and budget ----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Plan/Analysis/Allocations.h"
#include "dialects/Plan/Analysis/Flash.h"
#include "dialects/Plan/Analysis/Lifetimes.h"
#include "dialects/Plan/Analysis/Reserve.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Interfaces/PlanningInterface.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "lib/Support/Remarks.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANVERIFY
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// If there are more buffers, they are counted and not listed.
static constexpr size_t kListed = 12;

/// Longer names are cut.
static constexpr size_t kLongest = 80;

/// Verifies that every buffer is live only when the plan says so.
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

/// Verifies that the buffers of a scheduled function need no more bytes at once
/// than the schedule counted on.
static LogicalResult checkPeak(func::FuncOp function, PackOp pack) {
  auto schedule = function->getAttrOfType<DictionaryAttr>(kScheduleAttr);
  auto promised = schedule ? schedule.getAs<IntegerAttr>(kLiveBytes) : nullptr;
  if (!promised || !pack)
    return success();
  planning::PackingProblem problem = pack.getProblem();
  // Scratch counts as its kernel declares it, without gaps.
  for (auto [buffer, value] :
       llvm::zip_equal(problem.buffers, pack.getBuffers()))
    for (Operation *user : value.getUsers())
      if (auto kernel = dyn_cast<KernelOp>(user);
          kernel && kernel.getScratch() == value)
        buffer.size = kernel.getScratchBytes();
  int64_t live = getPeakBytes(problem);
  if (live == promised.getInt())
    return success();
  if (live < promised.getInt()) {
    decisionRemark(function, RemarkCategory::Order, "fewer-live-bytes")
        << remark::reason("its kernels need {0} bytes, the schedule counted on "
                          "{1}",
                          live, promised.getInt());
    return success();
  }
  InFlightDiagnostic diag = function.emitOpError("needs ")
                            << live << " bytes at once, but was scheduled for "
                            << promised.getInt()
                            << "; this is a defect of the compiler, please "
                               "report it with the model";
  for (size_t i : planning::liveAtPeak(problem))
    diag.attachNote(function.getLoc())
        << "\"" << problem.buffers[i].name << "\" holds "
        << problem.buffers[i].size << " bytes";
  return diag;
}

/// Converters join the names of all ops that they fuse.
static std::string shorten(StringRef name) {
  return name.size() <= kLongest ? name.str()
                                 : (name.take_front(kLongest) + "...").str();
}

/// Names the buffers that are live at the peak, the largest first.
static void explainPeak(InFlightDiagnostic &diag, PackOp pack,
                        const Lifetimes &lifetimes) {
  planning::PackingProblem problem = pack.getProblem();
  std::vector<size_t> live = planning::liveAtPeak(problem);
  llvm::sort(live, [&](size_t a, size_t b) {
    return std::make_pair(-problem.buffers[a].size, a) <
           std::make_pair(-problem.buffers[b].size, b);
  });
  // The peak step is the one at which the last of them begins.
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

namespace {
/// The RAM that a function needs.
struct Need : Reserve {
  func::FuncOp function;
  PackOp pack;
};
} // namespace

/// Returns the leading extent of the first input of an entry point.
static std::optional<int64_t> getBatch(func::FuncOp function) {
  EntryPoint entry(function);
  std::optional<EntryValue> input = entry.findArgument(EntryRole::input);
  auto type =
      input && entry.isMarked() ? dyn_cast<MemRefType>(input->type) : nullptr;
  return type && type.getRank() ? std::optional(type.getDimSize(0))
                                : std::nullopt;
}

/// Reports one error for all functions, about the one that needs most.
static void reportRAM(ArrayRef<Need> exceeding, int64_t budget) {
  const Need &worst =
      *llvm::max_element(exceeding, [](const Need &a, const Need &b) {
        return a.total() < b.total();
      });
  func::FuncOp function = worst.function;
  InFlightDiagnostic diag = mlir::emitError(function.getLoc());
  diag << "'" << function.getName() << "' needs an arena of " << worst.arena
       << " bytes";
  if (worst.state)
    diag << " and a state of " << worst.state << " bytes";
  diag << ", the budget is " << budget;
  if (std::optional<int64_t> batch = getBatch(function))
    diag << " for batches of " << *batch;
  if (worst.pack)
    explainPeak(diag, worst.pack, Lifetimes(function));
  for (Need other : exceeding)
    if (other.function != function)
      diag.attachNote(other.function.getLoc())
          << "'" << other.function.getName() << "' needs " << other.total()
          << " bytes in all, too";
  Diagnostic &hint = diag.attachNote(function.getLoc());
  auto bound = function->getAttrOfType<IntegerAttr>(kLowerBoundAttr);
  auto planned = function->getAttrOfType<IntegerAttr>(kArenaBytesAttr);
  int64_t least = worst.arena;
  if (bound)
    least = getReservedArena(function, bound.getInt());
  if (worst.state > budget)
    hint << "the trained parameters and optimizer slots alone exceed the "
            "budget; train fewer of them, or use an optimizer without slots";
  else if (bound && planned && bound.getInt() < planned.getInt() &&
           least + worst.state <= budget)
    hint << "the lower bound, " << least
         << " bytes, is within the budget: a better packing may exist; try "
            "more iterations or the exact solver";
  else
    hint << "no packing of these buffers needs less than " << least
         << " bytes; a smaller batch or input, or training fewer layers, "
            "shrinks or frees the buffers above";
}

static void reportFlash(ModuleOp module, ArrayRef<FlashTensor> tensors,
                        int64_t budget) {
  int64_t initial = 0, total = countFlash(tensors);
  for (const FlashTensor &tensor : tensors)
    initial += tensor.isInitial ? tensor.bytes : 0;
  InFlightDiagnostic diag = mlir::emitError(module.getLoc());
  diag << "the model needs " << total << " bytes of flash for data ("
       << total - initial << " of constants and frozen parameters, " << initial
       << " of initial values), the budget is " << budget;
  for (const FlashTensor &tensor : tensors.take_front(kListed))
    diag.attachNote(module.getLoc())
        << "\"" << shorten(tensor.name) << "\" holds " << tensor.bytes
        << " bytes" << (tensor.isInitial ? " of initial values" : "");
  if (tensors.size() > kListed)
    diag.attachNote(module.getLoc())
        << tensors.size() - kListed << " more hold "
        << countFlash(tensors.drop_front(kListed)) << " bytes";
  diag.attachNote(module.getLoc())
      << "code comes on top; a smaller model, or narrower weights, need less";
}

namespace {
struct PlanVerify : plan::impl::PlanVerifyBase<PlanVerify> {
  using PlanVerifyBase::PlanVerifyBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    auto functions = getEntryFunctions(getOperation());
    if (failed(functions))
      return signalPassFailure();
    SmallVector<Need> exceeding;
    for (func::FuncOp function : *functions)
      if (failed(check(function, exceeding)))
        signalPassFailure();
    if (!exceeding.empty()) {
      reportRAM(exceeding, budget);
      signalPassFailure();
    }
    if (flashBudget < 0)
      return;
    SmallVector<FlashTensor> flash = collectFlash(getOperation());
    if (countFlash(flash) > flashBudget) {
      reportFlash(getOperation(), flash, flashBudget);
      signalPassFailure();
    }
  }

  /// Checks the plan; adds to `exceeding` if the budget is too small.
  LogicalResult check(func::FuncOp function, SmallVectorImpl<Need> &exceeding) {
    Lifetimes lifetimes(function);
    Need need{getReserve(function), function, nullptr};
    for (auto op : function.getOps<PackOp>()) {
      if (failed(checkLifetimes(op, lifetimes)))
        return failure();
      need.pack = op;
    }
    for (auto kernel : function.getOps<KernelOp>())
      for (auto op : kernel.getBody().getOps<PackOp>())
        if (failed(checkLifetimes(op, Lifetimes(kernel))))
          return failure();
    if (failed(checkPeak(function, need.pack)))
      return failure();
    if (budget < 0 || !function->hasAttr(kArenaBytesAttr))
      return success();
    if (need.total() > budget)
      exceeding.push_back(need);
    return success();
  }
};
} // namespace
