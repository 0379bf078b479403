//===- Passes.td - Lowers checks to calls ------------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_CHECK_TRANSFORMS_PASSES_TD
#define COPPICE_DIALECTS_CHECK_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def CheckLowerToCalls : Pass<"check-lower-to-calls", "::mlir::ModuleOp"> {
  let summary = "Lower checks to calls of the test runner";
  let description = [{
    Every function with checks gets one more argument, the runner's context.
    Every check becomes a call of `coppice_check` with that context, both
    addresses, the number and kind of elements, the tolerance (negative: equal),
    and a text of location and shape. Addresses are passed as integers.

    ```mlir
    check.expect_eq %a, %b : memref<2x2xi32>
    // becomes
    %text = memref.get_global @check_text_0 : memref<17xi8>
    func.call @coppice_check(%context, %pa, %pb, %count, %kind, %bits,
                             %tolerance, %ptext)
    ```

    Precondition: bufferized. Postcondition: no check op.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect"];
}

#endif // COPPICE_DIALECTS_CHECK_TRANSFORMS_PASSES_TD
