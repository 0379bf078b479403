// A layer's weight and bias are found behind the ops that forward them, and the
// weight's channels keep their axis where a reshape leaves it. What scales and
// shifts a layer by parameters is no end of the search for its bias.
// RUN: split-file %s %t
// RUN: coppice-opt %t/model.mlir --train-build-step=update=%t/scheme.yaml | FileCheck %s
// RUN: not coppice-opt %t/model.mlir --train-build-step=update=%t/formed.yaml 2>&1 | FileCheck %s --check-prefix=FORMED

// CHECK: train.schemes = {a.bias = #train.update<full>, a.scale = #train.update<none>,
// CHECK-SAME: a.weight = #train.update<channels<1, [1, 3]>>,
// CHECK-SAME: b.weight = #train.update<none>,

// FORMED: formed.yaml:2:6: error: scheme: {{.*}}'b.weight'

//--- scheme.yaml
bias: [0]
weights:
  - {layer: 0, ratio: 0.5}
//--- formed.yaml
weights:
  - {layer: 1, ratio: 0.5}
//--- model.mlir
module attributes {train.model = "views"} {
  // Norms of the input channels, along axis 1: 1, 3, 2, 4.
  train.parameter @a.weight : tensor<1x4x2xf32> = dense<[[[1.0, 0.0], [0.0, 3.0], [2.0, 0.0], [0.0, 4.0]]]> : tensor<1x4x2xf32>
  train.parameter @a.scale : tensor<2xf32> = dense<2.0> : tensor<2xf32>
  train.parameter @a.bias : tensor<2xf32> = dense<0.0> : tensor<2xf32>
  train.parameter @b.weight : tensor<3x2xf32> = dense<1.0> : tensor<3x2xf32>
  train.parameter @head : tensor<3x5xf32> = dense<1.0> : tensor<3x5xf32>
  func.func @infer(%x: tensor<2x4xf32> {coppice.role = #coppice.role<input "x">}) -> (tensor<2x5xf32> {coppice.role = #coppice.role<output "y">})
      attributes {coppice.entry} {
    %w = train.read @a.weight : tensor<1x4x2xf32>
    %view = nn.reshape %w : tensor<1x4x2xf32> -> tensor<4x2xf32>
    %0 = nn.matmul %x, %view : (tensor<2x4xf32>, tensor<4x2xf32>) -> tensor<2x2xf32>
    %scale = train.read @a.scale : tensor<2xf32>
    %1 = nn.div %0, %scale : tensor<2x2xf32>, tensor<2xf32>
    %bias = train.read @a.bias : tensor<2xf32>
    %2 = nn.add %1, %bias : tensor<2x2xf32>, tensor<2xf32>
    // The axis of 2 input channels is one of 3 x 2 stored elements in between.
    %v = train.read @b.weight : tensor<3x2xf32>
    %formed = nn.reshape %v : tensor<3x2xf32> -> tensor<2x3xf32>
    %3 = nn.matmul %2, %formed : (tensor<2x2xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
    %h = train.read @head : tensor<3x5xf32>
    %4 = nn.matmul %3, %h : (tensor<2x3xf32>, tensor<3x5xf32>) -> tensor<2x5xf32>
    return %4 : tensor<2x5xf32>
  }
}
