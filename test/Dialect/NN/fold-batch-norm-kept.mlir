// RUN: coppice-opt %s --nn-fold-batch-norm | FileCheck %s

// Trained parameters are not folded: a gradient names @scale, and @w is
// written. A result with another user is not folded, nor is a factor that is
// not finite.
train.parameter @w : tensor<1x1x1x2xf32> = dense<1.0> : tensor<1x1x1x2xf32>
train.parameter @v : tensor<1x1x1x2xf32> = dense<1.0> : tensor<1x1x1x2xf32>
train.parameter @scale : tensor<2xf32> = dense<[4.0, 2.0]> : tensor<2xf32>
train.parameter @zero : tensor<2xf32> = dense<[0.0, 2.0]> : tensor<2xf32>

// CHECK-LABEL: func @trained_scale
// CHECK: nn.conv2d
// CHECK-NEXT: nn.mul
func.func @trained_scale(%x: tensor<1x2x2x1xf32>) -> tensor<2xf32> {
  %v = train.read @v : tensor<1x1x1x2xf32>
  %scale = train.read @scale : tensor<2xf32>
  %0 = nn.conv2d %x, %v : (tensor<1x2x2x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x2x2x2xf32>
  %1 = nn.mul %0, %scale : tensor<1x2x2x2xf32>, tensor<2xf32>
  %loss = nn.reduce sum %1 {axes = array<i64: 0, 1, 2, 3>} : (tensor<1x2x2x2xf32>) -> tensor<f32>
  %ds = train.gradient %loss wrt %scale : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
  return %ds : tensor<2xf32>
}

// CHECK-LABEL: func @written_weight
// CHECK: nn.conv2d
// CHECK-NEXT: nn.mul
func.func @written_weight(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %w = train.read @w : tensor<1x1x1x2xf32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %0 = nn.conv2d %x, %w : (tensor<1x2x2x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x2x2x2xf32>
  %1 = nn.mul %0, %two : tensor<1x2x2x2xf32>, tensor<f32>
  train.write %w, @w : tensor<1x1x1x2xf32>
  return %1 : tensor<1x2x2x2xf32>
}

// CHECK-LABEL: func @two_users
// CHECK: nn.conv2d
// CHECK-NEXT: nn.mul
func.func @two_users(%x: tensor<1x2x2x1xf32>) -> (tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>) {
  %v = train.read @v : tensor<1x1x1x2xf32>
  %two = arith.constant dense<2.0> : tensor<f32>
  %0 = nn.conv2d %x, %v : (tensor<1x2x2x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x2x2x2xf32>
  %1 = nn.mul %0, %two : tensor<1x2x2x2xf32>, tensor<f32>
  return %0, %1 : tensor<1x2x2x2xf32>, tensor<1x2x2x2xf32>
}

// CHECK-LABEL: func @not_finite
// CHECK: nn.conv2d
// CHECK: nn.div
func.func @not_finite(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %v = train.read @v : tensor<1x1x1x2xf32>
  %zero = train.read @zero : tensor<2xf32>
  %0 = nn.conv2d %x, %v : (tensor<1x2x2x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x2x2x2xf32>
  %1 = nn.div %0, %zero : tensor<1x2x2x2xf32>, tensor<2xf32>
  return %1 : tensor<1x2x2x2xf32>
}

// Along another axis than the channels.
// CHECK-LABEL: func @other_axis
// CHECK: nn.conv2d
// CHECK: nn.mul
func.func @other_axis(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x2xf32> {
  %v = train.read @v : tensor<1x1x1x2xf32>
  %rows = arith.constant dense<[[[2.0]], [[3.0]]]> : tensor<2x1x1xf32>
  %0 = nn.conv2d %x, %v : (tensor<1x2x2x1xf32>, tensor<1x1x1x2xf32>) -> tensor<1x2x2x2xf32>
  %1 = nn.mul %0, %rows : tensor<1x2x2x2xf32>, tensor<2x1x1xf32>
  return %1 : tensor<1x2x2x2xf32>
}
