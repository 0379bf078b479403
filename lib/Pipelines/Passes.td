//===- Passes.td - Passes between phases --------------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_PIPELINES_PASSES_TD
#define COPPICE_LIB_PIPELINES_PASSES_TD

include "mlir/Pass/PassBase.td"

def VerifyPhase : Pass<"coppice-verify-phase", "::mlir::ModuleOp"> {
  let summary = "Verify the contract of a phase at its end";
  let description = [{
    Reports *every* op that breaks the contract of the phase before it, so that
    one run shows all errors:

    | phase | contract |
    |---|---|
    | `import` | nn, lowp and train ops, constants and casts of codes; every op has a location |
    | `graph`, `quant` | all tensors have static shapes |
    | `train` | the same; no `train.gradient` and no `train.update` is left |
    | `schedule` | the same; every nn and lowp op but views is in a `plan.kernel`, and every kernel has outs |
    | `kernels` | no `nn` op, no `linalg` op, no tensor and no quantized type is left; every buffer is an entry-block `memref.alloc` of static size; nothing is freed or on the stack |
    | `plan` | no `memref.alloc` and no `memref.alloca` is left |
    | `target` | only the LLVM dialect and `train.parameter` are left |

    ```mlir
    // coppice-opt --coppice-verify-phase=phase=plan
    // error: 'memref.alloc' op breaks the contract of phase plan: buffers are views of the arena
    %0 = memref.alloc() : memref<4xf32>
    ```

    Precondition: the name of a phase. Postcondition: the module is unchanged,
    and it keeps the contract or the pass has failed.
  }];
  let options = [Option<"phase", "phase", "std::string", /*default=*/"",
                        "Name of the phase that has just ended">];
}

def NoteIdlePhase : Pass<"coppice-note-idle-phase", "::mlir::ModuleOp"> {
  let summary = "Remark that a phase has nothing to do";
  let description = [{
    `--coppice-phase-import` checks a module that a front end has built, and
    `--coppice-phase-train` without `step` and `gradients` expands the module's
    requests. In these cases their pipelines begin with this pass, which says
    that the module does not change.

    ```mlir
    // coppice-opt --coppice-phase-train
    // remark: phase train builds no step: nothing in the module asks for gradients; add step=true or gradients=true
    func.func @infer(%x: tensor<4xf32>) -> tensor<4xf32>
    ```

    Precondition: the name of a phase. Postcondition: the module is unchanged.
  }];
  let options = [Option<"phase", "phase", "std::string", /*default=*/"",
                        "Name of the phase that begins">];
}

#endif // COPPICE_LIB_PIPELINES_PASSES_TD
