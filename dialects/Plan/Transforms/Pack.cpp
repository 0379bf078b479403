//===- Pack.cpp - Packs allocations into one arena --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Plan/Analysis/Allocations.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "dialects/Plan/Transforms/WriteInstance.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANPACK
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// Checks that one buffer can serve all iterations of a loop in turn. It cannot
/// if iterations run in parallel, or if one passes the buffer to the next.
static LogicalResult checkHoistable(memref::AllocOp alloc,
                                    const BufferViewFlowAnalysis &views) {
  for (Operation *op = alloc->getParentOp(); !isa<func::FuncOp>(op);
       op = op->getParentOp())
    if (op->hasTrait<OpTrait::HasParallelRegion>()) {
      InFlightDiagnostic diag = alloc.emitOpError(
          "is inside a parallel loop, whose iterations cannot share it");
      diag.attachNote(op->getLoc()) << "the loop is here";
      return diag;
    }
  for (Value alias : views.resolve(alloc))
    for (Operation *user : alias.getUsers())
      if (user->hasTrait<OpTrait::IsTerminator>() &&
          isa<LoopLikeOpInterface>(user->getParentOp()))
        return alloc.emitOpError("is handed on to a loop's next iteration, so "
                                 "it cannot have one place");
  return success();
}

/// Returns the allocations of a function, all of static size and moved to its
/// entry block. Reports every one that cannot be planned.
static FailureOr<SmallVector<memref::AllocOp>>
collectAllocations(func::FuncOp function) {
  SmallVector<memref::AllocOp> allocs;
  Block &entry = function.getBody().front();
  BufferViewFlowAnalysis views(function);
  bool failedAny = false;
  function.walk<WalkOrder::PreOrder>([&](memref::AllocOp alloc) {
    if (!getStaticBytes(alloc.getType())) {
      alloc.emitOpError("has type ")
          << alloc.getType()
          << "; only buffers of static size without layout can be planned";
      failedAny = true;
    } else if (alloc->getBlock() != &entry &&
               failed(checkHoistable(alloc, views))) {
      failedAny = true;
    }
    allocs.push_back(alloc);
  });
  if (failedAny)
    return failure();
  for (memref::AllocOp alloc : allocs)
    if (alloc->getBlock() != &entry)
      alloc->moveBefore(entry.findAncestorOpInBlock(*alloc));
  return allocs;
}

/// Erases views without users, and the allocations behind them.
static void eraseUnused(func::FuncOp function) {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (isOpTriviallyDead(&op))
      op.erase();
}

namespace {
struct PlanPack : plan::impl::PlanPackBase<PlanPack> {
  using PlanPackBase::PlanPackBase;

  void runOnOperation() override {
    std::optional<planning::PackingSolver> parsed =
        planning::parsePackingSolver(solver);
    if (!parsed) {
      emitError(getOperation().getLoc())
          << "no packing solver is named '" << solver
          << "'; there are auto, exact, first-fit, best-fit and hill-climb";
      return signalPassFailure();
    }
    packing.solver = *parsed;
    packing.iterations = iterations;
    packing.seed = seed;
    auto functions = getEntryFunctions(getOperation());
    if (failed(functions))
      return signalPassFailure();
    for (func::FuncOp function : *functions)
      if (!function->hasAttr(kArenaBytesAttr) && failed(pack(function)))
        signalPassFailure();
  }

  LogicalResult pack(func::FuncOp function) {
    if (function.getNumResults() != 0)
      return function.emitOpError("returns values; planned functions write "
                                  "to destination arguments instead");
    function.walk([](memref::DeallocOp dealloc) { dealloc.erase(); });
    eraseUnused(function);
    auto allocs = collectAllocations(function);
    if (failed(allocs))
      return failure();

    auto problem = getPackingProblem(function, *allocs);
    if (failed(problem))
      return failure();
    function->removeAttr(kBuffersAttr);
    return rewrite(function, *allocs, *problem);
  }

  LogicalResult rewrite(func::FuncOp function,
                        MutableArrayRef<memref::AllocOp> allocs,
                        const planning::PackingProblem &problem) {
    if (llvm::Error error = problem.check())
      return function.emitOpError(llvm::toString(std::move(error)));
    planning::PackingSolution solution = planning::solve(problem, packing);
    if (llvm::Error error = planning::verify(problem, solution))
      return function.emitOpError("has a wrong plan, by a defect of the ")
             << solution.solver
             << " solver: " << llvm::toString(std::move(error));
    if (!instances.empty() &&
        failed(writeInstance(function, instances, planning::toJSON(problem))))
      return failure();

    OpBuilder b = OpBuilder::atBlockBegin(&function.getBody().front());
    int64_t bytes = solution.total();
    Location loc = function.getLoc();
    unsigned index = function.getNumArguments();
    auto arenaType = MemRefType::get({bytes}, b.getI8Type());
    auto role = RoleAttr::get(&getContext(), EntryRole::arena);
    if (failed(function.insertArgument(
            index, arenaType, role.asDictionary(),
            NameLoc::get(b.getStringAttr("arena"), loc))))
      return failure();
    function->setAttr(kArenaBytesAttr, b.getI64IntegerAttr(bytes));
    function->setAttr(kLowerBoundAttr,
                      b.getI64IntegerAttr(planning::lowerBound(problem)));
    if (allocs.empty())
      return success();

    SmallVector<Attribute> names;
    SmallVector<Type> types;
    SmallVector<int64_t> sizes, alignments, first, last;
    for (memref::AllocOp alloc : allocs)
      types.push_back(alloc.getType());
    for (const planning::Buffer &buffer : problem.buffers) {
      names.push_back(b.getStringAttr(buffer.name));
      sizes.push_back(buffer.size);
      alignments.push_back(buffer.alignment);
      first.push_back(buffer.first);
      last.push_back(buffer.last);
    }
    auto packOp = PackOp::create(b, loc, types, function.getArgument(index),
                                 b.getArrayAttr(names), sizes, alignments,
                                 first, last, solution.offsets);
    for (auto [alloc, buffer] : llvm::zip_equal(allocs, packOp.getBuffers())) {
      alloc->replaceAllUsesWith(ValueRange{buffer});
      alloc->erase();
    }
    return success();
  }

  planning::PackingOptions packing;
};
} // namespace
