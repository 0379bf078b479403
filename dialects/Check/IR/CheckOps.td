//===- CheckOps.td - Checks of test values -----------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_CHECK_IR_CHECKOPS_TD
#define COPPICE_DIALECTS_CHECK_IR_CHECKOPS_TD

include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.td"
include "dialects/Check/IR/CheckDialect.td"

/// A tensor, or its buffer after bufferization.
def Check_Value : AnyTypeOf<[AnyRankedTensor, AnyStaticShapeMemRef]>;

class Check_CompareOp<string mnemonic>
    : Op<Check_Dialect, mnemonic, [SameTypeOperands,
        DeclareOpInterfaceMethods<BufferizableOpInterface, [
          "bufferizesToMemoryRead", "bufferizesToMemoryWrite",
          "getAliasingValues", "bufferize"]>]> {
  let hasVerifier = 1;
}

def Check_ExpectEqOp : Check_CompareOp<"expect_eq"> {
  let summary = "all elements are equal; NaN equals NaN";
  let description = [{
    Infinities equal infinities of the same sign; 0 equals -0.

    ```mlir
    check.expect_eq %actual, %expected : tensor<4xi32>
    ```
  }];
  let arguments = (ins Check_Value:$actual, Check_Value:$expected);
  let assemblyFormat = "$actual `,` $expected attr-dict `:` type($actual)";
}

def Check_ExpectAlmostEqOp : Check_CompareOp<"expect_almost_eq"> {
  let summary = "|a - b| <= tolerance max(1, |b|) for all elements";
  let description = [{
    NaN equals NaN, and an infinity equals an infinity of the same sign.

    ```mlir
    check.expect_almost_eq %actual, %expected {tolerance = 1.0e-6} : tensor<4xf32>
    ```
  }];
  let arguments = (ins Check_Value:$actual, Check_Value:$expected,
                       DefaultValuedAttr<F64Attr, "1.0e-5">:$tolerance);
  let assemblyFormat = "$actual `,` $expected attr-dict `:` type($actual)";
}

#endif // COPPICE_DIALECTS_CHECK_IR_CHECKOPS_TD
