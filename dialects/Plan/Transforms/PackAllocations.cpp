//===- PackAllocations.cpp - Allocations become a plan.pack -----*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Transforms/PackAllocations.h"

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// Checks that one buffer can serve all iterations of a loop in turn. It cannot
/// if iterations run in parallel, or if one passes the buffer to the next.
static LogicalResult checkHoistable(memref::AllocOp alloc,
                                    const BufferViewFlowAnalysis &views) {
  for (Operation *op = alloc->getParentOp();
       !op->hasTrait<OpTrait::IsIsolatedFromAbove>(); op = op->getParentOp())
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

/// Erases views without users, and the allocations behind them.
static void eraseUnused(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

FailureOr<SmallVector<memref::AllocOp>>
coppice::plan::collectAllocations(Operation *owner) {
  SmallVector<memref::AllocOp> allocs;
  Block &entry = owner->getRegion(0).front();
  eraseUnused(entry);
  BufferViewFlowAnalysis views(owner);
  bool failedAny = false;
  owner->walk<WalkOrder::PreOrder>([&](memref::AllocOp alloc) {
    auto kernel = alloc->getParentOfType<KernelOp>();
    if (kernel && kernel != owner) {
      alloc.emitOpError("is in the body of a kernel, whose scratch is packed "
                        "first, by --plan-pack-scratch");
      failedAny = true;
    } else if (!getStaticBytes(alloc.getType())) {
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

void coppice::plan::replaceByPack(OpBuilder &b, Location loc, Value arena,
                                  ArrayRef<memref::AllocOp> allocs,
                                  const planning::PackingProblem &problem,
                                  const planning::PackingSolution &solution) {
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
  auto packOp =
      PackOp::create(b, loc, types, arena, b.getArrayAttr(names), sizes,
                     alignments, first, last, solution.offsets);
  for (auto [alloc, buffer] : llvm::zip_equal(allocs, packOp.getBuffers())) {
    alloc->replaceAllUsesWith(ValueRange{buffer});
    alloc->erase();
  }
}
