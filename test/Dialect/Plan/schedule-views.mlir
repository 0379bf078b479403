// RUN: coppice-opt %s --plan-schedule --split-input-file | FileCheck %s

// A row of a tensor has no gaps: in another shape it is still a view. The 96
// bytes of %a and the 24 of the result are live at once.
// CHECK-LABEL: func @row
// CHECK-SAME: live_bytes = 120
func.func @row(%x: tensor<4x6xf32>) -> tensor<2x3xf32> {
  %a = nn.relu %x : tensor<4x6xf32>
  %s = tensor.extract_slice %a[1, 0] [1, 6] [1, 1] : tensor<4x6xf32> to tensor<6xf32>
  %r = nn.reshape %s : tensor<6xf32> -> tensor<2x3xf32>
  %b = nn.exp %r : tensor<2x3xf32>
  return %b : tensor<2x3xf32>
}

// -----

// A column with an axis less has gaps, yet no reshape bridges them here: the
// expansion of one axis keeps them.
// CHECK-LABEL: func @column
// CHECK-SAME: live_bytes = 112
func.func @column(%x: tensor<4x6xf32>) -> tensor<2x2xf32> {
  %a = nn.relu %x : tensor<4x6xf32>
  %s = tensor.extract_slice %a[0, 1] [4, 1] [1, 1] : tensor<4x6xf32> to tensor<4xf32>
  %r = nn.reshape %s : tensor<4xf32> -> tensor<2x2xf32>
  %b = nn.exp %r : tensor<2x2xf32>
  return %b : tensor<2x2xf32>
}

// -----

// Two columns cannot become one axis without a copy of 32 bytes, which is made
// when they are read.
// CHECK-LABEL: func @columns
// CHECK-SAME: live_bytes = 160
func.func @columns(%x: tensor<4x6xf32>) -> tensor<8xf32> {
  %a = nn.relu %x : tensor<4x6xf32>
  %s = tensor.extract_slice %a[0, 1] [4, 2] [1, 1] : tensor<4x6xf32> to tensor<4x2xf32>
  %r = nn.reshape %s : tensor<4x2xf32> -> tensor<8xf32>
  %b = nn.exp %r : tensor<8xf32>
  return %b : tensor<8xf32>
}

// -----

// Values of unknown shape count nothing, and are no reason to fail.
// CHECK-LABEL: func @unknown
// CHECK-SAME: live_bytes = 16
func.func @unknown(%x: tensor<*xf32>, %y: tensor<4x?xf32>) -> (tensor<4xf32>, tensor<?xf32>) {
  %c = tensor.cast %x : tensor<*xf32> to tensor<4xf32>
  %b = nn.exp %c : tensor<4xf32>
  %d = tensor.collapse_shape %y [[0, 1]] : tensor<4x?xf32> into tensor<?xf32>
  return %b, %d : tensor<4xf32>, tensor<?xf32>
}
