//===- Passes.td - Passes of the nn dialect ----------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_TRANSFORMS_PASSES_TD
#define COPPICE_DIALECTS_NN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def NNConvertFloat : Pass<"nn-convert-float", "::mlir::ModuleOp"> {
  let summary = "changes the float type of a whole module";
  let description = [{
    Replaces one float type by another everywhere: in values, constants,
    parameters and signatures. Constants are rounded to nearest even. Gradients
    are compared with finite differences in f64, where a difference quotient has
    digits to spare.

    ```mlir
    func.func @infer(%x: tensor<4xf32>) -> tensor<4xf32> {
      %c = arith.constant dense<0.5> : tensor<f32>
      %y = nn.mul %x, %c : tensor<4xf32>, tensor<f32>
      return %y : tensor<4xf32>
    }
    ```
    becomes
    ```mlir
    func.func @infer(%x: tensor<4xf64>) -> tensor<4xf64> {
      %c = arith.constant dense<0.5> : tensor<f64>
      %y = nn.mul %x, %c : tensor<4xf64>, tensor<f64>
      return %y : tensor<4xf64>
    }
    ```

    Precondition: nn level, tensors. Postcondition: no tensor of type `from`.
    A constant whose data is missing is an error.
  }];
  let options = [
    Option<"from", "from", "std::string", "\"f32\"",
           "the type that is replaced: f64, f32, f16 or bf16">,
    Option<"to", "to", "std::string", "\"f64\"", "what it becomes">
  ];
}

#endif // COPPICE_DIALECTS_NN_TRANSFORMS_PASSES_TD
