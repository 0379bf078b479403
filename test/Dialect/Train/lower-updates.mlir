// RUN: coppice-opt %s --train-lower-updates --canonicalize | FileCheck %s

// CHECK-LABEL: func @sgd
// CHECK-SAME: %[[W:.*]]: tensor<8xf32>, %[[G:.*]]: tensor<8xf32>, %[[LR:.*]]: tensor<f32>
func.func @sgd(%w: tensor<8xf32>, %g: tensor<8xf32>, %lr: tensor<f32>, %t: tensor<i64>) -> tensor<8xf32> {
  // CHECK: %[[D:.*]] = nn.mul %[[LR]], %[[G]]
  // CHECK: %[[W1:.*]] = nn.sub %[[W]], %[[D]]
  // CHECK: return %[[W1]]
  %w1 = train.update #train.sgd<> %w, %g, %lr, %t
    : (tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<i64>) -> tensor<8xf32>
  return %w1 : tensor<8xf32>
}

// CHECK-LABEL: func @nesterov
// CHECK-SAME: %[[W:.*]]: tensor<8xf32>, %[[G:.*]]: tensor<8xf32>, %[[LR:.*]]: tensor<f32>, %{{.*}}: tensor<i64>, %[[M:.*]]: tensor<8xf32>
func.func @nesterov(%w: tensor<8xf32>, %g: tensor<8xf32>, %lr: tensor<f32>, %t: tensor<i64>, %m: tensor<8xf32>)
    -> (tensor<8xf32>, tensor<8xf32>) {
  // CHECK: %[[MM:.*]] = nn.mul %[[M]], %{{.*}}
  // CHECK: %[[M1:.*]] = nn.add %[[MM]], %[[G]]
  // CHECK: %[[AHEAD:.*]] = nn.mul %[[M1]], %{{.*}}
  // CHECK: %[[D:.*]] = nn.add %[[G]], %[[AHEAD]]
  // CHECK: %[[S:.*]] = nn.mul %[[LR]], %[[D]]
  // CHECK: %[[W1:.*]] = nn.sub %[[W]], %[[S]]
  // CHECK: return %[[W1]], %[[M1]]
  %w1, %m1 = train.update #train.sgd<momentum = 0.9, nesterov = true> %w, %g, %lr, %t, %m
    : (tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<i64>, tensor<8xf32>) -> (tensor<8xf32>, tensor<8xf32>)
  return %w1, %m1 : tensor<8xf32>, tensor<8xf32>
}

// CHECK-LABEL: func @adamw
// CHECK-NOT: train.update
// CHECK: nn.pow
// CHECK: nn.sqrt
func.func @adamw(%w: tensor<8xf32>, %g: tensor<8xf32>, %lr: tensor<f32>, %t: tensor<i64>, %m: tensor<8xf32>, %v: tensor<8xf32>)
    -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>) {
  %w1, %m1, %v1 = train.update #train.adam<weight_decay = 0.01, decoupled = true> %w, %g, %lr, %t, %m, %v
    : (tensor<8xf32>, tensor<8xf32>, tensor<f32>, tensor<i64>, tensor<8xf32>, tensor<8xf32>)
    -> (tensor<8xf32>, tensor<8xf32>, tensor<8xf32>)
  return %w1, %m1, %v1 : tensor<8xf32>, tensor<8xf32>, tensor<8xf32>
}
