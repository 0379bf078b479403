// A mask gives the gradient's bits, at kinks and for NaN too.
// RUN: coppice-opt %s --train-autodiff --train-pack-masks | FileCheck %s
// RUN: coppice-opt %s --train-autodiff --train-pack-masks --train-lower-saved | coppice-run -
// RUN: coppice-opt %s --train-autodiff --train-pack-masks --train-lower-saved | coppice-run - --kernels
// CHECK: lowp.select_by_mask

func.func @relu6() {
  %x = arith.constant dense<[[0.0, -0.0, 6.0, 5.5, -1.0], [0x7FC00000, 1.0, 7.0, 3.0, 1.0e-40]]> : tensor<2x5xf32>
  %b = arith.constant dense<0.0> : tensor<2x5xf32>
  %s = nn.add %x, %b : tensor<2x5xf32>, tensor<2x5xf32>
  %y = nn.clip %s {low = 0.0, high = 6.0} : tensor<2x5xf32>
  %w = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, -9.0, 10.0]]> : tensor<2x5xf32>
  %z = nn.mul %y, %w : tensor<2x5xf32>, tensor<2x5xf32>
  %loss = nn.reduce sum %z {axes = array<i64: 0, 1>} : (tensor<2x5xf32>) -> tensor<f32>
  %g = train.gradient %loss wrt %b : (tensor<f32>, tensor<2x5xf32>) -> tensor<2x5xf32>
  %e = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 0.0], [0.0, 7.0, 0.0, -9.0, 10.0]]> : tensor<2x5xf32>
  check.expect_eq %g, %e : tensor<2x5xf32>
  return
}
