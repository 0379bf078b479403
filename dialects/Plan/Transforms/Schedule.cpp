//===- Schedule.cpp - Orders ops for a low peak of live bytes ---*- C++ -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#include "coppice/Target.h"
#include "dialects/Plan/IR/Plan.h"
#include "dialects/Plan/Transforms/KernelOuts.h"
#include "dialects/Plan/Transforms/Passes.h"
#include "dialects/Plan/Transforms/WriteInstance.h"
#include "lib/Support/Remarks.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace coppice::plan {
#define GEN_PASS_DEF_PLANSCHEDULE
#include "dialects/Plan/Transforms/Passes.h.inc"
} // namespace coppice::plan

using namespace mlir;
using namespace coppice;
using namespace coppice::plan;

namespace {
struct PlanSchedule : plan::impl::PlanScheduleBase<PlanSchedule> {
  using PlanScheduleBase::PlanScheduleBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isDeclaration())
      return;
    std::optional<planning::OrderingSolver> parsed =
        planning::parseOrderingSolver(solver);
    if (!parsed) {
      function.emitError("no ordering solver is named '")
          << solver
          << "'; there are auto, listed, greedy, depth-first, beam and exact";
      return signalPassFailure();
    }
    if (!function.getBody().hasOneBlock()) {
      function.emitOpError("has branches between blocks; only a straight line "
                           "of ops can be reordered");
      return signalPassFailure();
    }
    if (failed(schedule(function, *parsed)))
      signalPassFailure();
  }

  LogicalResult schedule(func::FuncOp function,
                         planning::OrderingSolver parsed) {
    FailureOr<TargetRecord> target = TargetRecord::get(function);
    if (failed(target))
      return failure();
    for (auto kernel : function.getOps<KernelOp>())
      if (!kernel.getOuts().empty())
        return kernel.emitOpError(
            "has outs already; only kernels without outs, "
            "as --plan-form-kernels makes them, can be "
            "scheduled");
    BlockProblem block(function.getBody().front(), *target);
    const planning::OrderingProblem &problem = block.problem;
    if (llvm::Error error = problem.check())
      return function.emitOpError(llvm::toString(std::move(error)));
    planning::OrderingOptions options;
    options.solver = parsed;
    options.states = states;
    planning::OrderingSolution solution = planning::solve(problem, options);
    if (llvm::Error error = planning::verify(problem, solution))
      return function.emitOpError("has a wrong order, by a defect of the ")
             << solution.solver
             << " solver: " << llvm::toString(std::move(error));
    if (!instances.empty() &&
        failed(writeInstance(function, instances, planning::toJSON(problem))))
      return failure();
    options.solver = planning::OrderingSolver::listed;
    int64_t before = planning::solve(problem, options).peak;
    int64_t bound = planning::lowerBound(problem);
    block.apply(solution.order);
    setOuts(block, solution.order, function.getBody().front());
    Builder b(function.getContext());
    function->setAttr(
        kScheduleAttr,
        b.getDictionaryAttr(
            {b.getNamedAttr("before", b.getI64IntegerAttr(before)),
             b.getNamedAttr(kLiveBytes, b.getI64IntegerAttr(solution.peak)),
             b.getNamedAttr("lower_bound", b.getI64IntegerAttr(bound)),
             b.getNamedAttr("optimal", b.getBoolAttr(solution.optimal))}));
    decisionRemark(function, RemarkCategory::Order, "peak") << remark::reason(
        "{0} ops in an order of the {1} solver: {2} bytes "
        "live, {3} as listed; no order has less than {4}",
        problem.ops.size(), solution.solver, solution.peak, before, bound);
    return success();
  }
};
} // namespace
