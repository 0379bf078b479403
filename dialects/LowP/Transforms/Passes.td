//===- Passes.td - Passes of the lowp dialect --------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_TRANSFORMS_PASSES_TD
#define COPPICE_DIALECTS_LOWP_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def LowPFuseQDQ : Pass<"lowp-fuse-qdq", "::mlir::func::FuncOp"> {
  let summary = "a layer between dequantize and quantize becomes an integer layer";
  let description = [{
    An op of `nn` whose float operands are all dequantized and whose only user
    quantizes the result becomes the same op on codes: what it means is still
    quantize(op(dequantize(operands))), but it accumulates integers and
    rescales. A rectifier or clip before the quantize becomes the storage range
    of the result. A matmul followed by the addition of a bias becomes a matmul
    that gives its accumulators as codes (`i32`, scale s_x s_w, exact) and an
    addition that rescales.

    ```mlir
    %x = lowp.dequantize %qx : tensor<1x8x!q0> -> tensor<1x8xf32>
    %y = nn.hard_swish %x : tensor<1x8xf32>
    %qy = lowp.quantize %y : tensor<1x8xf32> -> tensor<1x8x!q1>
    // becomes
    %qy = nn.hard_swish %qx : tensor<1x8x!q0> -> tensor<1x8x!q1>
    ```

    Moves (reshape, transpose, slice) of dequantized values happen on codes.

    Precondition: nn level, layouts propagated. Postcondition: every op left
    between a dequantize and a quantize is one for which
    `--lowp-verify-integer-only` gives a reason.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect"];
}

def LowPVerifyIntegerOnly
    : Pass<"lowp-verify-integer-only", "::mlir::func::FuncOp"> {
  let summary = "reports every op of a forward function that computes with floats";
  let description = [{
    One error that names each op that gives a float tensor, and why it is not
    an integer op. Free are the quantization of an argument and the
    dequantization of what the function returns: they are the interface.

    ```mlir
    func.func @infer(%x: tensor<4xf32>) -> tensor<4xf32> {
      %y = nn.exp %x : tensor<4xf32>  // error: no quantize follows
      return %y : tensor<4xf32>
    }
    ```

    Precondition: nn level, after `--lowp-fuse-qdq`. Postcondition: the module
    is as it was; codes alone are computed with between the arguments and the
    results of `function`.
  }];
  let options = [Option<"function", "function", "std::string", "\"infer\"",
                        "The function to check">];
}

#endif // COPPICE_DIALECTS_LOWP_TRANSFORMS_PASSES_TD
