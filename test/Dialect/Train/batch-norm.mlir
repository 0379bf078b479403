// RUN: coppice-opt %s --train-build-step=batch-norm=train | FileCheck %s
// RUN: coppice-opt %s --train-build-step --train-batch-norm=momentum=0.75 | FileCheck %s --check-prefix=MOMENTUM
// RUN: coppice-opt %s --train-build-step | FileCheck %s --check-prefix=FROZEN

train.parameter @scale : tensor<3xf32> = dense<1.0> : tensor<3xf32>
train.parameter @mean : tensor<3xf32> = dense<0.0> : tensor<3xf32> {role = 1 : i32}
train.parameter @variance : tensor<3xf32> = dense<1.0> : tensor<3xf32> {role = 1 : i32, train.running_momentum = 0.5 : f64}

// Inference keeps the running statistics.
// CHECK-LABEL: func.func @infer
// CHECK-NOT: nn.normalize

// CHECK-LABEL: func.func @train
// CHECK-DAG: %[[X:.*]] = nn.dropout %arg0, %[[SEED:.*]] {ratio = 2.500000e-01 : f64}
// CHECK-DAG: %[[SEED]] = train.read @train.random
// CHECK: %[[Y:.*]], %[[MEAN:.*]], %[[VARIANCE:.*]] = nn.normalize %[[X]] {axes = array<i64: 0, 2, 3>, epsilon = {{.*}}} : {{.*}} -> (tensor<2x3x4x4xf32>, tensor<1x3x1x1xf32>, tensor<1x3x1x1xf32>)
// CHECK-NOT: nn.rsqrt
// CHECK: nn.mul %[[Y]], %{{.*}} : tensor<2x3x4x4xf32>, tensor<3x1x1xf32>
// CHECK: train.gradient %{{.*}} wrt %{{[0-9]*}} : (tensor<f32>, tensor<3xf32>)
// 0.9 of the old mean, 0.1 of the batch's.
// CHECK: %[[M:.*]] = nn.reshape %[[MEAN]] : tensor<1x3x1x1xf32> -> tensor<3xf32>
// CHECK: arith.constant dense<0.899999976>
// CHECK: %[[M1:.*]] = nn.add
// CHECK: train.write %[[M1]], @mean
// This statistic has a momentum of its own: 0.5 * 32 / 31 of the batch's
// variance, which is the biased one, is new.
// CHECK: %[[V:.*]] = nn.reshape %[[VARIANCE]]
// CHECK: arith.constant dense<5.161290e-01>
// CHECK: train.write %{{.*}}, @variance

// MOMENTUM: arith.constant dense<7.500000e-01>
// MOMENTUM: arith.constant dense<2.500000e-01>

// FROZEN-NOT: nn.normalize
// FROZEN-NOT: train.write %{{.*}}, @mean
func.func @infer(%x: tensor<2x3x4x4xf32>) -> tensor<2x3xf32> {
  %seed = arith.constant dense<0> : tensor<i64>
  %d = nn.dropout %x, %seed {ratio = 0.25} : tensor<2x3x4x4xf32>, tensor<i64>
  %epsilon = arith.constant dense<1.0e-5> : tensor<f32>
  %0 = train.read @scale : tensor<3xf32>
  %scale = nn.reshape %0 : tensor<3xf32> -> tensor<3x1x1xf32>
  %1 = train.read @mean : tensor<3xf32>
  %mean = nn.reshape %1 : tensor<3xf32> -> tensor<3x1x1xf32>
  %2 = train.read @variance : tensor<3xf32>
  %variance = nn.reshape %2 : tensor<3xf32> -> tensor<3x1x1xf32>
  %shifted = nn.add %variance, %epsilon : tensor<3x1x1xf32>, tensor<f32>
  %deviation = nn.rsqrt %shifted : tensor<3x1x1xf32>
  %factor = nn.mul %scale, %deviation : tensor<3x1x1xf32>, tensor<3x1x1xf32>
  %centred = nn.sub %d, %mean : tensor<2x3x4x4xf32>, tensor<3x1x1xf32>
  %y = nn.mul %centred, %factor : tensor<2x3x4x4xf32>, tensor<3x1x1xf32>
  %z = nn.relu %y : tensor<2x3x4x4xf32>
  %logits = nn.reduce mean %z {axes = array<i64: 2, 3>} : (tensor<2x3x4x4xf32>) -> tensor<2x3xf32>
  return %logits : tensor<2x3xf32>
}
