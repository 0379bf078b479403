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
    quantizes the result becomes the same op on codes: what it means is still
    quantize(op(dequantize(operands))), but it accumulates integers and
    rescales. A rectifier or clip before the quantize becomes the storage range
    of the result. A bias behind a matmul joins it; what else is added to a
    matmul finds its accumulators as codes (`i32`, scale s_x s_w, exact) and
    rescales. Where the module asks for TensorFlow Lite's arithmetic, a layer
    that it cannot compute stays float.

    ```mlir
    %x = lowp.dequantize %qx : tensor<1x8x!q0> -> tensor<1x8xf32>
    %y = nn.hard_swish %x : tensor<1x8xf32>
    %qy = lowp.quantize %y : tensor<1x8xf32> -> tensor<1x8x!q1>
    // becomes
    %qy = nn.hard_swish %qx : tensor<1x8x!q0> -> tensor<1x8x!q1>
    ```

    Moves (reshape, transpose, slice) of dequantized values happen on codes.

    A function with a `train.gradient` is left as it is.

    Precondition: nn level, layouts propagated. Postcondition: every op left
    between a dequantize and a quantize is one for which
    `--lowp-verify-integer-only` gives a reason.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect"];
}

def LowPTabulate : Pass<"lowp-tabulate", "::mlir::func::FuncOp"> {
  let summary = "Replace elementwise functions of one byte by tables";
  let description = [{
    Ops that stand between one dequantize of bytes and a quantize, with
    constants beside them, compute one of 256 codes, however many they are: a
    GELU or a hard swish that a file writes as a composition. The table holds
    quantize(op(…(dequantize))) in double precision.

    ```mlir
    %x = lowp.dequantize %qx : tensor<8x!q0> -> tensor<8xf32>
    %s = nn.sigmoid %x : tensor<8xf32>
    %y = nn.mul %x, %s : tensor<8xf32>, tensor<8xf32>
    %qy = lowp.quantize %y : tensor<8xf32> -> tensor<8x!q1>
    // becomes
    %i = quant.scast %qx : tensor<8x!q0> to tensor<8xi8>
    %qy = nn.gather %table, %i {axis = 0 : i64} : (tensor<256x!q1>, tensor<8xi8>) -> tensor<8x!q1>
    ```

    Precondition: nn level, after `--train-autodiff`, which has no gradient of a
    table. Postcondition: what is left between such conversions is read by
    something else too.
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
    beta, quantized: one `lowp.layer_norm`, which rounds once. Gamma and beta
    are constants or parameters that nothing writes, floats or codes.

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
    writes; the op has no gradient. Postcondition: what is left between such
    conversions has an op that something else reads, or one that
    `--lowp-verify-integer-only` gives a reason for.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect"];
}

def LowPVerifyIntegerOnly : Pass<"lowp-verify-integer-only", "::mlir::ModuleOp"> {
  let summary = "Report every op of inference that computes with floats";
  let description = [{
    One error that names each op that gives a float tensor, and why it is not
    an integer op, and each layer on codes that rescales in double precision:
    where the module does not ask for TensorFlow Lite's integers
    (`--lowp-set-requantize=mode=tflite`), that is every layer but those that
    move, compare or look up codes. Allowed are the quantization of an argument
    and the dequantization of a result, which are the interface, and ops that
    `--lowp-tabulate` will replace by a table or `--lowp-fuse-layer-norm` by one
    layer on codes. A function without any codes is one error that says so.

    ```mlir
    func.func @infer(%x: tensor<4x!quant.uniform<i8:f32, 0.5>>) -> tensor<4xf32> {
      %0 = lowp.dequantize %x : tensor<4x!quant.uniform<i8:f32, 0.5>> -> tensor<4xf32>
      %1 = nn.exp %0 : tensor<4xf32>  // named: no quantize follows
      return %1 : tensor<4xf32>
    }
    ```

    Precondition: nn level, after `--lowp-fuse-qdq`. Postcondition: the module
    is as it was; codes alone are computed with between the arguments and the
    results of `function`.
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
    Writes the module attribute that lowering reads: `exact`, the op between
    real numbers in double precision, rounded once, or `tflite`, integers alone,
    as the reference kernels of TensorFlow Lite.

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
    A layer on codes rounds and clamps its result. Its gradient passes where
    nothing was clamped, which cannot be seen in the narrow result. In a function
    with a gradient request, every op between the tensors that it differentiates
    for and the loss whose result may be clamped gets a wide result (`i16` for 8
    bits or fewer, `i32` for 16, the whole range) and a `lowp.clamp` behind it,
    whose mask the backward pass reads. Codes of 32 bits are sums, which are not
    clamped. Ops that move, select or average codes of their result's own type
    (reshape, slice, concatenation, pooling) clamp nothing.

    ```mlir
    %q = lowp.quantize %x : tensor<8xf32> -> tensor<8x!quant.uniform<i8:f32, 0.5>>
    ```
    becomes
    ```mlir
    %wide = lowp.quantize %x : tensor<8xf32> -> tensor<8x!quant.uniform<i16:f32, 0.5>>
    %q, %mask = lowp.clamp %wide
       : tensor<8x!quant.uniform<i16:f32, 0.5>> -> tensor<8x!quant.uniform<i8:f32, 0.5>>, tensor<1xi8>
    ```

    Canonicalization puts a clamp whose mask is unread back into its layer.

    Precondition: `--train-autodiff` has not run. Postcondition:
    `--train-autodiff` finds no clamp without a mask. Functions without a
    gradient request stay as they are.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect"];
}

def LowPFoldDequantize : Pass<"lowp-fold-dequantize", "::mlir::func::FuncOp"> {
  let summary = "Let contractions read codes instead of a float copy of them";
  let description = [{
    A gradient of a layer multiplies floats by weights or activations that are
    codes. A float copy of these would be four times their size, and for weights
    often larger than all the activations. The sum of products reads the codes
    instead, and their scales multiply its result, or the other operand where
    they belong to what is summed over.

    A matrix product is the same op in the forward and in the backward pass, and
    is rewritten in both: one of inference with a quantized weight and a float
    input, or a float bias, reads the codes too. Forward convolutions stay as
    they are.

    Where the copy is made in the forward pass and read through `train.saved`, the
    product gets the codes through one.

    ```mlir
    %w = lowp.dequantize %q : tensor<1x1x8x16x!q> -> tensor<1x1x8x16xf32>
    %dx = nn.conv2d_input_grad %dy, %w : (tensor<1x4x4x16xf32>, tensor<1x1x8x16xf32>) -> tensor<1x4x4x8xf32>
    %v = lowp.dequantize %p : tensor<8x16x!p> -> tensor<8x16xf32>
    %y = nn.matmul %x, %v : (tensor<1x8xf32>, tensor<8x16xf32>) -> tensor<1x16xf32>
    // becomes
    %dx = nn.conv2d_input_grad %dy, %q : (tensor<1x4x4x16xf32>, tensor<1x1x8x16x!q>) -> tensor<1x4x4x8xf32>
    %y = nn.matmul %x, %p : (tensor<1x8xf32>, tensor<8x16x!p>) -> tensor<1x16xf32>
    ```

    Precondition: `--train-autodiff` has run: an op of mixed operands has no
    gradient. Postcondition: a dequantize that a gradient reads has scales that
    stay in its sum.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect",
                           "::coppice::train::TrainDialect"];
}

def LowPRelaxRounding : Pass<"lowp-relax-rounding", "::mlir::ModuleOp"> {
  let summary = "Replace codes by real values that are clamped but not rounded";
  let description = [{
    A quantized graph is piecewise constant, so that finite differences of it are
    0 or jumps. Its straight-through gradient is the gradient of the same graph
    without rounding: quantized parameters become float ones, layers become float
    layers, and a `nn.clip` to the range of the codes stands behind every op that
    may clamp.

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

    The attribute tells these clips from the model's own. A `lowp.fake_quant`
    becomes `relaxed`, whose gradient of the scale is the exact derivative.

    Precondition: no training step, which would write codes. Postcondition: no
    quantized type, and no `lowp.fake_quant` that rounds.
  }];
  let dependentDialects = ["::coppice::nn::NNDialect"];
}

def LowPExposeCodes : Pass<"lowp-expose-codes", "::mlir::ModuleOp"> {
  let summary = "Return every quantized value from the inference function";
  let description = [{
    Appends one result per `lowp.quantize` of `function`: its codes, under the
    name that the file gives them. Gradients are compared at equal codes: a
    rounding tie in an early layer changes all that follows.

    ```mlir
    %q = lowp.quantize %x : tensor<8xf32> -> tensor<8x!quant.uniform<i8:f32, 0.5>>
    ```
    becomes
    ```mlir
    %q = lowp.quantize %x : tensor<8xf32> -> tensor<8x!quant.uniform<i8:f32, 0.5>>
    %codes = quant.scast %q : tensor<8x!quant.uniform<i8:f32, 0.5>> to tensor<8xi8>
    return …, %codes
    ```

    Precondition: as imported, where axes are the file's. Postcondition: new
    results have a role with its name; nothing else changes.
  }];
  let dependentDialects = ["::mlir::quant::QuantDialect",
                           "::mlir::tensor::TensorDialect"];
  let options = [Option<"function", "function", "std::string", "\"infer\"",
                        "the function">];
}

def LowPInsertFakeQuant : Pass<"lowp-insert-fake-quant", "::mlir::ModuleOp"> {
  let summary = "Insert quantizers with learned scales into a float model";
  let description = [{
    Every argument and result of `function` with a `lowp.range` (two f64) and a
    a role with a name, and every read of a parameter with a range, is followed by a
    `lowp.fake_quant` whose first scale and zero point cover the range in
    `lowp.bits` bits (`bits` where it has none). Results marked `lowp.inner`
    are there for this alone, and go; the scale of one marked `lowp.fixed`,
    whose range is its operator's by definition, is a constant.

    A convolution or matrix product whose input then has codes gets its weight
    quantized too: as many bits, one symmetric scale per output channel, which
    starts at the greatest magnitude (8 bits) or the least squared error. Its
    bias gets 32 bits at scale s_x s_w. Scales are parameters named
    `<tensor>_scale` (with a number where the model has that name) that training
    moves by factors (`train.relative_update`), with LSQ's gradient scale
    1 / sqrt(N Q); N counts the features of one sample, or the weights of a
    channel.

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

    Precondition: nn level, as imported: names are the file's. Postcondition: no
    `lowp.range` is left in `function`.
  }];
  let dependentDialects = ["::coppice::lowp::LowPDialect",
                           "::coppice::nn::NNDialect",
                           "::coppice::train::TrainDialect"];
  let options = [Option<"function", "function", "std::string", "\"infer\"",
                        "the function">,
                 Option<"bits", "bits", "int64_t", "8",
                        "bits of codes whose tensor names no number, 2 to 8">];
}

#endif // COPPICE_DIALECTS_LOWP_TRANSFORMS_PASSES_TD
