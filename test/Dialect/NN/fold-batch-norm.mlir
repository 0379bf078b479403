// RUN: coppice-opt %s --nn-fold-batch-norm --split-input-file | FileCheck %s

// (x w + b - mean) (scale rsqrt(variance + epsilon)) + beta: the factors are 2
// and 1/2.
// CHECK-NOT: @mean
// CHECK-NOT: train.parameter @w :
// CHECK: train.parameter @w.folded : tensor<1x1x1x2xf32> = dense<{{.*}}[6.000000e+00, 2.500000e+00]{{.*}}>
// CHECK: train.parameter @w.shift : tensor<2xf32> = dense<[6.000000e+00, 5.000000e+00]>
train.parameter @w : tensor<1x1x1x2xf32> = dense<[[[[3.0, 5.0]]]]> : tensor<1x1x1x2xf32> {external_name = "w"}
train.parameter @b : tensor<2xf32> = dense<[1.0, 3.0]> : tensor<2xf32>
train.parameter @scale : tensor<2xf32> = dense<[4.0, 2.0]> : tensor<2xf32>
train.parameter @beta : tensor<2xf32> = dense<[10.0, 4.0]> : tensor<2xf32>
train.parameter @mean : tensor<2xf32> = dense<[3.0, 1.0]> : tensor<2xf32> {role = 1 : i32}
train.parameter @variance : tensor<2xf32> = dense<[3.0, 15.0]> : tensor<2xf32> {role = 1 : i32}

// CHECK-LABEL: func @batch_norm
// CHECK-DAG: %[[W:.*]] = train.read @w.folded
// CHECK-DAG: %[[B:.*]] = train.read @w.shift
// CHECK: %[[Y:.*]] = nn.conv2d %arg0, %[[W]], %[[B]]
// CHECK-NEXT: return %[[Y]]
func.func @batch_norm(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = train.read @w : tensor<1x1x1x2xf32>
  %b = train.read @b : tensor<2xf32>
  %scale = train.read @scale : tensor<2xf32>
  %beta = train.read @beta : tensor<2xf32>
  %mean = train.read @mean : tensor<2xf32>
  %variance = train.read @variance : tensor<2xf32>
  %epsilon = arith.constant dense<1.0> : tensor<f32>
  %0 = nn.conv2d %x, %w, %b : (tensor<1x4x4x1xf32>, tensor<1x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = nn.add %variance, %epsilon : tensor<2xf32>, tensor<f32>
  %2 = nn.rsqrt %1 : tensor<2xf32>
  %3 = nn.mul %scale, %2 : tensor<2xf32>, tensor<2xf32>
  %4 = nn.sub %0, %mean : tensor<1x4x4x2xf32>, tensor<2xf32>
  %5 = nn.mul %4, %3 : tensor<1x4x4x2xf32>, tensor<2xf32>
  %6 = nn.add %5, %beta : tensor<1x4x4x2xf32>, tensor<2xf32>
  return %6 : tensor<1x4x4x2xf32>
}

// -----

// Two functions that fold the same go on to share the weight.
// CHECK-COUNT-1: train.parameter @w.folded
// CHECK-NOT: train.parameter
train.parameter @w : tensor<2x2xf32> = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>

// CHECK-LABEL: func @one
// CHECK: train.read @w.folded
func.func @one(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = train.read @w : tensor<2x2xf32>
  %alpha = arith.constant dense<0.5> : tensor<f32>
  %0 = nn.matmul %x, %w : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
  %1 = nn.mul %0, %alpha : tensor<3x2xf32>, tensor<f32>
  return %1 : tensor<3x2xf32>
}

// CHECK-LABEL: func @two
// CHECK: train.read @w.folded
func.func @two(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = train.read @w : tensor<2x2xf32>
  %alpha = arith.constant dense<0.5> : tensor<f32>
  %0 = nn.matmul %x, %w : (tensor<3x2xf32>, tensor<2x2xf32>) -> tensor<3x2xf32>
  %1 = nn.mul %alpha, %0 : tensor<f32>, tensor<3x2xf32>
  return %1 : tensor<3x2xf32>
}
