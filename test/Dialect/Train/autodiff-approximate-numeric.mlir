// The approximate gradient of hard-swish is dy where x > 0 and 0 elsewhere, on
// floats and on codes, with a bit an element and without.
// RUN: coppice-opt %s --lowp-split-clamps --train-autodiff --train-lower-saved | coppice-run -
// RUN: coppice-opt %s --lowp-split-clamps --train-autodiff --train-pack-masks | FileCheck %s
// RUN: coppice-opt %s --lowp-split-clamps --train-autodiff --train-pack-masks --train-lower-saved | coppice-run -
// RUN: coppice-opt %s --lowp-split-clamps --train-autodiff --train-pack-masks --train-lower-saved | coppice-run - --kernels

// CHECK-LABEL: func @float
// CHECK: lowp.select_by_mask
func.func @float() attributes {train.approximate = ["hard-swish"]} {
  %x = arith.constant dense<[[0.0, -0.0, 6.0, 3.0, -1.0], [0x7FC00000, 1.0, -7.0, -3.0, 1.0e-30]]> : tensor<2x5xf32>
  %b = arith.constant dense<0.0> : tensor<2x5xf32>
  %s = nn.add %x, %b : tensor<2x5xf32>, tensor<2x5xf32>
  %y = nn.hard_swish %s : tensor<2x5xf32>
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, -9.0, 10.0]]> : tensor<2x5xf32>
  %z = nn.mul %y, %w : tensor<2x5xf32>, tensor<2x5xf32>
  %loss = nn.reduce sum %z {axes = array<i64: 0, 1>} : (tensor<2x5xf32>) -> tensor<f32>
  %g = train.gradient %loss wrt %b : (tensor<f32>, tensor<2x5xf32>) -> tensor<2x5xf32>
  %e = arith.constant dense<[[0.0, 0.0, 3.0, 4.0, 0.0], [0.0, 7.0, 0.0, 0.0, 10.0]]> : tensor<2x5xf32>
  check.expect_eq %g, %e : tensor<2x5xf32>
  return
}

!q = !quant.uniform<i8:f32, 0.25:3>

// Codes 3 and below stand for 0 and less. The last one leaves the range of its
// sum's codes: the clamp before hard-swish stops it.
// CHECK-LABEL: func @codes
// CHECK: lowp.select_by_mask
func.func @codes() attributes {train.approximate = ["hard-swish"]} {
  %codes = arith.constant dense<[3, 4, 2, -100, 60, 127]> : tensor<6xi8>
  %x = quant.scast %codes : tensor<6xi8> to tensor<6x!q>
  %one = arith.constant dense<[3, 3, 3, 3, 3, 10]> : tensor<6xi8>
  %b = quant.scast %one : tensor<6xi8> to tensor<6x!q>
  %s = nn.add %x, %b : tensor<6x!q>, tensor<6x!q>
  %y = nn.hard_swish %s : tensor<6x!q>
  %d = lowp.dequantize %y : tensor<6x!q> -> tensor<6xf32>
  %w = arith.constant dense<[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]> : tensor<6xf32>
  %z = nn.mul %d, %w : tensor<6xf32>, tensor<6xf32>
  %loss = nn.reduce sum %z {axes = array<i64: 0>} : (tensor<6xf32>) -> tensor<f32>
  %g = train.gradient %loss wrt %b : (tensor<f32>, tensor<6x!q>) -> tensor<6xf32>
  %e = arith.constant dense<[0.0, 2.0, 0.0, 0.0, 5.0, 0.0]> : tensor<6xf32>
  check.expect_eq %g, %e : tensor<6xf32>
  return
}
