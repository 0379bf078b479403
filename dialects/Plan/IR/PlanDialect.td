//===- PlanDialect.td - The memory plan as IR --------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_IR_PLANDIALECT_TD
#define COPPICE_DIALECTS_PLAN_IR_PLANDIALECT_TD

include "mlir/IR/OpBase.td"

def Plan_Dialect : Dialect {
  let name = "plan";
  let cppNamespace = "::coppice::plan";
  let summary = "Kernels and the memory plan as IR";
  let description = [{
    `plan.kernel` groups the ops of a function on tensors that one kernel
    computes, before they are ordered. `plan.pack` places the buffers of a
    function in an arena. A plan is part of the program: it can be printed, read
    back, verified and replayed. *Steps* count the ops of a function's entry
    block that access memory, from 0; an op with regions is one step. A lifetime
    is an inclusive range of steps.

    Attributes of a planned function are `plan.arena_bytes`, the size of its
    arena, and `plan.lower_bound_bytes`, a lower bound for any plan of the same
    order of ops; both are i64. Its last two arguments have the roles `state`
    and `arena` (`#coppice.role`). A scheduled function has the dictionary
    `plan.schedule`.
  }];
  let dependentDialects = ["::coppice::CoppiceDialect"];
  let hasOperationAttrVerify = 1;
}

#endif // COPPICE_DIALECTS_PLAN_IR_PLANDIALECT_TD
