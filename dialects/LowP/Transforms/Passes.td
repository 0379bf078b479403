//===- Passes.td - Passes of the lowp dialect --------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_LOWP_TRANSFORMS_PASSES_TD
#define COPPICE_DIALECTS_LOWP_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def LowPFuseQDQ : Pass<"lowp-fuse-qdq", "::mlir::func::FuncOp"> {
  let summary = "Fuse dequantize, layer and quantize into a layer on codes";
  let description = [{
    An op of `nn` whose float operands are all dequantized and whose only user
    quantizes the result becomes the same op on codes. It still computes
    quantize(op(dequantize(operands))), but it accumulates integers and
    rescales. A rectifier or clip before the quantize becomes the storage range
    of the result. A bias behind a matmul becomes its operand. For any other
    addition behind a matmul, the matmul gives its accumulators as codes (`i32`,
    scale s_x s_w, exact), which the addition rescales. If the module asks for
    TensorFlow Lite's arithmetic, a layer that it cannot compute stays float.

    ```mlir
    %x = lowp.dequantize %qx : tensor<1x8x!q0> -> tensor<1x8xf32>
    %y = nn.hard_swish %x : tensor<1x8xf32>
    %qy = lowp.quantize %y : tensor<1x8xf32> -> tensor<1x8x!q1>
    // becomes
    %qy = nn.hard_swish %qx : tensor<1x8x!q0> -> tensor<1x8x!q1>
    ```

    Ops that move dequantized values (reshape, transpose, slice) become ops on
    codes.

    A function with a `train.gradient` is not changed.

    Precondition: nn level, layouts propagated. Postcondition: every op left
    between a dequantize and a quantize is one for which
    `--lowp-verify-integer-only` gives a reason.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect"];
}

def LowPTabulate : Pass<"lowp-tabulate", "::mlir::func::FuncOp"> {
  let summary = "Replace elementwise functions of one byte by tables";
  let description = [{
    Elementwise ops between one dequantize of bytes and a quantize, with
    constants as other operands, compute a function of a byte, for instance a
    GELU or a hard swish that a file writes as a composition. They become a
    table of the 256 codes quantize(op(…(dequantize))), computed in double
    precision.

    ```mlir
    %x = lowp.dequantize %qx : tensor<8x!q0> -> tensor<8xf32>
    %s = nn.sigmoid %x : tensor<8xf32>
    %y = nn.mul %x, %s : tensor<8xf32>, tensor<8xf32>
    %qy = lowp.quantize %y : tensor<8xf32> -> tensor<8x!q1>
    // becomes
    %i = quant.scast %qx : tensor<8x!q0> to tensor<8xi8>
    %qy = nn.gather %table, %i {axis = 0 : i64} : (tensor<256x!q1>, tensor<8xi8>) -> tensor<8x!q1>
    ```

    Precondition: nn level, after `--train-autodiff`, because a table has no
    gradient. Postcondition: ops are left between such conversions only if
    another op reads them.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::quant::QuantDialect"];
}

def LowPFuseLayerNorm : Pass<"lowp-fuse-layer-norm", "::mlir::ModuleOp"> {
  let summary = "Fuse a layer norm, scale and shift into one op on codes";
  let description = [{
    `nn.normalize` of dequantized bytes over the last axis, times gamma, plus
    beta, quantized, becomes one `lowp.layer_norm`, which rounds once. Gamma and
    beta are constants or parameters that no function writes, floats or codes.

    ```mlir
    %x = lowp.dequantize %qx : tensor<4x8x!q0> -> tensor<4x8xf32>
    %n, %mean, %variance = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5}
       : (tensor<4x8xf32>) -> (tensor<4x8xf32>, tensor<4x1xf32>, tensor<4x1xf32>)
    %s = nn.mul %n, %gamma : tensor<4x8xf32>, tensor<8xf32>
    %y = nn.add %s, %beta : tensor<4x8xf32>, tensor<8xf32>
    %qy = lowp.quantize %y : tensor<4x8xf32> -> tensor<4x8x!q1>
    // becomes
    %qy = lowp.layer_norm %qx {gamma = array<f64: …>, beta = array<f64: …>, epsilon = 1.0e-5 : f64}
       : tensor<4x8x!q0> -> tensor<4x8x!q1>
    ```

    Precondition: nn level, after `--train-lower-updates`, which makes the
    writes; the op has no gradient. Postcondition: a norm is left between such
    conversions if another op reads one of its values, or if
    `--lowp-verify-integer-only` gives a reason for it.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect"];
}

def LowPVerifyIntegerOnly : Pass<"lowp-verify-integer-only", "::mlir::ModuleOp"> {
  let summary = "Report every op of inference that computes with floats";
  let description = [{
    Reports one error that names each op with a float result and the reason why
    it is not an integer op, and each layer on codes that rescales in double
    precision. Unless the module asks for TensorFlow Lite's integers
    (`--lowp-set-requantize=mode=tflite`), the latter are all layers but those
    that move, compare or look up codes. The function's interface may be float:
    the quantization of an argument and the dequantization of a result are
    allowed. So are ops that `--lowp-tabulate` will replace by a table, or
    `--lowp-fuse-layer-norm` by one layer on codes. A function without any codes
    is one error that says so.

    ```mlir
    func.func @infer(%x: tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4xf32> {
      %0 = lowp.dequantize %x : tensor<4x!quant.uniform<i8:f32, 0.5>> -> tensor<4xf32>
      %1 = nn.exp %0 : tensor<4xf32>  // named: no quantize follows
      return %1 : tensor<4xf32>
    }
    ```

    Precondition: nn level, after `--lowp-fuse-qdq`. Postcondition: the module
    is unchanged; between the arguments and the results of `function`, all
    computation is on codes.
  }];
  // Tables are computed by folding scalar ops.
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
  let options = [Option<"function", "function", "std::string", "\"infer\"",
                        "The function to check">,
                 Option<"trained", "trained", "bool", "false",
                        "Whether a step may train every parameter">];
}

def LowPSetRequantize : Pass<"lowp-set-requantize", "::mlir::ModuleOp"> {
  let summary = "Choose the arithmetic of layers on codes";
  let description = [{
    Sets the module attribute that lowering reads: `exact`, ops on real numbers
    in double precision, rounded once, or `tflite`, integers alone, as in the
    reference kernels of TensorFlow Lite.

    ```mlir
    module attributes {lowp.requantize = "tflite"} { … }
    ```

    Precondition: any module. Postcondition: the attribute is `mode`; any other
    name is an error.
  }];
  let options = [Option<"mode", "mode", "std::string", "\"exact\"",
                        "exact or tflite">];
}

def LowPSplitClamps : Pass<"lowp-split-clamps", "::mlir::func::FuncOp"> {
  let summary = "Split the clamp off layers that a gradient passes through";
  let description = [{
    A layer on codes rounds and clamps its result. Its gradient passes where the
    result was not clamped, which the narrow result does not show. In a function
    with a gradient request, this pass looks at every op between the tensors
    that are differentiated for and the loss. If the result of the op may be
    clamped, it gets a wide type (`i16` for 8 bits or fewer, `i32` for 16, the
    whole range), and a `lowp.clamp` behind it, whose mask the backward pass
    reads. Codes of 32 bits are sums, which are not clamped. Ops that move,
    select or average codes of their result's own type (reshape, slice,
    concatenation, pooling) do not clamp.

    ```mlir
    %q = lowp.quantize %x : tensor<8xf32> -> tensor<8x!quant.uniform<i8:f32, 0.5>>
    ```
    becomes
    ```mlir
    %wide = lowp.quantize %x : tensor<8xf32> -> tensor<8x!quant.uniform<i16:f32, 0.5>>
    %q, %mask = lowp.clamp %wide
       : tensor<8x!quant.uniform<i16:f32, 0.5>> -> tensor<8x!quant.uniform<i8:f32, 0.5>>, tensor<1xi8>
    ```

    Canonicalization joins a clamp whose mask is unused to its layer again.

    Precondition: `--train-autodiff` has not run. Postcondition:
    `--train-autodiff` finds no clamp without a mask. Functions without a
    gradient request are not changed.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect"];
}

def LowPFoldDequantize : Pass<"lowp-fold-dequantize", "::mlir::func::FuncOp"> {
  let summary = "Let contractions read codes instead of a float copy of them";
  let description = [{
    The gradient of a layer multiplies floats by weights or activations that are
    codes. A float copy of the codes would be four times their size, and for
    weights often larger than all activations. The sum of products therefore
    reads the codes, and their scales multiply its result, or the other operand
    if they lie along an axis that is summed over.

    A matrix product is the same op in the forward and in the backward pass, and
    is rewritten in both. A product of inference with a quantized weight and a
    float input, or a float bias, reads the codes too. Forward convolutions are
    not changed.

    If the forward pass makes the float copy and saves it by `train.saved`, the
    codes are saved instead.

    ```mlir
    %w = lowp.dequantize %q : tensor<1x1x8x16x!q> -> tensor<1x1x8x16xf32>
    %dx = nn.conv2d_input_grad %dy, %w : (tensor<1x4x4x16xf32>, tensor<1x1x8x16xf32>) -> tensor<1x4x4x8xf32>
    %v = lowp.dequantize %p : tensor<8x16x!p> -> tensor<8x16xf32>
    %y = nn.matmul %x, %v : (tensor<1x8xf32>, tensor<8x16xf32>) -> tensor<1x16xf32>
    // becomes
    %dx = nn.conv2d_input_grad %dy, %q : (tensor<1x4x4x16xf32>, tensor<1x1x8x16x!q>) -> tensor<1x4x4x8xf32>
    %y = nn.matmul %x, %p : (tensor<1x8xf32>, tensor<8x16x!p>) -> tensor<1x16xf32>
    ```

    Precondition: `--train-autodiff` has run, because an op on codes and floats
    has no gradient. Postcondition: a dequantize is left only if its scales
    cannot leave the sum of the gradient that reads it.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::coppice::train::TrainDialect"];
}

def LowPRelaxRounding : Pass<"lowp-relax-rounding", "::mlir::ModuleOp"> {
  let summary = "Replace codes by real values that are clamped but not rounded";
  let description = [{
    A quantized graph is piecewise constant, so its finite differences are 0 or
    jumps. Its straight-through gradient is the gradient of the same graph
    without rounding, which this pass makes: quantized parameters become float
    ones, layers become float layers, and an `nn.clip` to the range of the codes
    follows every op that may clamp.

    ```mlir
    %q = lowp.quantize %x : tensor<8xf32> -> tensor<8x!quant.uniform<i8:f32, 0.5>>
    %y = nn.tanh %q : tensor<8x!quant.uniform<i8:f32, 0.5>> -> tensor<8x!quant.uniform<i8:f32, 0.0078125>>
    ```
    becomes
    ```mlir
    %q = nn.clip %x {high = 63.5 : f64, low = -64.0 : f64, lowp.clamped = !quant.uniform<…>} : tensor<8xf32>
    %t = nn.tanh %q : tensor<8xf32>
    %y = nn.clip %t {high = 0.9921875 : f64, low = -1.0 : f64, lowp.clamped = !quant.uniform<…>} : tensor<8xf32>
    ```

    An attribute tells these clips from the model's own. A `lowp.fake_quant`
    becomes `relaxed`; the gradient of its scale is then the exact derivative.

    Precondition: no training step, because a step writes codes. Postcondition:
    no quantized type, and no `lowp.fake_quant` that rounds.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect"];
}

def LowPExposeCodes : Pass<"lowp-expose-codes", "::mlir::ModuleOp"> {
  let summary = "Return every quantized value from the inference function";
  let description = [{
    Appends one result per `lowp.quantize` of `function`: its codes, under the
    name that the file gives them. A test that compares gradients needs equal
    codes: a rounding tie in an early layer changes all codes behind it.

    ```mlir
    %q = lowp.quantize %x : tensor<8xf32> -> tensor<8x!quant.uniform<i8:f32, 0.5>>
    ```
    becomes
    ```mlir
    %q = lowp.quantize %x : tensor<8xf32> -> tensor<8x!quant.uniform<i8:f32, 0.5>>
    %codes = quant.scast %q : tensor<8x!quant.uniform<i8:f32, 0.5>> to tensor<8xi8>
    return …, %codes
    ```

    Precondition: as imported, so that axes are the file's. Postcondition: each
    new result has a role with its name; nothing else changes.
  }];
  let dependentDialects = ["::mlir::quant::QuantDialect",
                           "::mlir::tensor::TensorDialect"];
  let options = [Option<"function", "function", "std::string", "\"infer\"",
                        "the function">];
}

def LowPInsertFakeQuant : Pass<"lowp-insert-fake-quant", "::mlir::ModuleOp"> {
  let summary = "Insert quantizers with learned scales into a float model";
  let description = [{
    Each argument and result of `function` with a `lowp.range` (two f64) and a
    role with a name, and each read of a parameter with a range, is followed by
    a `lowp.fake_quant`. Its first scale and zero point cover the range in
    `lowp.bits` bits, or in `bits` if the tensor has no such attribute. Results
    marked `lowp.inner` only carry a range and are removed. A tensor marked
    `lowp.fixed` has a range that its operator defines, so its scale is a
    constant.

    A convolution or matrix product whose input then has codes gets its weight
    quantized too, in as many bits, with one symmetric scale per output channel.
    The scale starts from the greatest magnitude (8 bits) or from the least
    squared error. The bias gets 32 bits at scale s_x s_w. Scales are parameters
    named `<tensor>_scale` (with a number if the model has that name). Training
    multiplies them by factors (`train.relative_update`), with LSQ's gradient
    scale 1 / sqrt(N Q); N counts the features of one sample, or the weights of
    a channel.

    ```mlir
    func.func @infer(%x: tensor<1x8xf32> {coppice.role = #coppice.role<input "x">, lowp.range = array<f64: -1.0, 1.0>})
        -> (tensor<1x4xf32> {coppice.role = #coppice.role<output "y">, lowp.range = array<f64: 0.0, 3.0>}) {
      %w = train.read @w : tensor<8x4xf32>
      %y = nn.matmul %x, %w : tensor<1x8xf32>, tensor<8x4xf32>
      return %y : tensor<1x4xf32>
    }
    ```
    becomes
    ```mlir
    %s = train.read @x_scale : tensor<f32>
    %xq = lowp.fake_quant %x, %s [-128, 127] … : tensor<1x8xf32>, tensor<f32>
    %w = train.read @w : tensor<8x4xf32>
    %t = train.read @w_scale : tensor<4xf32>
    %wq = lowp.fake_quant %w, %t [-127, 127] {axis = 1 : i64, …} : tensor<8x4xf32>, tensor<4xf32>
    %y = nn.matmul %xq, %wq : tensor<1x8xf32>, tensor<8x4xf32>
    %u = train.read @y_scale : tensor<f32>
    %yq = lowp.fake_quant %y, %u [-128, 127] {zero_point = -128 : i64, …} : tensor<1x4xf32>, tensor<f32>
    return %yq : tensor<1x4xf32>
    ```

    Precondition: nn level, as imported, so that names are the file's.
    Postcondition: no `lowp.range` is left in `function`.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect",
                           "::coppice::nn::NNDialect",
                           "::coppice::train::TrainDialect"];
  let options = [Option<"function", "function", "std::string", "\"infer\"",
                        "the function">,
                 Option<"bits", "bits", "int64_t", "8",
                        "bits of codes whose tensor has no lowp.bits, 2 to 8">];
}

#endif // COPPICE_DIALECTS_LOWP_TRANSFORMS_PASSES_TD
