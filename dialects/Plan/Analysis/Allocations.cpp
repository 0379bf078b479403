//===- Allocations.cpp - The packing problem of a function ------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Plan/Analysis/Allocations.h"

#include "dialects/Plan/Analysis/Lifetimes.h"
#include "dialects/Plan/IR/Plan.h"
#include "lib/Support/Remarks.h"

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

FailureOr<planning::PackingProblem>
coppice::plan::getPackingProblem(func::FuncOp function,
                                 ArrayRef<memref::AllocOp> allocs) {
  planning::PackingProblem problem;
  Lifetimes lifetimes(function);
  BufferNames names;
  for (memref::AllocOp alloc : allocs) {
    auto lifetime = lifetimes.get(alloc);
    if (failed(lifetime))
      return failure();
    planning::Buffer buffer;
    buffer.name = names.get(alloc);
    // A buffer without a use needs no lifetime, but it needs an offset.
    buffer.size = *getStaticBytes(alloc.getType());
    buffer.alignment =
        std::max<int64_t>(kAlignment, alloc.getAlignment().value_or(1));
    buffer.first = lifetime->value_or(Lifetime()).first;
    buffer.last = lifetime->value_or(Lifetime()).last;
    problem.buffers.push_back(std::move(buffer));
  }
  return problem;
}

LogicalResult coppice::plan::checkSchedule(func::FuncOp function) {
  auto schedule = function->getAttrOfType<DictionaryAttr>(kScheduleAttr);
  auto promised = schedule ? schedule.getAs<IntegerAttr>(kLiveBytes) : nullptr;
  if (!promised || function.isDeclaration())
    return success();
  SmallVector<memref::AllocOp> allocs;
  for (auto alloc : function.getOps<memref::AllocOp>())
    if (getStaticBytes(alloc.getType()) && !alloc.use_empty())
      allocs.push_back(alloc);
  auto problem = getPackingProblem(function, allocs);
  if (failed(problem))
    return failure();
  std::vector<size_t> live = planning::liveAtPeak(*problem);
  int64_t bytes = 0;
  for (size_t i : live)
    bytes += problem->buffers[i].size;
  if (bytes <= promised.getInt())
    return success();

  // A remark for the driver, whose users look at figures and not at buffers.
  slowPathRemark(function, "more-live-bytes")
      << remark::reason("its kernels need {0} bytes, the schedule counted on "
                        "{1}",
                        bytes, promised.getInt());
  InFlightDiagnostic diag = mlir::emitRemark(function.getLoc());
  diag << "'" << function.getName() << "' needs " << bytes
       << " bytes in its kernels, but was scheduled for " << promised.getInt();
  // Each entry of the schedule accounts for one buffer of its size, or for
  // parts of an op's scratch.
  llvm::StringMap<int64_t> scratch;
  SmallVector<int64_t> named;
  if (auto buffers = function->getAttrOfType<DictionaryAttr>(kBuffersAttr))
    for (NamedAttribute buffer : buffers) {
      StringRef name = buffer.getName();
      int64_t size = cast<IntegerAttr>(buffer.getValue()).getInt();
      if (name.consume_back(kScratchSuffix))
        scratch[name] = size;
      else
        named.push_back(size);
    }
  bool any = false;
  for (size_t i : live) {
    const planning::Buffer &buffer = problem->buffers[i];
    auto *found = llvm::find(named, buffer.size);
    if (found != named.end()) {
      named.erase(found);
      continue;
    }
    int64_t &rest = scratch[getName(allocs[i].getLoc())];
    if (rest >= buffer.size) {
      rest -= buffer.size;
      continue;
    }
    any = true;
    diag.attachNote(allocs[i].getLoc())
        << "\"" << buffer.name << "\" holds " << buffer.size
        << " bytes that the schedule did not name";
  }
  if (!any)
    diag.attachNote(function.getLoc())
        << "every buffer has a size that the schedule named; some live longer";
  return success();
}
