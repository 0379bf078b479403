//===- NNShape.td - Ops that move elements ------------------*- tablegen -*-===//
//
// Part of the Coppice project. SPDX-License-Identifier: Apache-2.0
//
//===----------------------------------------------------------------------===//

#ifndef COPPICE_DIALECTS_NN_IR_NNSHAPE_TD
#define COPPICE_DIALECTS_NN_IR_NNSHAPE_TD

include "dialects/NN/IR/NNBase.td"

def NN_ReshapeOp : NN_Op<"reshape", [NN_Gradient, OnCodes<"move", "operands">,
    NN_Planning<["getViewedOperand"]>]> {
  let summary = "the same elements in row-major order, in another shape";
  let description = NN_Example<
      "nn.reshape %x : tensor<2x6xf32> -> tensor<3x4xf32>">.text;
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let gradCases = [GradCase<"%x: tensor<2x6xf64>",
      "nn.reshape %x : tensor<2x6xf64> -> tensor<3x4xf64>", "tensor<3x4xf64>">];
}

def NN_TransposeOp : NN_InferredOp<"transpose", [NN_Gradient, OnCodes<"move", "operands">,
    NN_Planning<["joinsProducer", "readsInOrder"]>]> {
  let summary = "axis i of the result is axis permutation[i] of the input";
  let description = NN_Example<
      "nn.transpose %x {permutation = array<i64: 2, 0, 1>}"
      " : (tensor<2x3x4xf32>) -> tensor<4x2x3xf32>">.text;
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
  let gradCases = [GradCase<"%x: tensor<2x3x4xf64>",
      "nn.transpose %x {permutation = array<i64: 2, 0, 1>} : (tensor<2x3x4xf64>) -> tensor<4x2x3xf64>",
      "tensor<4x2x3xf64>">];
}

def NN_ConcatOp : NN_InferredOp<"concat", [NN_Gradient, OnCodes<"move", "operands">,
    NN_Planning<["getParts"]>]> {
  let summary = "operands one after the other along `axis`";
  let description = NN_Example<
      "nn.concat %a, %b {axis = 1 : i64}"
      " : (tensor<2x3xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>">.text;
  let arguments = (ins Variadic<NN_Tensor>:$inputs, I64Attr:$axis);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$inputs attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let gradCases = [GradCase<"%a: tensor<2x3xf64>, %b: tensor<2x1xf64>, %c: tensor<2x2xf64>",
      "nn.concat %a, %b, %c {axis = 1 : i64} : (tensor<2x3xf64>, tensor<2x1xf64>, tensor<2x2xf64>) -> tensor<2x6xf64>",
      "tensor<2x6xf64>">];
}

def NN_SliceOp : NN_Op<"slice", [NN_Gradient, OnCodes<"move", "operands">,
    NN_Planning<["getViewedOperand", "getViewSteps", "joinsConsumer"]>]> {
  let summary = "result[i] = input[starts + i strides], per axis";
  let description = [{
    The sizes are the result's extents. A stride must not be 0. With a negative
    stride, `starts` is the highest index that is taken. A split is imported as
    several slices.

    ```mlir
    %y = nn.slice %x {starts = array<i64: 1, 0>, strides = array<i64: 2, 3>}
       : (tensor<6x5xf32>) -> tensor<2x2xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$starts,
                       DenseI64ArrayAttr:$strides);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let gradCases = [
    GradCase<"%x: tensor<6x5xf64>",
      "nn.slice %x {starts = array<i64: 1, 0>, strides = array<i64: 2, 3>} : (tensor<6x5xf64>) -> tensor<2x2xf64>",
      "tensor<2x2xf64>">,
    GradCase<"%x: tensor<6x5xf64>",
      "nn.slice %x {starts = array<i64: 5, 1>, strides = array<i64: -2, 1>} : (tensor<6x5xf64>) -> tensor<3x2xf64>",
      "tensor<3x2xf64>">];
}

def NN_SliceGradOp : NN_Op<"slice_grad", [PlanningOpInterface]> {
  let summary = "gradient of slice: dy scattered into zeros of the input's shape";
  let description = NN_Example<
      "nn.slice_grad %dy {starts = array<i64: 1, 0>, strides = array<i64: 2, 3>}"
      " : (tensor<2x2xf32>) -> tensor<6x5xf32>">.text;
  let arguments = (ins NN_Tensor:$dy, DenseI64ArrayAttr:$starts,
                       DenseI64ArrayAttr:$strides);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$dy attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_PadMode : I32EnumAttr<"PadMode", "the values of padding", [
    I32EnumAttrCase<"constant", 0>, I32EnumAttrCase<"reflect", 1>,
    I32EnumAttrCase<"edge", 2>, I32EnumAttrCase<"wrap", 3>]> {
  let cppNamespace = "::coppice::nn";
}

def NN_PadOp : NN_InferredOp<"pad", [NN_Gradient, OnCodes<"move", "operandsAndZero">,
    NN_Planning<["getParts", "createFrame", "joinsConsumer"]>]> {
  let summary = "adds `low` elements before and `high` after, per axis";
  let description = [{
    Negative amounts crop. `value` is used by the mode `constant` alone.
    `reflect` mirrors the tensor without repeating its edge, `edge` repeats the
    edge, and `wrap` continues the tensor periodically.

    ```mlir
    %y = nn.pad %x {low = array<i64: 1, -1>, high = array<i64: 0, 2>}
       : (tensor<3x4xf32>) -> tensor<4x5xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$input, DenseI64ArrayAttr:$low,
                       DenseI64ArrayAttr:$high,
                       DefaultValuedAttr<NN_PadMode, "PadMode::constant">:$mode,
                       DefaultValuedAttr<F64Attr, "0.0">:$value);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let gradCases = [
    GradCase<"%x: tensor<3x4xf64>",
      "nn.pad %x {low = array<i64: 1, -1>, high = array<i64: 0, 2>} : (tensor<3x4xf64>) -> tensor<4x5xf64>",
      "tensor<4x5xf64>">,
    GradCase<"%x: tensor<3x4xf64>",
      "nn.pad %x {low = array<i64: 2, 1>, high = array<i64: 1, 2>, mode = 1 : i32} : (tensor<3x4xf64>) -> tensor<6x7xf64>",
      "tensor<6x7xf64>">,
    GradCase<"%x: tensor<3x4xf64>",
      "nn.pad %x {low = array<i64: 2, 1>, high = array<i64: 1, 2>, mode = 2 : i32} : (tensor<3x4xf64>) -> tensor<6x7xf64>",
      "tensor<6x7xf64>">,
    GradCase<"%x: tensor<3x4xf64>",
      "nn.pad %x {low = array<i64: 2, 1>, high = array<i64: 1, 2>, mode = 3 : i32} : (tensor<3x4xf64>) -> tensor<6x7xf64>",
      "tensor<6x7xf64>">];
}

def NN_ExpandOp : NN_Op<"expand", [NN_Gradient, OnCodes<"gather", "operands">,
    NN_Planning<["joinsConsumer"]>]> {
  let summary = "NumPy broadcast to the result's shape";
  let description = NN_Example<
      "nn.expand %x : tensor<3x1xf32> -> tensor<2x3x4xf32>">.text;
  let arguments = (ins NN_Tensor:$input);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
  let gradCases = [GradCase<"%x: tensor<3x1xf64>",
      "nn.expand %x : tensor<3x1xf64> -> tensor<2x3x4xf64>", "tensor<2x3x4xf64>">];
}

def NN_GatherOp : NN_InferredOp<"gather", [NN_Gradient, OnCodes<"gather", "operands">,
    NN_Planning<["joinsConsumer"]>]> {
  let summary = "takes slices at `indices` along `axis`";
  let description = [{
    The shape of the indices replaces the axis. A negative index counts from the
    end. An index outside the axis is clamped, so that no read leaves the tensor.

    ```mlir
    %y = nn.gather %x, %i {axis = 1 : i64}
       : (tensor<2x5x3xf32>, tensor<2x2xi64>) -> tensor<2x2x2x3xf32>
    ```
  }];
  let arguments = (ins NN_Tensor:$input, NN_IntegerTensor:$indices,
                       I64Attr:$axis);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input `,` $indices attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let gradCases = [GradCase<"%x: tensor<2x5x3xf64>",
      "nn.gather %x, %i {axis = 1 : i64} : (tensor<2x5x3xf64>, tensor<2x2xi64>) -> tensor<2x2x2x3xf64>",
      "tensor<2x2x2x3xf64>">];
  let gradPrologue = "%i = arith.constant dense<[[4, 0], [4, -2]]> : tensor<2x2xi64>";
}

def NN_GatherGradOp : NN_Op<"gather_grad", [PlanningOpInterface]> {
  let summary = "gradient of gather: dy's slices summed at their indices";
  let description = NN_Example<
      "nn.gather_grad %dy, %i {axis = 1 : i64}"
      " : (tensor<2x2x2x3xf32>, tensor<2x2xi64>) -> tensor<2x5x3xf32>">.text;
  let arguments = (ins NN_Tensor:$dy, NN_IntegerTensor:$indices,
                       I64Attr:$axis);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$dy `,` $indices attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

def NN_ResizeMode : I32EnumAttr<"ResizeMode", "interpolation", [
    I32EnumAttrCase<"nearest", 0>, I32EnumAttrCase<"linear", 1>]> {
  let cppNamespace = "::coppice::nn";
}
def NN_ResizeCoordinate : I32EnumAttr<"ResizeCoordinate",
    "input coordinate of an output index, as ONNX names them", [
    I32EnumAttrCase<"half_pixel", 0>, I32EnumAttrCase<"asymmetric", 1>,
    I32EnumAttrCase<"align_corners", 2>,
    I32EnumAttrCase<"pytorch_half_pixel", 3>,
    I32EnumAttrCase<"tf_half_pixel_for_nn", 4>]> {
  let cppNamespace = "::coppice::nn";
}
def NN_ResizeRounding : I32EnumAttr<"ResizeRounding",
    "rounding of a coordinate under `nearest`, as ONNX names them", [
    I32EnumAttrCase<"round_prefer_floor", 0>,
    I32EnumAttrCase<"round_prefer_ceil", 1>,
    I32EnumAttrCase<"floor", 2>, I32EnumAttrCase<"ceil", 3>]> {
  let cppNamespace = "::coppice::nn";
}

class NN_ResizeArgs {
  dag attributes = (ins
    DefaultValuedAttr<NN_ResizeMode, "ResizeMode::nearest">:$mode,
    DefaultValuedAttr<NN_ResizeCoordinate, "ResizeCoordinate::half_pixel">:$coordinate,
    DefaultValuedAttr<NN_ResizeRounding, "ResizeRounding::round_prefer_floor">:$rounding,
    DenseF64ArrayAttr:$scales);
}
def NN_ResizeAttributes : NN_ResizeArgs;

def NN_ResizeOp : NN_Op<"resize", [NN_Gradient, DeclareOpInterfaceMethods<CodesOpInterface>,
    NN_Planning<["joinsConsumer", "getScratch"]>]> {
  let summary = "resamples to the result's shape, axis by axis";
  let description = [{
    `scales` has one ratio of output to input per axis. The shapes do not
    determine it: ONNX computes coordinates from the ratio that the user gave.
    Axes with scale 1 do not change.

    ```mlir
    %y = nn.resize %x {mode = 1 : i32, scales = array<f64: 1.0, 2.0, 1.5, 1.0>}
       : (tensor<1x3x4x2xf32>) -> tensor<1x6x6x2xf32>
    ```
  }];
  let arguments = !con((ins NN_Tensor:$input),
                       NN_ResizeAttributes.attributes);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
  let gradCases = [
    GradCase<"%x: tensor<1x3x4x2xf64>",
      "nn.resize %x {scales = array<f64: 1.0, 2.0, 1.5, 1.0>} : (tensor<1x3x4x2xf64>) -> tensor<1x6x6x2xf64>",
      "tensor<1x6x6x2xf64>">,
    GradCase<"%x: tensor<1x3x4x2xf64>",
      "nn.resize %x {mode = 1 : i32, scales = array<f64: 1.0, 2.0, 1.5, 1.0>} : (tensor<1x3x4x2xf64>) -> tensor<1x6x6x2xf64>",
      "tensor<1x6x6x2xf64>">,
    // One case for each coordinate mode, with each rounding, and for linear.
    GradCase<"%x: tensor<5x4xf64>",
      "nn.resize %x {coordinate = 1 : i32, rounding = 1 : i32, scales = array<f64: 1.6, 0.5>} : (tensor<5x4xf64>) -> tensor<8x2xf64>",
      "tensor<8x2xf64>">,
    GradCase<"%x: tensor<5x4xf64>",
      "nn.resize %x {coordinate = 2 : i32, rounding = 2 : i32, scales = array<f64: 1.6, 0.5>} : (tensor<5x4xf64>) -> tensor<8x2xf64>",
      "tensor<8x2xf64>">,
    GradCase<"%x: tensor<5x4xf64>",
      "nn.resize %x {coordinate = 3 : i32, rounding = 3 : i32, scales = array<f64: 1.6, 0.25>} : (tensor<5x4xf64>) -> tensor<8x1xf64>",
      "tensor<8x1xf64>">,
    GradCase<"%x: tensor<5x4xf64>",
      "nn.resize %x {mode = 1 : i32, coordinate = 1 : i32, scales = array<f64: 1.6, 0.5>} : (tensor<5x4xf64>) -> tensor<8x2xf64>",
      "tensor<8x2xf64>">,
    GradCase<"%x: tensor<5x4xf64>",
      "nn.resize %x {mode = 1 : i32, coordinate = 2 : i32, scales = array<f64: 1.6, 0.5>} : (tensor<5x4xf64>) -> tensor<8x2xf64>",
      "tensor<8x2xf64>">,
    GradCase<"%x: tensor<5x4xf64>",
      "nn.resize %x {mode = 1 : i32, coordinate = 3 : i32, scales = array<f64: 1.6, 0.25>} : (tensor<5x4xf64>) -> tensor<8x1xf64>",
      "tensor<8x1xf64>">];
}

def NN_ResizeGradOp : NN_Op<"resize_grad", [NN_Planning<["getScratch"]>]> {
  let summary = "gradient of resize; the result has the input's shape";
  let description = NN_Example<
      "nn.resize_grad %dy {scales = array<f64: 1.0, 2.0, 1.5, 1.0>}"
      " : (tensor<1x6x6x2xf32>) -> tensor<1x3x4x2xf32>">.text;
  let arguments = !con((ins NN_Tensor:$dy),
                       NN_ResizeAttributes.attributes);
  let results = (outs NN_Tensor:$result);
  let assemblyFormat = "$dy attr-dict `:` functional-type(operands, results)";
  let hasVerifier = 1;
}

#endif // COPPICE_DIALECTS_NN_IR_NNSHAPE_TD
