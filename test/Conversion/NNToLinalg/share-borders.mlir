// RUN: coppice-opt %s --convert-nn-to-linalg | FileCheck %s

// Two convolutions read %a with the same border of zeros: there is one. The
// pooling's border is of another content.
// CHECK-LABEL: func @readers
// CHECK: math.exp
// CHECK-COUNT-1: tensor.insert_slice
// CHECK: arith.constant 0xFF800000
// CHECK: tensor.insert_slice
// CHECK-NOT: tensor.insert_slice
func.func @readers(%x: tensor<1x8x8x4xf32>, %v: tensor<3x3x4x2xf32>, %w: tensor<3x3x4x6xf32>)
    -> (tensor<1x8x8x2xf32>, tensor<1x8x8x6xf32>, tensor<1x8x8x4xf32>) {
  %a = nn.exp %x : tensor<1x8x8x4xf32>
  %b = nn.conv2d %a, %v {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xf32>, tensor<3x3x4x2xf32>) -> tensor<1x8x8x2xf32>
  %c = nn.conv2d %a, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<1x8x8x6xf32>
  %d = nn.max_pool2d %a {kernel = array<i64: 3, 3>, pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32>
  return %b, %c, %d : tensor<1x8x8x2xf32>, tensor<1x8x8x6xf32>, tensor<1x8x8x4xf32>
}

// An argument is copied for each reader, so that no copy lives on between them.
// CHECK-LABEL: func @argument
// CHECK-COUNT-2: tensor.insert_slice
func.func @argument(%x: tensor<1x8x8x4xf32>, %v: tensor<3x3x4x2xf32>, %w: tensor<3x3x4x6xf32>)
    -> (tensor<1x8x8x2xf32>, tensor<1x8x8x6xf32>) {
  %b = nn.conv2d %x, %v {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xf32>, tensor<3x3x4x2xf32>) -> tensor<1x8x8x2xf32>
  %c = nn.conv2d %x, %w {pads = array<i64: 1, 1, 1, 1>} : (tensor<1x8x8x4xf32>, tensor<3x3x4x6xf32>) -> tensor<1x8x8x6xf32>
  return %b, %c : tensor<1x8x8x2xf32>, tensor<1x8x8x6xf32>
}
