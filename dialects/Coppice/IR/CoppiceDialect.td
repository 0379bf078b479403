//===- CoppiceDialect.td - Entry points and their roles ----*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_COPPICE_IR_COPPICEDIALECT_TD
#define COPPICE_DIALECTS_COPPICE_IR_COPPICEDIALECT_TD

include "mlir/IR/OpBase.td"

def Coppice_Dialect : Dialect {
  let name = "coppice";
  let cppNamespace = "::coppice";
  let summary = "Entry points and the roles of their arguments";
  let description = [{
    The dialect has no ops. It has discardable attributes for functions of any
    dialect:

    * `coppice.entry`, a unit on a function: callers outside of the module call
      it. Each of its arguments and results has a role.
    * `coppice.role` on an argument or a result: what it is (see
      `#coppice.role`).

    ```mlir
    func.func @infer(%x: tensor<1x4xf32> {coppice.role = #coppice.role<input "image">})
        -> (tensor<1x2xf32> {coppice.role = #coppice.role<output "scores">})
        attributes {coppice.entry} { … }
    ```

    In an entry point, every argument and result must have a role. In any other
    function, an argument without a role is an input and a result without one an
    output, named by its index. All passes and tools read roles through the C++
    class `EntryPoint`.
  }];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
}

#endif // COPPICE_DIALECTS_COPPICE_IR_COPPICEDIALECT_TD
