// RUN: coppice-opt %s --train-build-step=batch-norm=train | FileCheck %s

// A layer that is applied twice updates its statistics twice: the second update
// starts from the result of the first.
// CHECK-LABEL: func.func @train
// CHECK: %[[OLD:.*]] = train.read @mean
// CHECK: %[[M1:.*]] = nn.reshape
// CHECK: %[[K1:.*]] = nn.mul %[[OLD]]
// CHECK: %[[FIRST:.*]] = nn.add %[[K1]]
// CHECK: %[[K2:.*]] = nn.mul %[[FIRST]]
// CHECK: %[[SECOND:.*]] = nn.add %[[K2]]
// CHECK: train.write %[[SECOND]], @mean
// CHECK-NOT: train.write {{.*}}@mean
train.parameter @w : tensor<3xf32> = dense<1.0> : tensor<3xf32>
train.parameter @mean : tensor<3xf32> = dense<0.0> : tensor<3xf32> {role = 1 : i32}
train.parameter @variance : tensor<3xf32> = dense<1.0> : tensor<3xf32> {role = 1 : i32}
func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %epsilon = arith.constant dense<1.0e-5> : tensor<f32>
  %w = train.read @w : tensor<3xf32>
  %mean = train.read @mean : tensor<3xf32>
  %variance = train.read @variance : tensor<3xf32>
  %shifted = nn.add %variance, %epsilon : tensor<3xf32>, tensor<f32>
  %deviation = nn.rsqrt %shifted : tensor<3xf32>
  %0 = nn.sub %x, %mean : tensor<2x3xf32>, tensor<3xf32>
  %1 = nn.mul %0, %deviation : tensor<2x3xf32>, tensor<3xf32>
  %2 = nn.mul %1, %w : tensor<2x3xf32>, tensor<3xf32>
  %3 = nn.sub %2, %mean : tensor<2x3xf32>, tensor<3xf32>
  %4 = nn.mul %3, %deviation : tensor<2x3xf32>, tensor<3xf32>
  return %4 : tensor<2x3xf32>
}
