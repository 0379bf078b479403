//===- NNStructured.td - Convolution, matmul, pooling, norm -*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_NNSTRUCTURED_TD
#define COPPICE_DIALECTS_NN_IR_NNSTRUCTURED_TD

include "dialects/NN/IR/NNBase.td"

/// Where the weight is, how many products there are, and `methods`.
class NN_Contraction<list<string> methods>
    : DeclareOpInterfaceMethods<ContractionOpInterface, methods>;

//===----------------------------------------------------------------------===//
// Convolution
//===----------------------------------------------------------------------===//

/// Attributes of every convolution-like op. `strides` and `dilations` are
/// [height, width]; `pads` is [top, left, bottom, right].
class NN_WindowArgs {
  dag conv = (ins DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
                  DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
                  DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations,
                  DefaultValuedAttr<I64Attr, "1">:$groups);
  dag pool = (ins DenseI64ArrayAttr:$kernel,
                  DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$strides,
                  DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$pads,
                  DefaultValuedAttr<DenseI64ArrayAttr, "{1, 1}">:$dilations);
}
def NN_Window : NN_WindowArgs;

/// An op with windows adds a border by `nn.pad`.
defvar NN_WindowBorder = [{
  ::mlir::Value createBorder(::mlir::OpBuilder &builder, ::mlir::Value image,
                             const ::coppice::plan::Border &border) {
    return ::coppice::nn::detail::createBorder(builder, image, border);
  }
}];

def NN_Conv2DOp : NN_InferredOp<"conv2d", [NN_Gradient, OnCodes<"products">,
    NN_Contraction<["getBiasOperand"]>,
    NN_Planning<["getBorder", "readBordered", "writesToDestination",
                 "joinsConsumer", "absorbsConsumer", "getScratch"]>]> {
  let extraClassDeclaration = !strconcat(NN_InferredDeclaration, NN_WindowBorder);
  let summary = "2-D convolution (cross-correlation), NHWC with HWIO weights";
  let description = [{
    `input` is N×H×W×C, `weight` KH×KW×(C/groups)×F, `bias` F; the result is
    N×OH×OW×F with OH = (H + top + bottom - dilation (KH - 1) - 1) / stride + 1.
    Depthwise convolution has `groups = C`. Output channel f belongs to group
    f / (F / groups).

    ```mlir
    %y = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 1, 1>}
       : (tensor<1x32x32x3xf32>, tensor<3x3x3x16xf32>, tensor<16xf32>)
       -> tensor<1x32x32x16xf32>
    ```
  }];
  let arguments = !con((ins NN_NumberTensor:$input, NN_NumberTensor:$weight,
                            Optional<NN_NumberTensor>:$bias), NN_Window.conv);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{
    $input `,` $weight (`,` $bias^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let gradCases = [
    GradCase<"%x: tensor<2x6x5x2xf64>, %w: tensor<3x2x2x4xf64>, %b: tensor<4xf64>",
      "nn.conv2d %x, %w, %b {strides = array<i64: 2, 1>, pads = array<i64: 1, 0, 2, 1>} : (tensor<2x6x5x2xf64>, tensor<3x2x2x4xf64>, tensor<4xf64>) -> tensor<2x4x5x4xf64>",
      "tensor<2x4x5x4xf64>">,
    GradCase<"%x: tensor<1x7x6x4xf64>, %w: tensor<3x3x1x4xf64>",
      "nn.conv2d %x, %w {groups = 4 : i64, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x7x6x4xf64>, tensor<3x3x1x4xf64>) -> tensor<1x4x3x4xf64>",
      "tensor<1x4x3x4xf64>">,
    GradCase<"%x: tensor<1x7x7x4xf64>, %w: tensor<2x2x2x6xf64>",
      "nn.conv2d %x, %w {groups = 2 : i64, dilations = array<i64: 2, 3>} : (tensor<1x7x7x4xf64>, tensor<2x2x2x6xf64>) -> tensor<1x5x4x6xf64>",
      "tensor<1x5x4x6xf64>">
  ];
}

def NN_Conv2DInputGradOp : NN_Op<"conv2d_input_grad", [NN_Gradient,
    NN_Contraction<["countAllProducts"]>,
    NN_Planning<["getBorder", "readBordered", "writesToDestination",
                 "absorbsConsumer", "getScratch"]>]> {
  let extraClassDeclaration = NN_WindowBorder;
  let summary = "gradient of conv2d with respect to its input; transposed convolution";
  let description = [{
    `dy` is N×OH×OW×F and `weight` as in `nn.conv2d`. The result has the input's
    shape, which `dy` alone does not determine if the stride is above 1. ONNX
    ConvTranspose is imported as this op, with the same attributes, so the op
    has a gradient. With a float `dy`, the weight may be codes, which stand for
    their real values.

    ```mlir
    %dx = nn.conv2d_input_grad %dy, %w {pads = array<i64: 1, 1, 1, 1>}
       : (tensor<1x32x32x16xf32>, tensor<3x3x3x16xf32>) -> tensor<1x32x32x3xf32>
    ```
  }];
  let arguments = !con((ins NN_NumberTensor:$dy, NN_NumberTensor:$weight),
                       NN_Window.conv);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$dy `,` $weight attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let gradCases = [
    GradCase<"%dy: tensor<2x4x5x4xf64>, %w: tensor<3x2x2x4xf64>",
      "nn.conv2d_input_grad %dy, %w {strides = array<i64: 2, 1>, pads = array<i64: 1, 0, 2, 1>} : (tensor<2x4x5x4xf64>, tensor<3x2x2x4xf64>) -> tensor<2x6x5x2xf64>",
      "tensor<2x6x5x2xf64>">];
}

def NN_Conv2DWeightGradOp : NN_Op<"conv2d_weight_grad", [
    NN_Planning<["getBorder", "readBordered", "writesToDestination",
                 "absorbsConsumer"]>]> {
  let extraClassDeclaration = NN_WindowBorder;
  let summary = "gradient of conv2d with respect to its weight";
  let description = [{
    dw[kh, kw, c, f] = sum over n, oh, ow of
    x[n, oh s + kh d - top, ow s + kw d - left, c] dy[n, oh, ow, f]. With a
    float `dy`, the input may be codes.

    ```mlir
    %dw = nn.conv2d_weight_grad %x, %dy {pads = array<i64: 1, 1, 1, 1>}
       : (tensor<1x32x32x3xf32>, tensor<1x32x32x16xf32>) -> tensor<3x3x3x16xf32>
    ```
  }];
  let arguments = !con((ins NN_NumberTensor:$input, NN_NumberTensor:$dy),
                       NN_Window.conv);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input `,` $dy attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Matrix multiplication
//===----------------------------------------------------------------------===//

def NN_MatMulOp : NN_InferredOp<"matmul", [NN_Gradient, OnCodes<"products">,
    NN_Contraction<["getBiasOperand"]>,
    NN_Planning<["absorbsConsumer"]>]> {
  let summary = "matrix product over the last two axes; leading axes broadcast";
  let description = [{
    Both operands have rank 2 or more. `transpose_lhs` and `transpose_rhs` swap
    the last two axes of an operand first, so that no gradient needs a
    transpose. `bias`, one element per column, is added to every row, so that a
    quantized layer rescales the sum and its bias once. One operand may be codes
    if the other operand and the result are floats.

    ```mlir
    %y = nn.matmul %x, %w, %b {transpose_rhs}
       : (tensor<8x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<8x3xf32>
    ```
  }];
  let arguments = (ins NN_NumberTensor:$lhs, NN_NumberTensor:$rhs,
                       Optional<NN_NumberTensor>:$bias,
                       UnitAttr:$transpose_lhs, UnitAttr:$transpose_rhs);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`,` $bias^)? attr-dict `:`
    functional-type(operands, results)
  }];
  let builders = [OpBuilder<(ins "::mlir::Value":$lhs, "::mlir::Value":$rhs,
      "bool":$transposeLhs, "bool":$transposeRhs), [{
        build($_builder, $_state, lhs, rhs, ::mlir::Value(), transposeLhs,
              transposeRhs);
      }]>, OpBuilder<(ins "::mlir::Type":$type, "::mlir::Value":$lhs,
      "::mlir::Value":$rhs, "bool":$transposeLhs, "bool":$transposeRhs), [{
        build($_builder, $_state, type, lhs, rhs, ::mlir::Value(), transposeLhs,
              transposeRhs);
      }]>];
  let gradCases = [
    GradCase<"%a: tensor<3x4xf64>, %b: tensor<4x5xf64>",
      "nn.matmul %a, %b : (tensor<3x4xf64>, tensor<4x5xf64>) -> tensor<3x5xf64>",
      "tensor<3x5xf64>">,
    GradCase<"%a: tensor<4x3xf64>, %b: tensor<5x4xf64>",
      "nn.matmul %a, %b {transpose_lhs, transpose_rhs} : (tensor<4x3xf64>, tensor<5x4xf64>) -> tensor<3x5xf64>",
      "tensor<3x5xf64>">,
    GradCase<"%a: tensor<2x1x3x4xf64>, %b: tensor<3x4x5xf64>",
      "nn.matmul %a, %b : (tensor<2x1x3x4xf64>, tensor<3x4x5xf64>) -> tensor<2x3x3x5xf64>",
      "tensor<2x3x3x5xf64>">,
    GradCase<"%a: tensor<2x3x4xf64>, %b: tensor<4x5xf64>, %c: tensor<5xf64>",
      "nn.matmul %a, %b, %c : (tensor<2x3x4xf64>, tensor<4x5xf64>, tensor<5xf64>) -> tensor<2x3x5xf64>",
      "tensor<2x3x5xf64>">
  ];
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

def NN_MaxPool2DOp : NN_InferredOp<"max_pool2d", [NN_Gradient, OnCodes<"move", "operands">,
    NN_Planning<["getBorder", "readBordered", "absorbsConsumer"]>]> {
  let extraClassDeclaration = !strconcat(NN_InferredDeclaration, NN_WindowBorder);
  let summary = "maximum over windows, NHWC, without the padding";
  let description = NN_Example<
      "nn.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}"
      " : (tensor<1x8x8x16xf32>) -> tensor<1x4x4x16xf32>">.text;
  let arguments = !con((ins NN_NumberTensor:$input), NN_Window.pool);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasFolder = 1;
  let gradCases = [
    GradCase<"%x: tensor<2x5x6x3xf64>",
      "nn.max_pool2d %x {kernel = array<i64: 3, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 0, 1, 0>} : (tensor<2x5x6x3xf64>) -> tensor<2x3x3x3xf64>",
      "tensor<2x3x3x3xf64>">,
    GradCase<"%x: tensor<1x6x7x2xf64>",
      "nn.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 2, 3>} : (tensor<1x6x7x2xf64>) -> tensor<1x6x3x2xf64>",
      "tensor<1x6x3x2xf64>">];
}

def NN_MaxPool2DGradOp : NN_Op<"max_pool2d_grad", [PlanningOpInterface]> {
  let summary = "gradient of max_pool2d";
  let description = [{
    The gradient of a window goes to its first maximum in row-major order, as in
    PyTorch. Gradients of windows that overlap are added.

    ```mlir
    %dx = nn.max_pool2d_grad %x, %dy {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}
       : (tensor<1x8x8x16xf32>, tensor<1x4x4x16xf32>) -> tensor<1x8x8x16xf32>
    ```
  }];
  let arguments = !con((ins NN_RealTensor:$input, NN_RealTensor:$dy),
                       NN_Window.pool);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input `,` $dy attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_AvgPool2DOp : NN_InferredOp<"avg_pool2d", [NN_Gradient, OnCodes<"sum", "operandsAndZero">,
    NN_Planning<["getBorder", "readBordered", "absorbsConsumer"]>]> {
  let extraClassDeclaration = !strconcat(NN_InferredDeclaration, NN_WindowBorder);
  let summary = "mean over windows, NHWC";
  let description = [{
    The divisor of a window is the number of its elements that lie in the input,
    or, with `count_include_pad`, in the input or in its padding. `border` is
    the number of rows and columns, [top, left, bottom, right], by which the
    input is padded with zeros already; they count as padding.

    ```mlir
    %y = nn.avg_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}
       : (tensor<1x8x8x16xf32>) -> tensor<1x4x4x16xf32>
    ```
  }];
  let arguments = !con((ins NN_RealTensor:$input), NN_Window.pool,
      (ins UnitAttr:$count_include_pad,
           DefaultValuedAttr<DenseI64ArrayAttr, "{0, 0, 0, 0}">:$border));
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let gradCases = [
    GradCase<"%x: tensor<2x5x6x3xf64>",
      "nn.avg_pool2d %x {kernel = array<i64: 3, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 0, 1, 0>} : (tensor<2x5x6x3xf64>) -> tensor<2x3x3x3xf64>",
      "tensor<2x3x3x3xf64>">,
    GradCase<"%x: tensor<1x6x7x2xf64>",
      "nn.avg_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 1, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 2, 3>} : (tensor<1x6x7x2xf64>) -> tensor<1x6x3x2xf64>",
      "tensor<1x6x3x2xf64>">,
    GradCase<"%x: tensor<1x4x4x2xf64>",
      "nn.avg_pool2d %x {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>, count_include_pad} : (tensor<1x4x4x2xf64>) -> tensor<1x4x4x2xf64>",
      "tensor<1x4x4x2xf64>">];
}

def NN_AvgPool2DGradOp : NN_Op<"avg_pool2d_grad", [NN_Planning<["getScratch"]>]> {
  let summary = "gradient of avg_pool2d; the result has the input's shape";
  let description = NN_Example<
      "nn.avg_pool2d_grad %dy {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>}"
      " : (tensor<1x4x4x16xf32>) -> tensor<1x8x8x16xf32>">.text;
  let arguments = !con((ins NN_RealTensor:$dy), NN_Window.pool,
                       (ins UnitAttr:$count_include_pad));
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$dy attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Normalisation
//===----------------------------------------------------------------------===//

def NN_NormalizeOp : NN_Op<"normalize", [NN_Gradient, OnCodes<"normalize">,
    NN_Planning<["writesToDestination", "joinsConsumer",
                 "getOverwritableOperands", "getScratch"]>]> {
  let summary = "(x - mean) / sqrt(variance + epsilon) over `axes`";
  let description = [{
    Batch norm (axes N, H, W), layer, instance and group norm consist of this
    op, an `nn.mul` by the scale and an `nn.add` of the shift. `mean` and
    `variance` (biased) keep the reduced axes with size 1. Gradients flow
    through `result` alone; `mean` and `variance` update running statistics.

    RMS norm is `uncentered`: x / sqrt(mean(x^2) + epsilon). `mean` is then 0
    and `variance` the mean square.

    ```mlir
    %y, %mean, %variance = nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5}
       : (tensor<3x5xf32>) -> (tensor<3x5xf32>, tensor<3x1xf32>, tensor<3x1xf32>)
    ```
  }];
  let arguments = (ins NN_RealTensor:$input, DenseI64ArrayAttr:$axes,
                       F64Attr:$epsilon, UnitAttr:$uncentered);
  let results = (outs NN_Tensor:$result, NN_Tensor:$mean,
                      NN_Tensor:$variance);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
  let builders = [OpBuilder<(ins "::mlir::Value":$input,
      "::mlir::ArrayRef<int64_t>":$axes, "double":$epsilon,
      CArg<"bool", "false">:$uncentered)>];
  let gradCases = [
    GradCase<"%x: tensor<3x4x5xf64>",
      "nn.normalize %x {axes = array<i64: 0, 2>, epsilon = 1.0e-5} : (tensor<3x4x5xf64>) -> (tensor<3x4x5xf64>, tensor<1x4x1xf64>, tensor<1x4x1xf64>)",
      "tensor<3x4x5xf64>, tensor<1x4x1xf64>, tensor<1x4x1xf64>">,
    GradCase<"%x: tensor<3x5xf64>",
      "nn.normalize %x {axes = array<i64: 1>, epsilon = 1.0e-5, uncentered} : (tensor<3x5xf64>) -> (tensor<3x5xf64>, tensor<3x1xf64>, tensor<3x1xf64>)",
      "tensor<3x5xf64>, tensor<3x1xf64>, tensor<3x1xf64>">];
}

def NN_SoftmaxOp : NN_InferredOp<"softmax", [NN_Gradient, OnCodes<"softmax">,
    NN_Planning<["joinsConsumer", "getOverwritableOperands", "getScratch"]>]> {
  let summary = "e^x / sum(e^x) along `axis`, without overflow";
  let description = NN_Example<
      "nn.softmax %x {axis = 1 : i64} : tensor<3x4xf32>">.text;
  let arguments = (ins NN_RealTensor:$input, I64Attr:$axis);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{
    $input attr-dict `:` type($input)
    `` custom<QuantizedResult>(type($result), ref(type($input)))
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
  let gradCases = [GradCase<"%x: tensor<3x4x2xf64>",
      "nn.softmax %x {axis = 1 : i64} : tensor<3x4x2xf64>", "tensor<3x4x2xf64>">];
}

def NN_LogSoftmaxOp : NN_InferredOp<"log_softmax", [NN_Gradient, OnCodes<"softmax">,
    NN_Planning<["joinsConsumer", "getOverwritableOperands", "getScratch"]>]> {
  let summary = "x - log(sum(e^x)) along `axis`, without overflow";
  let description = NN_Example<
      "nn.log_softmax %x {axis = 1 : i64} : tensor<3x4xf32>">.text;
  let arguments = (ins NN_RealTensor:$input, I64Attr:$axis);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = [{
    $input attr-dict `:` type($input)
    `` custom<QuantizedResult>(type($result), ref(type($input)))
  }];
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
  let gradCases = [GradCase<"%x: tensor<3x4x2xf64>",
      "nn.log_softmax %x {axis = 2 : i64} : tensor<3x4x2xf64>", "tensor<3x4x2xf64>">];
}

//===----------------------------------------------------------------------===//
// Reduction
//===----------------------------------------------------------------------===//

def NN_ReductionKind : I32EnumAttr<"ReductionKind", "the kind of a reduction", [
    I32EnumAttrCase<"sum", 0>, I32EnumAttrCase<"mean", 1>,
    I32EnumAttrCase<"max", 2>, I32EnumAttrCase<"min", 3>,
    I32EnumAttrCase<"prod", 4>]> {
  let cppNamespace = "::coppice::nn";
}

def NN_ReduceOp : NN_InferredOp<"reduce", [NN_Gradient, DeclareOpInterfaceMethods<CodesOpInterface>,
    NN_Planning<["absorbsConsumer", "absorbsProducers"]>]> {
  let summary = "reduction over `axes`";
  let description = [{
    `axes` are sorted, unique and not negative. Reduced axes are dropped, or
    stay with size 1 under `keepdims`. Equal elements share the gradient of
    `max` and `min`. The gradient of `prod` is exact also for elements that are
    0.

    ```mlir
    %m = nn.reduce mean %x {axes = array<i64: 1, 2>}
       : (tensor<1x8x8x64xf32>) -> tensor<1x64xf32>
    ```
  }];
  let arguments = (ins NN_ReductionKind:$kind, NN_NumberTensor:$input,
                       DenseI64ArrayAttr:$axes, UnitAttr:$keepdims);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat =
      "$kind $input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let gradCases = [
    GradCase<"%x: tensor<2x3x4xf64>", "nn.reduce sum %x {axes = array<i64: 0, 2>} : (tensor<2x3x4xf64>) -> tensor<3xf64>", "tensor<3xf64>">,
    GradCase<"%x: tensor<2x3x4xf64>", "nn.reduce mean %x {axes = array<i64: 1>, keepdims} : (tensor<2x3x4xf64>) -> tensor<2x1x4xf64>", "tensor<2x1x4xf64>">,
    GradCase<"%x: tensor<2x3x4xf64>", "nn.reduce max %x {axes = array<i64: 2>} : (tensor<2x3x4xf64>) -> tensor<2x3xf64>", "tensor<2x3xf64>">,
    GradCase<"%x: tensor<2x3x4xf64>", "nn.reduce min %x {axes = array<i64: 0, 1, 2>} : (tensor<2x3x4xf64>) -> tensor<f64>", "tensor<f64>">,
    GradCase<"%x: tensor<2x3x4xf64>", "nn.reduce prod %x {axes = array<i64: 1, 2>} : (tensor<2x3x4xf64>) -> tensor<2xf64>", "tensor<2xf64>">
  ];
}

def NN_ProdGradOp : NN_Op<"prod_grad", [SameOperandsAndResultType, PlanningOpInterface]> {
  let summary = "result[i] = product over `axes` of all elements but i";
  let description = [{
    The gradient of `nn.reduce prod` is multiplied by this op's result. Each
    element is a product and needs no division, so elements may be 0; the cost
    is the square of the reduced extent.

    ```mlir
    %g = nn.prod_grad %x {axes = array<i64: 1>} : tensor<2x3xf32>
    ```
  }];
  let arguments = (ins NN_RealTensor:$input, DenseI64ArrayAttr:$axes);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Loss, labels, randomness
//===----------------------------------------------------------------------===//

def NN_SoftmaxCrossEntropyOp : NN_InferredOp<"softmax_cross_entropy", [NN_Gradient,
    NN_Planning<["getScratch"]>]> {
  let summary = "mean over rows of -log softmax(logits)[label]";
  let description = [{
    `logits` is N×K, `labels` N integers in [0, K), the result a rank-0 tensor.
    A label outside the range contributes a loss of 0 and no gradient. Other
    losses (negative log likelihood, binary cross entropy, mean squared error)
    are compositions; see `dialects/Train/Transforms/Losses.h`.

    ```mlir
    %loss = nn.softmax_cross_entropy %y, %labels
       : (tensor<8x3xf32>, tensor<8xi64>) -> tensor<f32>
    ```
  }];
  let arguments = (ins NN_RealTensor:$logits, NN_IntegerTensor:$labels);
  let results = (outs NN_Tensor:$loss);
  let assemblyFormat = "$logits `,` $labels attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let gradCases = [GradCase<"%x: tensor<4x3xf64>",
      "nn.softmax_cross_entropy %x, %l : (tensor<4x3xf64>, tensor<4xi64>) -> tensor<f64>",
      "tensor<f64>">];
  let gradPrologue = "%l = arith.constant dense<[2, 0, 1, 2]> : tensor<4xi64>";
}

def NN_OneHotOp : NN_Op<"one_hot", [NN_Planning<["joinsConsumer"]>]> {
  let summary = "1 where the last axis' index equals the label, else 0";
  let description = [{
    The result has the shape of the labels and one more axis, whose extent is in
    the result type. A label outside the range gives a row of zeros.

    ```mlir
    %rows = nn.one_hot %labels : tensor<8xi64> -> tensor<8x3xf32>
    ```
  }];
  let arguments = (ins NN_IntegerTensor:$labels);
  let results = (outs NN_NumberTensor:$result);
  let assemblyFormat = "$labels attr-dict `:` type($labels) `->` type($result)";
  let hasVerifier = 1;
}

def NN_DropoutOp : NN_Op<"dropout", [NN_Gradient, RandomOpInterface,
    AllTypesMatch<["input", "result"]>,
    NN_Planning<["joinsConsumer"]>]> {
  let summary = "zeroes elements with probability `ratio`, scales the others";
  let description = [{
    Element i is kept if its random number in [0, 1) is not below `ratio`; kept
    elements are divided by 1 - ratio. The numbers come from the counter-based
    generator Philox-4x32-10 (Salmon et al., SC 2011): the key is `seed`, the
    128-bit counter holds i in its lower and `stream` in its upper half, and the
    number is the first word of the block divided by 2^32. The mask is not
    stored: the gradient is the same op on `dy`. `seed` is a rank-0 tensor of
    i64, which a training step reads from its random counter; dropouts of one
    step have different `stream`s.

    ```mlir
    %y = nn.dropout %x, %seed {ratio = 0.5, stream = 1 : i64} : tensor<8x4xf32>, tensor<i64>
    ```
  }];
  let arguments = (ins NN_RealTensor:$input, NN_Tensor:$seed,
                       F64Attr:$ratio, DefaultValuedAttr<I64Attr, "0">:$stream);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input `,` $seed attr-dict `:` type($input) `,` type($seed)";
  let hasVerifier = 1;
  let gradCases = [GradCase<"%x: tensor<4x8xf64>",
      "nn.dropout %x, %s {ratio = 0.25} : tensor<4x8xf64>, tensor<i64>",
      "tensor<4x8xf64>">];
  let gradPrologue = "%s = arith.constant dense<7> : tensor<i64>";
}

#endif // COPPICE_DIALECTS_NN_IR_NNSTRUCTURED_TD
