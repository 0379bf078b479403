//===- PlanOps.td - Ops of the plan dialect ----------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_PLAN_IR_PLANOPS_TD
#define COPPICE_DIALECTS_PLAN_IR_PLANOPS_TD

include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "dialects/Plan/IR/PlanDialect.td"

def Plan_PackOp : Op<Plan_Dialect, "pack", [
    Pure, DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "buffers with lifetimes, placed in an arena";
  let description = [{
    Each result is a buffer inside the arena, at its offset. Two buffers that
    are live at the same step do not overlap. The op's verifier checks this for
    the stated lifetimes; `--plan-verify` checks that the lifetimes are right.

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
    /// Returns the packing problem that the offsets solve, without a budget.
    ::coppice::planning::PackingProblem getProblem();
    /// Returns the offsets, with the arena as the total.
    ::coppice::planning::PackingSolution getSolution();
  }];
}

defvar Plan_BufferizableMethods = [
    "bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues",
    "mustBufferizeInPlace", "bufferize"];

def Plan_KernelOp : Op<Plan_Dialect, "kernel", [
    AttrSizedOperandSegments, IsolatedFromAbove, RecursiveMemoryEffects,
    DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmBlockArgumentNames"]>,
    DeclareOpInterfaceMethods<BufferizableOpInterface,
      !listconcat(Plan_BufferizableMethods,
                  ["isNotConflicting", "isWritable", "getBufferType",
                   "verifyAnalysis"])>]> {
  let summary = "ops that become one kernel";
  let description = [{
    One kernel computes the ops of the body. Results have buffers; values that
    stay in the body are in registers or in the kernel's scratch. The body sees
    no value from outside but the operands, each as the block argument at the
    same place.

    `may_overwrite` lists pairs of a result and an operand, by number: the result
    may be written over the operand if the operand dies at this kernel. Of
    several pairs for one result the first that applies counts.

    Bufferization needs `outs`, one for each result: the tensor whose buffer the
    result is written to. An operand that is overwritten is an out and not also
    an in; the body reads its old content through the out. A result ends in a
    `bufferization.materialize_in_destination` into its out. On buffers a kernel
    has outs and no result. Forming gives no outs; the schedule does, since it
    decides which operands die.

    `scratch_bytes` are the bytes that the kernel needs beside its operands, as
    its ops declare through `PlanningOpInterface`. On buffers a kernel gets them
    as one operand, `scratch`, in which a `plan.pack` of the body places what the
    kernel stores between its steps.

    ```mlir
    func.func @f(%x: tensor<8x16xf32>, %w: tensor<16x4xf32>, %b: tensor<8x4xf32>) -> tensor<8x4xf32> {
      %y = plan.kernel ins(%x, %w, %b : tensor<8x16xf32>, tensor<16x4xf32>, tensor<8x4xf32>) {
      ^bb0(%in0: tensor<8x16xf32>, %in1: tensor<16x4xf32>, %in2: tensor<8x4xf32>):
        %0 = nn.matmul %in0, %in1 : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
        %1 = nn.add %0, %in2 : tensor<8x4xf32>, tensor<8x4xf32>
        plan.yield %1 : tensor<8x4xf32>
      } -> tensor<8x4xf32>
      return %y : tensor<8x4xf32>
    }
    ```
    With an out:
    ```mlir
    %out = bufferization.alloc_tensor() : tensor<4xf32>
    %y = plan.kernel ins(%x : tensor<4xf32>) outs(%out : tensor<4xf32>) {
    ^bb0(%in0: tensor<4xf32>, %out0: tensor<4xf32>):
      %0 = nn.exp %in0 : tensor<4xf32>
      %1 = bufferization.materialize_in_destination %0 in %out0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      plan.yield %1 : tensor<4xf32>
    } -> tensor<4xf32>
    ```
    On buffers, with scratch:
    ```mlir
    plan.kernel ins(%x : memref<8x16xf32>) outs(%y : memref<16xf32>) scratch(%s : memref<64xi8>) {
    ^bb0(%in0: memref<8x16xf32>, %out0: memref<16xf32>, %scratch: memref<64xi8>):
      %sums = plan.pack %scratch : memref<64xi8> {
        "sums" : memref<16xf32> bytes 64 align 64 live 0 to 2 at 0
      }
      …
      plan.yield
    } {scratch_bytes = 64 : i64}
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$ins, Variadic<AnyType>:$outs,
      Optional<MemRefRankOf<[I8], [1]>>:$scratch,
      DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$may_overwrite,
      DefaultValuedAttr<ConfinedAttr<I64Attr, [IntNonNegative]>, "0">:$scratch_bytes);
  let results = (outs Variadic<AnyRankedTensor>:$values);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`ins` `(` $ins^ `:` type($ins) `)`)? (`outs` `(` $outs^ `:` type($outs) `)`)?
    (`scratch` `(` $scratch^ `:` type($scratch) `)`)?
    $body attr-dict (`->` type($values)^)?
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let builders = [
    OpBuilder<(ins "::mlir::TypeRange":$values, "::mlir::ValueRange":$ins,
                   "::mlir::ValueRange":$outs,
                   CArg<"::llvm::ArrayRef<int64_t>", "{}">:$may_overwrite,
                   CArg<"int64_t", "0">:$scratch_bytes), [{
      build($_builder, $_state, values, ins, outs, /*scratch=*/::mlir::Value(),
            may_overwrite, scratch_bytes);
    }]>
  ];
  let extraClassDeclaration = [{
    /// Returns the ops of the body without the terminator.
    auto getMembers() { return getBody().front().without_terminator(); }
    YieldOp getYield();
    /// Returns pairs of a result and an operand that the result may overwrite.
    ::llvm::SmallVector<std::pair<unsigned, unsigned>> getOverwrites();
    /// Result `result` may be written over operand `operand`, too.
    void addOverwrite(unsigned result, unsigned operand);
    /// Result `result` may be written over no operand.
    void dropOverwrites(unsigned result);
    /// Returns the block argument for `value`, which becomes an operand if it
    /// is none.
    ::mlir::BlockArgument getInside(::mlir::Value value);
    /// Returns the value of the enclosing block for `value`: the operand, if
    /// `value` is a block argument of a kernel's body.
    static ::mlir::Value getOutside(::mlir::Value value);
    /// Removes ins that the body does not read.
    void dropUnusedOperands();
    /// Whether operand `number` is an out.
    bool isOut(unsigned number) {
      return number >= getIns().size() &&
             number < getIns().size() + getOuts().size();
    }
    /// Gives the kernel `buffer` as scratch; returns it in the body.
    ::mlir::BlockArgument addScratch(::mlir::Value buffer);
  }];
}

def Plan_YieldOp : Op<Plan_Dialect, "yield", [
    Pure, Terminator, ReturnLike, HasParent<"KernelOp">,
    DeclareOpInterfaceMethods<BufferizableOpInterface, Plan_BufferizableMethods>]> {
  let summary = "the results of a kernel";
  let description = [{
    Its operands are the results of the enclosing `plan.kernel`, in their order;
    on buffers there are none.

    ```mlir
    %y = plan.kernel ins(%x : tensor<4xf32>) {
    ^bb0(%in0: tensor<4xf32>):
      %0 = nn.exp %in0 : tensor<4xf32>
      plan.yield %0 : tensor<4xf32>
    } -> tensor<4xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

def Plan_AssembleOp : Op<Plan_Dialect, "assemble", [
    Pure, AllTypesMatch<["base", "result"]>,
    DeclareOpInterfaceMethods<BufferizableOpInterface, [
      "bufferizesToMemoryRead", "bufferizesToMemoryWrite", "getAliasingValues",
      "mustBufferizeInPlace", "isNotConflicting", "verifyAnalysis",
      "bufferize"]>]> {
  let summary = "a tensor whose parts kernels have written";
  let description = [{
    The content of `base` with each of `parts` at its place. A part is the result
    of a kernel whose out is a slice of `base`, or another `plan.assemble` of
    such a slice. Slices of two parts do not overlap. On buffers it is `base`,
    and nothing is moved.

    ```mlir
    %base = bufferization.alloc_tensor() : tensor<8xf32>
    %low = tensor.extract_slice %base[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
    %a = plan.kernel ins(%x : tensor<4xf32>) outs(%low : tensor<4xf32>) { … } -> tensor<4xf32>
    %high = tensor.extract_slice %base[4] [4] [1] : tensor<8xf32> to tensor<4xf32>
    %b = plan.kernel ins(%y : tensor<4xf32>) outs(%high : tensor<4xf32>) { … } -> tensor<4xf32>
    %c = plan.assemble %base with %a, %b : tensor<8xf32>, tensor<4xf32>, tensor<4xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$base, Variadic<AnyRankedTensor>:$parts);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $base (`with` $parts^)? attr-dict `:` type($base) (`,` type($parts)^)?
  }];
  let hasVerifier = 1;
}

#endif // COPPICE_DIALECTS_PLAN_IR_PLANOPS_TD
