// The published estimate: 8 x 4 x 4 mask bits and 8 biases of 32 bits for the
// layer with a trained bias; two of its three input channels at 8 bits; the
// classifier's 128 inputs at 8.
// RUN: coppice-opt %s --report-published-cost | FileCheck %s

train.parameter @w : tensor<3x3x3x8xf32> = dense<0.0> : tensor<3x3x3x8xf32>
train.parameter @b : tensor<8xf32> = dense<0.0> : tensor<8xf32>
train.parameter @head : tensor<128x10xf32> = dense<0.0> : tensor<128x10xf32>

// 128 + 256 + 4*4*2*8 + 8*2*9*8 + 128*8 = 2816.
// CHECK: func.func @train({{.*}}report.published_bits = 2816 : i64
func.func @train(%x: tensor<1x4x4x3xf32>, %l: tensor<1xi64>) -> (tensor<3x3x3x8xf32>, tensor<8xf32>) attributes {
    train.schemes = {b = #train.update<full>, head = #train.update<full>, w = #train.update<channels<2, [0, 2]>>}} {
  %w = train.read @w : tensor<3x3x3x8xf32>
  %b = train.read @b : tensor<8xf32>
  %h = train.read @head : tensor<128x10xf32>
  %0 = nn.conv2d %x, %w, %b {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x4x4x3xf32>, tensor<3x3x3x8xf32>, tensor<8xf32>) -> tensor<1x4x4x8xf32>
  %1 = nn.reshape %0 : tensor<1x4x4x8xf32> -> tensor<1x128xf32>
  %2 = nn.matmul %1, %h : (tensor<1x128xf32>, tensor<128x10xf32>) -> tensor<1x10xf32>
  %loss = nn.softmax_cross_entropy %2, %l : (tensor<1x10xf32>, tensor<1xi64>) -> tensor<f32>
  %dw, %db = train.gradient %loss wrt %w, %b : (tensor<f32>, tensor<3x3x3x8xf32>, tensor<8xf32>) -> (tensor<3x3x3x8xf32>, tensor<8xf32>)
  return %dw, %db : tensor<3x3x3x8xf32>, tensor<8xf32>
}
