// RUN: coppice-opt %s --split-input-file --nn-propagate-layout --cse --canonicalize | FileCheck %s

// Transposes around a residual block cancel; those at its input stay.
// CHECK-LABEL: func @residual
// CHECK: %[[T:.*]] = nn.transpose %arg0
// CHECK: %[[C:.*]] = nn.conv2d %[[T]], %arg1
// CHECK: %[[A:.*]] = nn.add %[[C]], %[[T]]
// CHECK: %[[R:.*]] = nn.relu %[[A]]
// CHECK: nn.conv2d %[[R]], %arg1
// CHECK-COUNT-1: nn.transpose
// CHECK-NOT: nn.transpose
func.func @residual(%x: tensor<2x4x6x6xf32>, %w: tensor<1x1x4x4xf32>) -> tensor<2x4x6x6xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x4x6x6xf32>) -> tensor<2x6x6x4xf32>
  %1 = nn.conv2d %0, %w : (tensor<2x6x6x4xf32>, tensor<1x1x4x4xf32>) -> tensor<2x6x6x4xf32>
  %2 = nn.transpose %1 {permutation = array<i64: 0, 3, 1, 2>} : (tensor<2x6x6x4xf32>) -> tensor<2x4x6x6xf32>
  %3 = nn.add %2, %x : tensor<2x4x6x6xf32>, tensor<2x4x6x6xf32>
  %4 = nn.relu %3 : tensor<2x4x6x6xf32>
  %5 = nn.transpose %4 {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x4x6x6xf32>) -> tensor<2x6x6x4xf32>
  %6 = nn.conv2d %5, %w : (tensor<2x6x6x4xf32>, tensor<1x1x4x4xf32>) -> tensor<2x6x6x4xf32>
  %7 = nn.transpose %6 {permutation = array<i64: 0, 3, 1, 2>} : (tensor<2x6x6x4xf32>) -> tensor<2x4x6x6xf32>
  return %7 : tensor<2x4x6x6xf32>
}

// -----

// A vector per channel follows; axes are renamed.
// CHECK-LABEL: func @axes
// CHECK-SAME: %[[X:.*]]: tensor<2x6x5x4xf32>, %[[B:.*]]: tensor<4x1x1xf32>
// CHECK: %[[V:.*]] = nn.reshape %[[B]] : tensor<4x1x1xf32> -> tensor<1x1x1x4xf32>
// CHECK: %[[A:.*]] = nn.add %{{.*}}, %[[V]]
// CHECK: %[[P:.*]] = nn.pad %[[A]] {high = array<i64: 0, 0, 2, 0>, low = array<i64: 0, 1, 0, 0>}
// CHECK: %[[S:.*]] = nn.slice %[[P]] {starts = array<i64: 0, 0, 1, 2>, strides = array<i64: 1, 1, 2, 1>}
// CHECK: %[[C:.*]] = nn.concat %[[S]], %[[S]] {axis = 3 : i64}
// CHECK: %[[M:.*]] = nn.softmax %[[C]] {axis = 3 : i64}
// CHECK: %[[N:.*]] = nn.reduce mean %[[M]] {axes = array<i64: 1, 2>}
// CHECK: return %[[N]]
func.func @axes(%x: tensor<2x6x5x4xf32>, %b: tensor<4x1x1xf32>) -> tensor<2x4xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<2x6x5x4xf32>) -> tensor<2x4x6x5xf32>
  %1 = nn.exp %0 : tensor<2x4x6x5xf32>
  %2 = nn.log %1 : tensor<2x4x6x5xf32>
  %c = arith.constant dense<1.0> : tensor<f32>
  %v = nn.mul %b, %c : tensor<4x1x1xf32>, tensor<f32>
  %3 = nn.add %2, %v : tensor<2x4x6x5xf32>, tensor<4x1x1xf32>
  %4 = nn.pad %3 {low = array<i64: 0, 0, 1, 0>, high = array<i64: 0, 0, 0, 2>} : (tensor<2x4x6x5xf32>) -> tensor<2x4x7x7xf32>
  %5 = nn.slice %4 {starts = array<i64: 0, 2, 0, 1>, strides = array<i64: 1, 1, 1, 2>} : (tensor<2x4x7x7xf32>) -> tensor<2x2x7x3xf32>
  %6 = nn.concat %5, %5 {axis = 1 : i64} : (tensor<2x2x7x3xf32>, tensor<2x2x7x3xf32>) -> tensor<2x4x7x3xf32>
  %7 = nn.softmax %6 {axis = 1 : i64} : tensor<2x4x7x3xf32>
  %8 = nn.reduce mean %7 {axes = array<i64: 2, 3>} : (tensor<2x4x7x3xf32>) -> tensor<2x4xf32>
  return %8 : tensor<2x4xf32>
}

// -----

// Channels are split into groups, and axes of extent 1 come and go.
// CHECK-LABEL: func @reshapes
// CHECK: %[[A:.*]] = nn.reshape %arg0 : tensor<2x6x5x4xf32> -> tensor<2x6x5x2x2xf32>
// CHECK: nn.normalize %[[A]] {axes = array<i64: 1, 2, 4>, epsilon = 1.000000e-05 : f64}
// CHECK-NOT: nn.transpose
func.func @reshapes(%x: tensor<2x6x5x4xf32>) -> tensor<2x6x5x4xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<2x6x5x4xf32>) -> tensor<2x4x6x5xf32>
  %1 = nn.reshape %0 : tensor<2x4x6x5xf32> -> tensor<2x2x2x6x5xf32>
  %n:3 = nn.normalize %1 {axes = array<i64: 2, 3, 4>, epsilon = 1.0e-5} : (tensor<2x2x2x6x5xf32>) -> (tensor<2x2x2x6x5xf32>, tensor<2x2x1x1x1xf32>, tensor<2x2x1x1x1xf32>)
  %3 = nn.reshape %n#0 : tensor<2x2x2x6x5xf32> -> tensor<2x4x1x6x5xf32>
  %4 = nn.reshape %3 : tensor<2x4x1x6x5xf32> -> tensor<2x4x6x5xf32>
  %5 = nn.transpose %4 {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x4x6x5xf32>) -> tensor<2x6x5x4xf32>
  return %5 : tensor<2x6x5x4xf32>
}

// -----

// Elements move in a flatten of an image: the transpose stays. A swap of the
// last two axes is a flag of matmul.
// CHECK-LABEL: func @flatten
// CHECK: %[[T:.*]] = nn.transpose %arg0
// CHECK: %[[F:.*]] = nn.reshape %[[T]]
// CHECK: nn.matmul %[[F]], %arg1 {transpose_rhs}
func.func @flatten(%x: tensor<2x3x3x4xf32>, %w: tensor<5x36xf32>) -> tensor<2x5xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<2x3x3x4xf32>) -> tensor<2x4x3x3xf32>
  %1 = nn.reshape %0 : tensor<2x4x3x3xf32> -> tensor<2x36xf32>
  %2 = nn.transpose %w {permutation = array<i64: 1, 0>} : (tensor<5x36xf32>) -> tensor<36x5xf32>
  %3 = nn.matmul %1, %2 : (tensor<2x36xf32>, tensor<36x5xf32>) -> tensor<2x5xf32>
  return %3 : tensor<2x5xf32>
}

// -----

// Operands that disagree keep their layouts: no op moves back and forth.
// CHECK-LABEL: func @disagree
// CHECK-COUNT-2: nn.transpose
// CHECK: nn.add
func.func @disagree(%x: tensor<3x3x3xf32>, %y: tensor<3x3x3xf32>) -> tensor<3x3x3xf32> {
  %0 = nn.transpose %x {permutation = array<i64: 1, 0, 2>} : (tensor<3x3x3xf32>) -> tensor<3x3x3xf32>
  %1 = nn.transpose %y {permutation = array<i64: 0, 2, 1>} : (tensor<3x3x3xf32>) -> tensor<3x3x3xf32>
  %2 = nn.add %0, %1 : tensor<3x3x3xf32>, tensor<3x3x3xf32>
  %3 = nn.sub %2, %0 : tensor<3x3x3xf32>, tensor<3x3x3xf32>
  return %3 : tensor<3x3x3xf32>
}

// -----

// Tensors of one element fit any layout: an operand that cannot follow stays.
// CHECK-LABEL: func @one_element
// CHECK: nn.concat
func.func @one_element(%x: tensor<1x1x1x1xf32>, %z: tensor<1x1x1x1xf32>) -> tensor<1x1x1x2xf32> {
  %a = nn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x1x1x1xf32>) -> tensor<1x1x1x1xf32>
  %b = nn.concat %a, %z {axis = 3 : i64} : (tensor<1x1x1x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x1x1x2xf32>
  return %b : tensor<1x1x1x2xf32>
}
