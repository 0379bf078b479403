//===- Allocations.cpp - The packing problem of a function ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Analysis/Allocations.h"

#include "dialects/Plan/Analysis/Lifetimes.h"
#include "dialects/Plan/IR/Plan.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

/// A buffer that is shorter than a line of the cache lies within one.
static int64_t getAlignment(memref::AllocOp alloc, int64_t bytes) {
  int64_t asked = alloc.getAlignment().value_or(1);
  if (asked > kAlignment || bytes >= kAlignment)
    return std::max(kAlignment, asked);
  return llvm::PowerOf2Ceil(std::max<int64_t>(bytes, 1));
}

FailureOr<planning::PackingProblem>
coppice::plan::getPackingProblem(Operation *owner,
                                 ArrayRef<memref::AllocOp> allocs) {
  planning::PackingProblem problem;
  Lifetimes lifetimes(owner);
  BufferNames names;
  for (memref::AllocOp alloc : allocs) {
    auto lifetime = lifetimes.get(alloc);
    if (failed(lifetime))
      return failure();
    planning::Buffer buffer;
    buffer.name = names.get(alloc);
    // A buffer without a use needs no lifetime, but it needs an offset.
    buffer.size = *getStaticBytes(alloc.getType());
    buffer.alignment = getAlignment(alloc, buffer.size);
    buffer.first = lifetime->value_or(Lifetime()).first;
    buffer.last = lifetime->value_or(Lifetime()).last;
    problem.buffers.push_back(std::move(buffer));
  }
  return problem;
}

int64_t coppice::plan::getPeakBytes(const planning::PackingProblem &problem) {
  int64_t bytes = 0;
  for (size_t i : planning::liveAtPeak(problem))
    bytes += problem.buffers[i].size;
  return bytes;
}
