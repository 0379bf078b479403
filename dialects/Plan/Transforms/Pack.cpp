//===- Pack.cpp - Packs allocations into one arena --------------*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "dialects/Coppice/IR/EntryPoint.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/PackAllocations.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "dialects/Plan/Transforms/WriteInstance.h"
#include "lib/Support/Remarks.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANPACK
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

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
    auto allocs = collectAllocations(function);
    if (failed(allocs))
      return failure();

    auto problem = getPackingProblem(function, *allocs);
    if (failed(problem))
      return failure();
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
    int64_t bound = planning::lowerBound(problem);
    function->setAttr(kArenaBytesAttr, b.getI64IntegerAttr(bytes));
    function->setAttr(kLowerBoundAttr, b.getI64IntegerAttr(bound));
    decisionRemark(function, RemarkCategory::Order, "arena") << remark::reason(
        "{0} buffers in {1} bytes by {2}; no plan needs less than {3}",
        allocs.size(), bytes, solution.solver, bound);
    if (!allocs.empty())
      replaceByPack(b, loc, function.getArgument(index), allocs, problem,
                    solution);
    return success();
  }

  planning::PackingOptions packing;
};
} // namespace
