// RUN: coppice-opt %s --verify-roundtrip | FileCheck %s

// CHECK: train.parameter @w : tensor<2xf32> = dense<1.000000e+00> : tensor<2xf32> {external_name = "fc.w"}
train.parameter @w : tensor<2xf32> = dense<1.0> : tensor<2xf32> {external_name = "fc.w"}

// CHECK-LABEL: func @step
func.func @step(%x: tensor<2xf32>, %lr: tensor<f32>, %t: tensor<i64>, %m: tensor<2xf32>) -> tensor<f32> {
  %w = train.read @w : tensor<2xf32>
  %y = nn.mul %x, %w : tensor<2xf32>, tensor<2xf32>
  %loss = nn.reduce sum %y {axes = array<i64: 0>} : (tensor<2xf32>) -> tensor<f32>
  // CHECK: train.gradient %{{.*}} wrt %{{.*}} : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
  %g = train.gradient %loss wrt %w : (tensor<f32>, tensor<2xf32>) -> tensor<2xf32>
  // CHECK: train.update #train.sgd<momentum = 9.000000e-01>
  %w1, %m1 = train.update #train.sgd<momentum = 0.9> %w, %g, %lr, %t, %m
    : (tensor<2xf32>, tensor<2xf32>, tensor<f32>, tensor<i64>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
  train.write %w1, @w : tensor<2xf32>
  return %loss : tensor<f32>
}
