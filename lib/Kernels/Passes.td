//===- Passes.td - Passes of the kernels phase --------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_PASSES_TD
#define COPPICE_LIB_KERNELS_PASSES_TD

include "mlir/Pass/PassBase.td"

def KernelsFuseElementwise
    : Pass<"kernels-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Fuse elementwise ops where nothing is computed twice";
  let description = [{
    Named and elementwise ops become `linalg.generic`. An elementwise producer
    fuses with an elementwise consumer if it has no other use and each element is
    read once, or if it only moves elements (a copy, or a broadcast of a smaller
    tensor). A conversion to a narrower float fuses with a consumer that reads
    each element once. A reduction fuses with its consumers in `--kernels-tile`.
    With its producers it fuses here, if they convert to a wider format, or if
    they have a vector form and it reads each of their elements once (the squares
    of a variance); a copy also has to leave the reduction no operand that is
    read more often.

    ```mlir
    %1 = linalg.generic ... ins(%x, %bias) { arith.addf }
    %2 = linalg.generic ... ins(%1) { arith.maximumf }
    // becomes
    %2 = linalg.generic ... ins(%x, %bias) { arith.addf, arith.maximumf }
    ```

    Precondition: structured ops on tensors. Postcondition: named ops other than
    `linalg.fill` that can be generalised and elementwise ops on tensors are
    `linalg.generic`.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def KernelsMoveConversions
    : Pass<"kernels-move-conversions", "::mlir::func::FuncOp"> {
  let summary = "Move conversions of number formats to the ops that compute";
  let description = [{
    A conversion to a wider format (a cast, codes times their scale) moves behind
    the reshapes, slices, borders and reordering copies that read it, so that
    those move fewer bytes and `--kernels-fuse-elementwise` finds it before the
    op that computes with it. A cast to a narrower float, with the clamp before
    it, moves into the pieces that its operand is put together of, so that the
    wide whole never exists.

    ```mlir
    %wide = linalg.generic ins(%narrow : tensor<1x4x4x8xbf16>) { arith.extf }
    %border = tensor.insert_slice %wide into %zeros : … into tensor<1x6x6x8xf32>
    // becomes
    %border = tensor.insert_slice %narrow into %zeros : … into tensor<1x6x6x8xbf16>
    %wide = linalg.generic ins(%border : tensor<1x6x6x8xbf16>) { arith.extf }
    ```

    Precondition: structured ops on tensors, as `--convert-nn-to-linalg` makes
    them. Postcondition: the same values.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def KernelsTile : Pass<"kernels-tile", "::mlir::func::FuncOp"> {
  let summary = "Tile contractions for vector registers";
  let description = [{
    Every `linalg.generic` with a reduction, static shapes and linear
    indexing maps becomes `scf` loops around a tile of accumulators that stay in
    vector registers for the whole reduction. The tile's shape comes from a cost
    model (loads, multiply-adds, latency, remainders) over the loops' extents and
    the target's registers. One loop gives the lanes: a parallel one, or a
    reduction loop that ends in a horizontal reduction (both operands contiguous
    along it). The fill that starts the sum, and the elementwise consumer (bias,
    residual, activation, or the update of a state argument in place), are
    computed in registers. Remainders are tiles of their own, so every vector is
    static.

    ```mlir
    linalg.generic ... ins(%x, %w : memref<8x4xf32>, memref<4x16xf32>) outs(%y : memref<8x16xf32>) ...
    // becomes
    %0 = scf.for %k = %c0 to %c4 step %c1 iter_args(%a0 = %zero, ...) {
      %b = vector.load %w[%k, %c0] : memref<4x16xf32>, vector<16xf32>
      ... vector.fma ...
    }
    vector.store %0, %y[%c0, %c0] : memref<8x16xf32>, vector<16xf32>
    ```

    Ops without such a form (dynamic shapes, bodies that no vector op computes)
    are left to `--kernels-vectorize`. Look-ups and gathers in a body read lane
    by lane.

    Precondition: buffers; memory is not planned yet, so that different
    allocations and arguments do not overlap. Postcondition: every structured op
    with a reduction that is left has no such form.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
    "::mlir::vector::VectorDialect"];
}

def KernelsVectorize : Pass<"kernels-vectorize", "::mlir::func::FuncOp"> {
  let summary = "Lower structured ops on buffers to vector loops";
  let description = [{
    The structured ops that are left after bufferization (elementwise ops,
    fills, strided copies, paddings, pooling) become loops over vectors, by the
    same strategy as `--kernels-tile`, for the same target. The pass runs on
    buffers, so that bufferization sees the elementwise op as a whole and can
    work in place. Square blocks of a transposed operand are loaded by rows and
    shuffled. An op without a vector form, such as one that reads all its
    elements at computed indices, becomes scalar loops, and the remark
    `scalar-loops` of category `slow-path` says why.

    ```mlir
    linalg.fill ins(%zero : f32) outs(%a : memref<4x100xf32>)
    // becomes
    scf.for %i = %c0 to %c400 step %c16 {
      vector.store %splat, %flat[%i] : memref<400xf32>, vector<16xf32>
    }
    ```

    Precondition: buffers. Postcondition: no structured op is left that has a
    form as loops, and no `memref.copy` from or to a part of a buffer of static
    size.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
}

def KernelsReuseOperands : Pass<"kernels-reuse-operands", "::mlir::func::FuncOp"> {
  let summary = "Write results of elementwise ops over dying operands";
  let description = [{
    If an elementwise op reads an operand of the same type at the index that it
    writes, and no later op reads the operand, the result takes the operand's
    buffer in place of an allocation of its own. `--plan-schedule` counts on
    this.

    ```mlir
    linalg.generic ins(%a) outs(%b) { math.exp }    // %a is not read again
    linalg.generic ins(%b, %x) outs(%y) { arith.addf }
    // becomes
    linalg.generic ins(%a) outs(%a) { math.exp }
    linalg.generic ins(%a, %x) outs(%y) { arith.addf }
    ```

    Precondition: buffers; different allocations do not overlap. Postcondition:
    no elementwise op of the entry block has such an operand and another
    allocation for its result.
  }];
}

def KernelsFreezeArguments : Pass<"kernels-freeze-arguments", "::mlir::func::FuncOp"> {
  let summary = "Mark arguments read-only that a function must not write";
  let description = [{
    Bufferization takes every argument as writable by default and would work in
    place on a caller's input. An argument without `bufferization.writable` gets
    it from its role: the destination of a result and a written parameter are
    writable; inputs, other parameters and arguments without a role are not.

    ```mlir
    func.func @f(%x: tensor<4xf32>, %y: tensor<4xf32> {coppice.role = #coppice.role<output "y">})
    // becomes
    func.func @f(%x: tensor<4xf32> {bufferization.writable = false},
                 %y: tensor<4xf32> {bufferization.writable = true, coppice.role = #coppice.role<output "y">})
    ```

    Precondition: tensors, before bufferization. Postcondition: every tensor
    argument says whether it is writable.
  }];
}

def KernelsTieOnce : Pass<"kernels-tie-once", "::mlir::func::FuncOp"> {
  let summary = "Compute a value with several destinations in the first";
  let description = [{
    A value can be computed in one destination only. It is tied to several
    destinations if a model returns it under two names, or if equal ops became
    one. The other destinations are copied from the first. `--plan-schedule`
    counts on this.

    ```mlir
    %a = bufferization.materialize_in_destination %v in %x : …
    %b = bufferization.materialize_in_destination %v in %y : …
    // becomes
    %a = bufferization.materialize_in_destination %v in %x : …
    %b = bufferization.materialize_in_destination %a in %y : …
    ```

    Precondition: tensors; nothing writes a destination after the values are tied
    to it, as `--train-bind-state` leaves them. Postcondition: no value is tied
    to two destinations of an entry block.
  }];
}

def KernelsWriteOver : Pass<"kernels-write-over", "::mlir::func::FuncOp"> {
  let summary = "Let elementwise ops write over the operand that they read last";
  let description = [{
    An elementwise op writes over an operand of its type that no later op reads,
    if the body of the kernel made it or reads it through an out. A chain of such
    ops with reductions in between, a softmax for instance, then needs one tensor.

    ```mlir
    %e = tensor.empty() : tensor<4x8xf32>
    %p = linalg.generic … ins(%out0, %max : …) outs(%e : tensor<4x8xf32>) …
    // becomes
    %p = linalg.generic … ins(%out0, %max : …) outs(%out0 : tensor<4x8xf32>) …
    ```

    Precondition: tensors; kernels have outs. Postcondition: no elementwise op of a
    body begins as `tensor.empty` that could write over an operand.
  }];
  let dependentDialects = ["::mlir::tensor::TensorDialect"];
}

def KernelsHandDestinations
    : Pass<"kernels-hand-destinations", "::mlir::func::FuncOp"> {
  let summary = "Hand the outs of kernels on to the ops that write them";
  let description = [{
    Bufferization would compute a result in a buffer of the body and copy it to
    the kernel's out, if the result is a reshape of what the body computes, or a
    new tensor that loops and insertions fill. The pass makes the body compute
    such a result in the out: in the shape that it has before the reshape, and
    from the first op that writes it.

    ```mlir
    %1 = linalg.generic … -> tensor<16xf32>
    %2 = tensor.expand_shape %1 [[0, 1]] output_shape [2, 8] : tensor<16xf32> into tensor<2x8xf32>
    %3 = bufferization.materialize_in_destination %2 in %out0 : …
    // becomes
    %0 = tensor.collapse_shape %out0 [[0, 1]] : tensor<2x8xf32> into tensor<16xf32>
    %1 = linalg.generic … outs(%0 : tensor<16xf32>) … -> tensor<16xf32>
    %2 = tensor.expand_shape %1 [[0, 1]] output_shape [2, 8] : …
    ```

    Precondition: tensors; kernels have outs; `--kernels-write-over` has run.
    Postcondition: no result that is written to an out without gaps is a reshape
    or begins as `tensor.empty`.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::tensor::TensorDialect"];
}

def KernelsDropTiedResults : Pass<"kernels-drop-tied-results", "::mlir::func::FuncOp"> {
  let summary = "Replace results of functions by destination arguments";
  let description = [{
    A result that is an argument after bufferization (its tensor was materialised
    in that argument) vanishes. Any other result becomes a new argument behind
    the others, into which it is copied; the results' attributes go with it.
    Afterwards `bufferization.writable` is of no use and is removed.

    ```mlir
    func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) -> memref<4xf32> {
      ...
      return %y : memref<4xf32>
    }
    // becomes
    func.func @f(%x: memref<4xf32>, %y: memref<4xf32>) {
      ...
      return
    }
    ```

    Precondition: bufferized, one block with a return; no call of a function with
    results. Postcondition: no function with a body has results.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def KernelsHoistAllocs : Pass<"kernels-hoist-allocs", "::mlir::func::FuncOp"> {
  let summary = "Hoist allocations of static size out of loops";
  let description = [{
    A buffer that a loop allocates in every iteration holds no data from the
    iteration before, so one buffer serves all. It is placed right before the
    outermost loop, which keeps its lifetime short. In the body of a kernel it
    stays in the body.

    ```mlir
    scf.for %i = %c0 to %c8 step %c1 {
      %a = memref.alloc() : memref<4xf32>
    }
    // becomes
    %a = memref.alloc() : memref<4xf32>
    scf.for %i = %c0 to %c8 step %c1 {
    }
    ```

    Precondition: bufferized. Postcondition: every allocation of static size is
    in an entry block or in the block of a kernel.
  }];
}

def KernelsOrderConstants
    : Pass<"kernels-order-constants", "::mlir::ModuleOp"> {
  let summary = "Order and name constants by their first use";
  let description = [{
    Bufferization takes the functions of a module in an order of addresses, and
    names constants as it meets them. Private constants get the order of their
    first use in the module, and names by it, so that a module gives the same
    object in every run.

    ```mlir
    memref.global "private" constant @__constant_2xf32_0 : memref<2xf32> = dense<1.0>
    memref.global "private" constant @__constant_2xf32 : memref<2xf32> = dense<2.0>
    func.func @f() {
      %0 = memref.get_global @__constant_2xf32 : memref<2xf32>
      %1 = memref.get_global @__constant_2xf32_0 : memref<2xf32>
    // becomes
    memref.global "private" constant @constant_0 : memref<2xf32> = dense<2.0>
    memref.global "private" constant @constant_1 : memref<2xf32> = dense<1.0>
    func.func @f() {
      %0 = memref.get_global @constant_0 : memref<2xf32>
      %1 = memref.get_global @constant_1 : memref<2xf32>
    ```

    Precondition: bufferized. Postcondition: the same values.
  }];
}

#endif // COPPICE_LIB_KERNELS_PASSES_TD
