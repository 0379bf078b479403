//===- PlanOps.td - Ops of the plan dialect ----------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_IR_PLANOPS_TD
#define COPPICE_DIALECTS_PLAN_IR_PLANOPS_TD

include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/Plan/IR/PlanDialect.td"

def Plan_PackOp : Op<Plan_Dialect, "pack", [
    Pure, DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "buffers with lifetimes, placed in an arena";
  let description = [{
    Each result is a buffer inside the arena, at its offset. Two buffers that
    are live at the same step do not overlap: the op's verifier checks the
    lifetimes it states, `--plan-verify` that they are the true ones.

    ```mlir
    %conv1, %relu1 = plan.pack %arena : memref<768xi8> {
      "conv1" : memref<8x16xf32> bytes 512 align 64 live 0 to 1 at 0,
      "relu1" : memref<64xf32> bytes 256 align 64 live 1 to 3 at 512
    }
    ```
  }];
  let arguments = (ins MemRefRankOf<[I8], [1]>:$arena,
      StrArrayAttr:$names, DenseI64ArrayAttr:$bytes,
      DenseI64ArrayAttr:$alignments, DenseI64ArrayAttr:$first,
      DenseI64ArrayAttr:$last, DenseI64ArrayAttr:$offsets);
  let results = (outs Variadic<AnyStaticShapeMemRef>:$buffers);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The instance that the offsets solve, with no budget.
    ::coppice::planning::PackingProblem getProblem();
    /// The offsets, and the arena as the total.
    ::coppice::planning::PackingSolution getSolution();
  }];
}

#endif // COPPICE_DIALECTS_PLAN_IR_PLANOPS_TD
