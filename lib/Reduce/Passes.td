//===- Passes.td - Shrinking modules that show a fault ------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_LIB_REDUCE_PASSES_TD
#define COPPICE_LIB_REDUCE_PASSES_TD

include "mlir/Pass/PassBase.td"

def ReduceOps : Pass<"reduce-ops", "::mlir::ModuleOp"> {
  let summary = "Shrink a module while a script finds it interesting";
  let description = [{
    Tries one kind of edit after the other, on all places at once, then on
    halves, quarters and so on. An edit is kept if the module stays valid and
    the script finds it interesting. The pass ends when no edit is kept:

    - erase functions, parameters and attributes of the module,
    - erase ops without uses, including those that only have effects,
    - drop results and unused arguments of functions,
    - replace an op by an operand of the same type,
    - replace an op by zeros.

    The script gets the name of a file as its last argument. As for upstream's
    reduction passes, it exits with 1 if the module is interesting and with 0 if
    it is not.

    ```mlir
    // coppice-reduce --reduce-ops=test=has-tanh
    func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
      %0 = nn.relu %x : tensor<4xf32>
      %1 = nn.tanh %0 : tensor<4xf32>
      %2 = nn.exp %1 : tensor<4xf32>
      return %2 : tensor<4xf32>
    }
    // becomes
    func.func @f(%x: tensor<4xf32>) {
      %1 = nn.tanh %x : tensor<4xf32>
      return
    }
    ```

    Precondition: the script finds the module interesting. Postcondition: it
    still does.
  }];
  let options = [
    Option<"test", "test", "std::string", /*default=*/"",
           "The script, a path">,
    ListOption<"testArguments", "test-arg", "std::string",
               "Arguments of the script before the file's name">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // COPPICE_LIB_REDUCE_PASSES_TD
