//===- PackScratch.cpp - Places the scratch of kernels ----------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/Names.h"
#include "dialects/Plan/Analysis/Lifetimes.h"
#include "dialects/Plan/Transforms/PackAllocations.h"
#include "dialects/Plan/Transforms/Passes.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANPACKSCRATCH
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// Reports a body that needs other bytes than its ops declared.
static LogicalResult checkDeclared(KernelOp kernel,
                                   const planning::PackingProblem &problem) {
  int64_t needed = getPeakBytes(problem), declared = kernel.getScratchBytes();
  if (needed == declared)
    return success();
  InFlightDiagnostic diag =
      kernel.emitOpError("needs ")
      << needed << " bytes of scratch, but its ops declare " << declared
      << ": an op's getScratch and its lowering differ; this is a defect of the "
         "compiler, please report it with the model";
  for (size_t i : planning::liveAtPeak(problem)) {
    const planning::Buffer &buffer = problem.buffers[i];
    diag.attachNote(kernel.getLoc())
        << "\"" << buffer.name << "\" holds " << buffer.size
        << " bytes from step " << buffer.first << " to step " << buffer.last
        << " of the kernel";
  }
  return diag;
}

static std::string getScratchName(KernelOp kernel) {
  std::string name = getName(kernel.getLoc());
  return name.empty() ? kScratchSuffix.drop_front().str()
                      : name + kScratchSuffix.str();
}

static LogicalResult packScratch(KernelOp kernel) {
  auto allocs = collectAllocations(kernel);
  if (failed(allocs))
    return failure();
  auto problem = getPackingProblem(kernel, *allocs);
  if (failed(problem) || failed(checkDeclared(kernel, *problem)))
    return failure();
  if (allocs->empty())
    return success();
  if (llvm::Error error = problem->check())
    return kernel.emitOpError(llvm::toString(std::move(error)));
  planning::PackingSolution solution = planning::solve(*problem);
  if (llvm::Error error = planning::verify(*problem, solution))
    return kernel.emitOpError("has a wrong plan, by a defect of the ")
           << solution.solver
           << " solver: " << llvm::toString(std::move(error));
  OpBuilder b(kernel);
  Location loc =
      NameLoc::get(b.getStringAttr(getScratchName(kernel)), kernel.getLoc());
  auto type = MemRefType::get({solution.total()}, b.getI8Type());
  auto buffer = memref::AllocOp::create(b, loc, type);
  BlockArgument scratch = kernel.addScratch(buffer);
  b.setInsertionPointToStart(scratch.getOwner());
  replaceByPack(b, loc, scratch, *allocs, *problem, solution);
  return success();
}

namespace {
struct PlanPackScratch : plan::impl::PlanPackScratchBase<PlanPackScratch> {
  using PlanPackScratchBase::PlanPackScratchBase;

  void runOnOperation() override {
    SmallVector<KernelOp> kernels;
    getOperation().walk([&](KernelOp kernel) { kernels.push_back(kernel); });
    for (KernelOp kernel : kernels)
      if (kernel.getNumResults() == 0 && failed(packScratch(kernel)))
        signalPassFailure();
  }
};
} // namespace
