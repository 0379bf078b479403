//===- Passes.td - Memory planning passes ------------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_TRANSFORMS_PASSES_TD
#define COPPICE_DIALECTS_PLAN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def PlanFormKernels : Pass<"plan-form-kernels", "::mlir::func::FuncOp"> {
  let summary = "Form a kernel of the ops that are computed together";
  let description = [{
    Ops that say through `PlanningOpInterface` that they join their producer or
    consumer become one `plan.kernel` with it: a contraction and the elementwise
    ops that are applied to its sums in registers, and chains of elementwise ops
    with one consumer each. A kernel has at most one contraction. Every other op
    with the interface becomes a kernel of its own. A conversion to a wider
    format, and a constant or a view of one, are copied into every kernel that
    reads their result. Views and ops without the interface stay outside of
    kernels. Each kernel comes after its producers. Reads of parameters move to
    their first user.

    ```mlir
    %0 = nn.matmul %x, %w : …
    %y = nn.add %0, %b : …
    // becomes
    %y = plan.kernel ins(%x, %w, %b : …) {
    ^bb0(%in0: …, %in1: …, %in2: …):
      %0 = nn.matmul %in0, %in1 : …
      %1 = nn.add %0, %in2 : …
      plan.yield %1 : …
    } -> …
    ```

    Precondition: ops are on tensors of static shape.
    Postcondition: every op with the interface is in a kernel or is a view.
  }];
  let dependentDialects = ["::coppice::plan::PlanDialect"];
}

def PlanStoreBorders : Pass<"plan-store-borders", "::mlir::func::FuncOp"> {
  let summary = "Make borders that windows reach part of the images";
  let description = [{
    A window that reaches beyond an image reads a border around it. The kernel
    that produces the image writes it with its border, the largest that a reader
    asks for, and every user reads a part of that. If the producer cannot write
    in place, if the image is a function argument, or if borders differ in
    content, the consuming kernel makes the border.

    ```mlir
    %y = plan.kernel ins(%x : …) { … nn.relu … } -> tensor<1x8x8x4xf32>
    %z = plan.kernel ins(%y, %w : …) { … nn.conv2d {pads = array<i64: 1, 1, 1, 1>} … }
    // becomes
    %y = plan.kernel ins(%x : …) { … nn.relu … nn.pad … } -> tensor<1x10x10x4xf32>
    %z = plan.kernel ins(%y, %w : …) { … nn.conv2d … }
    ```

    Precondition: `--plan-form-kernels` has run. Postcondition: no op of a
    kernel reads beyond an operand, as `PlanningOpInterface::getBorder` tells.
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def PlanSchedule : Pass<"plan-schedule", "::mlir::func::FuncOp"> {
  let summary = "Order the kernels of a function for a low peak of live bytes";
  let description = [{
    The pass builds the ordering problem of the entry block from its kernels and
    from the `PlanningOpInterface` of their ops, and reorders the block by the
    best order found. The problem counts bytes as follows:

    - A value that only its kernel reads has no bytes.
    - A result may overwrite an operand that dies at the kernel, if the kernel's
      `may_overwrite` has the pair.
    - A reshape or a slice is a view. A part of a concatenation is written in
      place.
    - Results of the function and new values of parameters have no bytes, because
      they are written to the caller's buffers.
    - The scratch of a kernel is live at its step.

    A new value of a parameter is computed after the last reader of the old value,
    and otherwise as soon as its gradient is known. Constants and reads of
    parameters move to their first user.

    ```mlir
    %a = plan.kernel ins(%x : …) { … nn.exp … } -> tensor<64xf32>   // 516 bytes live: %a, %b and %c
    %b = plan.kernel ins(%x : …) { … nn.log … } -> tensor<64xf32>
    %c = plan.kernel ins(%a : …) { … nn.reduce sum … } -> tensor<f32>
    %d = plan.kernel ins(%b : …) { … nn.reduce sum … } -> tensor<f32>
    // becomes
    %a = plan.kernel ins(%x : …) { … nn.exp … } -> tensor<64xf32>   // 264: %c, %b and %d
    %c = plan.kernel ins(%a : …) { … nn.reduce sum … } -> tensor<f32>
    %b = plan.kernel ins(%x : …) { … nn.log … } -> tensor<64xf32>
    %d = plan.kernel ins(%b : …) { … nn.reduce sum … } -> tensor<f32>
    ```

    Each result gets an out: the argument that it becomes the content of, a slice
    of the tensor that it is a part of, the operand that it overwrites, or a new
    tensor. A kernel that only joins such parts becomes a `plan.assemble`. A part
    that its producer does not write in place, and the border around the parts,
    get kernels of their own.

    ```mlir
    %y = plan.kernel ins(%x : …) { … nn.exp … plan.yield %0 : … } -> tensor<64xf32>
    // becomes
    %new = bufferization.alloc_tensor() : tensor<64xf32>
    %y = plan.kernel ins(%x : …) outs(%new : …) {
      … nn.exp …
      %1 = bufferization.materialize_in_destination %0 in %out0 : …
      plan.yield %1 : …
    } -> tensor<64xf32>
    ```

    The function gets `plan.schedule`: the peak before, the peak now
    (`live_bytes`), a lower bound for any order, and whether the order is proven
    to be the best. Each kernel gets `scratch_bytes`, which its ops declare.

    Precondition: `--train-bind-state`, `--plan-form-kernels` and
    `--plan-store-borders` have run; the function is one block. Postcondition:
    every op comes after those that it reads; every kernel has an out for each
    result. `live_bytes` and `scratch_bytes` are predictions, which
    `--plan-pack-scratch` and `--plan-verify` compare with the program's.
  }];
  let dependentDialects = ["::coppice::plan::PlanDialect",
                           "::mlir::bufferization::BufferizationDialect",
                           "::mlir::quant::QuantDialect",
                           "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"solver", "solver", "std::string", "\"auto\"",
           "auto, exact, or a heuristic: listed, greedy, depth-first, beam">,
    Option<"states", "states", "int64_t", "100000",
           "Sets of ops that the exact solver may visit">,
    Option<"instances", "instances", "std::string", "\"\"",
           "Existing folder to write each function's instance to, as "
           "<function>.json for coppice-plan">
  ];
}

def PlanPackScratch : Pass<"plan-pack-scratch", "::mlir::func::FuncOp"> {
  let summary = "Place what a kernel allocates in its scratch";
  let description = [{
    The allocations of a kernel's body become a `plan.pack` over one buffer, the
    kernel's scratch, so that a function allocates what kernels hand to each other
    and one buffer for each kernel that needs scratch.

    ```mlir
    plan.kernel ins(%x : …) outs(%y : …) {
    ^bb0(%in0: …, %out0: …):
      %sums = memref.alloc() : memref<16xf32>
      …
    } {scratch_bytes = 64 : i64}
    // becomes
    %s = memref.alloc() : memref<64xi8>
    plan.kernel ins(%x : …) outs(%y : …) scratch(%s : memref<64xi8>) {
    ^bb0(%in0: …, %out0: …, %scratch: memref<64xi8>):
      %sums = plan.pack %scratch : memref<64xi8> {
        "sums" : memref<16xf32> bytes 64 align 64 live 0 to 1 at 0
      }
      …
    } {scratch_bytes = 64 : i64}
    ```

    The bytes that are live at once in the body have to be those that its ops
    declared to the schedule, `scratch_bytes`; else the order was chosen for
    another program. A difference is an error that lists the buffers.

    Precondition: the function is bufferized, and its structured ops are loops.
    Postcondition: no body has a `memref.alloc`; `scratch_bytes` are right.
  }];
  let dependentDialects = ["::coppice::plan::PlanDialect",
                           "::mlir::memref::MemRefDialect"];
}

def PlanPlaceState : Pass<"plan-place-state", "::mlir::ModuleOp"> {
  let summary = "Turn state arguments into views of one state buffer";
  let description = [{
    Arguments of role `parameter` become views of one trailing argument, at
    the `state_offset` of their parameter; its size is the module's
    `train.state_bytes`, or 0. Every function with a body that is not private
    gets the argument.

    ```mlir
    func.func @train(%x: memref<4xf32>, %w: memref<8xf32> {coppice.role = #coppice.role<parameter @w written>})
    // becomes
    func.func @train(%x: memref<4xf32>, %state: memref<64xi8> {coppice.role = #coppice.role<state written>}) {
      %c0 = arith.constant 0 : index
      %w = memref.view %state[%c0][] : memref<64xi8> to memref<8xf32>
    ```

    Precondition: `--train-bind-state` has run and the module is bufferized.
    Postcondition: no argument has the role `parameter`; one has the role `state`.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def PlanPack : Pass<"plan-pack", "::mlir::ModuleOp"> {
  let summary = "Place every allocation in one arena";
  let description = [{
    Replaces the allocations of each function by one `plan.pack` over a trailing
    arena argument and notes the arena's size and the lower bound on the
    function.

    ```mlir
    func.func @f(%x: memref<16xf32>) {
      %a = memref.alloc() : memref<16xf32>
      linalg.exp ins(%x : memref<16xf32>) outs(%a : memref<16xf32>)
    // becomes
    func.func @f(%x: memref<16xf32>, %arena: memref<64xi8> {coppice.role = #coppice.role<arena>})
        attributes {plan.arena_bytes = 64 : i64, plan.lower_bound_bytes = 64 : i64} {
      %a = plan.pack %arena : memref<64xi8> {
        "a" : memref<16xf32> bytes 64 align 64 live 0 to 0 at 0
      }
      linalg.exp ins(%x : memref<16xf32>) outs(%a : memref<16xf32>)
    ```

    Precondition: functions that are not private have one block, no results
    and no caller; allocations have a static size and no layout. Those inside
    loops move to the entry block.
    Postcondition: none of these functions has a `memref.alloc` or
    `memref.dealloc`; no two buffers that hold data at the same step overlap.
  }];
  let dependentDialects = ["::coppice::plan::PlanDialect"];
  let options = [
    Option<"solver", "solver", "std::string", "\"auto\"",
           "auto, exact, or a heuristic: first-fit, best-fit, hill-climb">,
    Option<"iterations", "iterations", "int64_t", "4000",
           "Moves of the local search">,
    Option<"seed", "seed", "uint64_t", "1", "Seed of the local search">,
    Option<"instances", "instances", "std::string", "\"\"",
           "Existing folder to write each function's instance to, as "
           "<function>.json for coppice-plan">
  ];
}

def PlanVerify : Pass<"plan-verify", "::mlir::ModuleOp"> {
  let summary = "Verify a plan against the program and a budget";
  let description = [{
    Recomputes the lifetimes of the buffers of every `plan.pack` and reports
    each that lives longer than the plan says, so that a plan can be edited by
    hand or replayed. The buffers of a scheduled function need, at once, the
    `live_bytes` of its schedule; more bytes are an error. Fewer are a remark of
    category `order`: the program is as planned, but another order may need even
    less. With a budget of RAM, functions whose arena and state exceed it are one
    error, which names the buffers live at the peak. The arena is counted as in
    the library's header: aligned, with the outputs of a step besides its loss
    behind it. With a budget of flash, constants (including frozen parameters)
    and initial values that exceed it are one error, which names the largest; the
    size of the code is not known yet.

    ```mlir
    func.func @train(…, %arena: memref<1024xi8> {coppice.role = #coppice.role<arena>}) … {
      %conv1, … = plan.pack %arena …
    // --plan-verify=budget=512
    error: 'train' needs an arena of 1024 bytes, the budget is 512
    note: "conv1" holds 512 bytes from step 0 to step 9
    ```

    Precondition: `--plan-pack` has run, or a plan was read. Postcondition: the
    module is unchanged; every plan is right, and within the budgets.
  }];
  let options = [
    Option<"budget", "budget", "int64_t", "-1",
           "Bytes of RAM for arena and state together; negative: no limit">,
    Option<"flashBudget", "flash-budget", "int64_t", "-1",
           "Bytes of flash for constants and initial values; negative: no limit">
  ];
}

def PlanMaterializeArena : Pass<"plan-materialize-arena", "::mlir::ModuleOp"> {
  let summary = "Replace planned buffers by views of the arena";
  let description = [{
    Every buffer of a `plan.pack` becomes a view of the arena at its offset.

    ```mlir
    %a = plan.pack %arena : memref<64xi8> {
      "a" : memref<16xf32> bytes 64 align 64 live 0 to 0 at 0
    }
    // becomes
    %c0 = arith.constant 0 : index
    %a = memref.view %arena[%c0][] : memref<64xi8> to memref<16xf32>
    ```

    Precondition: none beyond a valid `plan.pack`. Postcondition: no `plan.pack`
    is left; each view is located by its buffer's name.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def PlanDissolveKernels : Pass<"plan-dissolve-kernels", "::mlir::func::FuncOp"> {
  let summary = "Replace each kernel by the ops of its body";
  let description = [{
    ```mlir
    %y = plan.kernel ins(%x : …) {
    ^bb0(%in0: …):
      %0 = nn.exp %in0 : …
      plan.yield %0 : …
    } -> …
    // becomes
    %y = nn.exp %x : …
    ```

    A kernel on buffers becomes its ops on these buffers.

    Precondition: none. Postcondition: the function has no `plan.kernel`; the ops
    of each are next to each other, in their order. Its scratch is a buffer like
    any other.
  }];
}

#endif // COPPICE_DIALECTS_PLAN_TRANSFORMS_PASSES_TD
