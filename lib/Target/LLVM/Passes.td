//===- Passes.td - From buffers to the LLVM dialect ---------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_TARGET_LLVM_PASSES_TD
#define COPPICE_LIB_TARGET_LLVM_PASSES_TD

include "mlir/Pass/PassBase.td"

def ExpandMath : Pass<"llvm-expand-math"> {
  let summary = "Expand f32 transcendental functions to polynomials";
  let description = [{
    Replaces `exp`, `log`, `log1p`, `expm1`, `tanh` and `erf` on f32 scalars and
    vectors by upstream's polynomial approximations (errors of a few units in
    the last place). Loops around them then vectorise, and the results do not
    depend on the C library. A multiply and an add are fused if the target's
    record has the instruction, and separate otherwise: `fmaf` of the C library
    would be a call per element. Functions on f64 stay calls of the C library,
    because gradient checks need its accuracy. Conversions between f32 and
    bfloat16 become integer arithmetic (half to even), for the same reasons.

    ```mlir
    %y = math.exp %x : f32   // becomes multiplications and additions
    %z = math.exp %w : f64   // stays
    ```

    Precondition: scalars or vectors of static shape. Postcondition: none of
    these functions is left on f32, and no `math.fma` without an instruction for
    it.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerCopies : Pass<"llvm-lower-copies"> {
  let summary = "Lower strided copies to loops";
  let description = [{
    A `memref.copy` between contiguous buffers becomes `memcpy`. Upstream turns
    any other copy into a call of a runtime library, which Coppice does not
    have. This pass makes a `linalg.copy` of it, which lowers to loops.

    ```mlir
    memref.copy %a, %b : memref<4x4xf32> to memref<4x4xf32, strided<[8, 1]>>
    // becomes linalg.copy
    ```

    Precondition: buffers. Postcondition: every `memref.copy` is contiguous.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def LowerVectors : Pass<"llvm-lower-vectors"> {
  let summary = "Lower vectors to vectors of rank 1";
  let description = [{
    Contractions, multi-dimensional reductions, transposes, broadcasts, masks,
    shape casts and transfers of rank 1 become ops that have a counterpart in
    the LLVM dialect. Transfers of higher rank must have gone through
    `--convert-vector-to-scf`.

    ```mlir
    %s = vector.multi_reduction <add>, %v, %init [1] : vector<4x8xf32> to vector<4xf32>
    // becomes four vector.reduction
    ```

    Precondition: transfers have rank 1 at most. Postcondition: every vector op
    has a counterpart in the LLVM dialect.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::vector::VectorDialect"];
}

def ConvertToLLVM : Pass<"llvm-convert", "::mlir::ModuleOp"> {
  let summary = "Convert a module to the LLVM dialect";
  let description = [{
    Upstream's passes convert dialect by dialect, and some of them ignore the
    index width of a 32-bit target. This pass is one conversion with all
    upstream patterns, one type converter and bare pointers for memrefs of
    static shape. Arguments that are buffers are marked `noalias`. The data
    layout of the module (`dlti.dl_spec`) has the width of an index.

    ```mlir
    func.func @infer(%in: memref<4xf32>, %out: memref<4xf32>)
    // becomes
    llvm.func @infer(%in: !llvm.ptr, %out: !llvm.ptr)
    ```

    Precondition: memrefs and vectors in forms that have a counterpart in the
    LLVM dialect, as `--coppice-to-llvm` leaves them; arguments don't overlap.
    Postcondition: only the LLVM dialect and `train.parameter` are left.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // COPPICE_LIB_TARGET_LLVM_PASSES_TD
