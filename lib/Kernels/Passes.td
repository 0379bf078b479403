//===- Passes.td - Passes of the kernels phase --------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_KERNELS_PASSES_TD
#define COPPICE_LIB_KERNELS_PASSES_TD

include "mlir/Pass/PassBase.td"

class CoreOptions {
  list<Option> core = [
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"0",
           "Width of a vector register; 0 asks the machine we run on">,
    Option<"vectorRegisters", "vector-registers", "unsigned", /*default=*/"0",
           "Number of vector registers; 0 asks the machine we run on">];
}

def KernelsFuseElementwise
    : Pass<"kernels-fuse-elementwise", "::mlir::func::FuncOp"> {
  let summary = "Joins elementwise ops where nothing is computed twice";
  let description = [{
    Named and elementwise ops become `linalg.generic`; an elementwise producer
    joins its consumer if it has no other use, or if all it does is cheap
    (a copy or a broadcast of something smaller). Producers are elementwise
    themselves: reductions stay for `--kernels-tile`.

    ```mlir
    %1 = linalg.generic ... ins(%x, %bias) { arith.addf }
    %2 = linalg.generic ... ins(%1) { arith.maximumf }
    // becomes
    %2 = linalg.generic ... ins(%x, %bias) { arith.addf, arith.maximumf }
    ```
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def KernelsTile : Pass<"kernels-tile", "::mlir::func::FuncOp"> {
  let summary = "Contractions become loops over register tiles";
  let description = [{
    Every `linalg.generic` on tensors with a reduction, static shapes and linear
    indexing maps becomes `scf` loops around a tile of accumulators that stay in
    vector registers for the whole reduction. The tile's shape comes from a cost
    model (loads, multiply-adds, latency, remainders) over the loops' extents and
    the target's registers. One loop gives the lanes: a parallel one, or a
    reduction one that ends in a horizontal reduction (both operands contiguous
    along it). The fill that starts the sum, and the elementwise consumer (bias,
    residual, activation), happen in registers. Remainders are tiles of their
    own, so every vector is static.

    ```mlir
    %0 = linalg.generic ... ins(%x, %w : tensor<8x4xf32>, tensor<4x16xf32>) ...
    // becomes
    %0 = scf.for %k = %c0 to %c4 step %c1 iter_args(%a0 = %zero, ...) {
      %b = vector.transfer_read %w[%k, %c0] : vector<16xf32>
      ... vector.fma ...
    ```

    Ops without such a form (dynamic shapes, `linalg.index`) are left to
    `--convert-linalg-to-loops` after bufferization.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect",
    "::mlir::vector::VectorDialect"];
  let options = CoreOptions<>.core;
}

def KernelsVectorize : Pass<"kernels-vectorize", "::mlir::func::FuncOp"> {
  let summary = "Structured ops on buffers become vector loops";
  let description = [{
    The structured ops that are left after bufferization (elementwise ops,
    fills, copies, paddings, pooling) become loops over vectors, by the same
    strategy as `--kernels-tile`. Runs on buffers, so that bufferization sees
    the elementwise op as a whole and can work in place. What has no vector form
    becomes scalar loops.

    ```mlir
    linalg.fill ins(%zero : f32) outs(%a : memref<4x100xf32>)
    // becomes
    scf.for %i = %c0 to %c400 step %c16 {
      vector.store %splat, %flat[%i] : memref<400xf32>, vector<16xf32>
    }
    ```
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"];
  let options = CoreOptions<>.core;
}

#endif // COPPICE_LIB_KERNELS_PASSES_TD
