// RUN: coppice-opt %s --train-build-step --train-build-gradients --train-remove-dropout | FileCheck %s

// Inference and gradients are evaluation; a step drops, by a counter of its own.
// CHECK-LABEL: func.func @infer
// CHECK-NOT: nn.dropout
// CHECK: nn.matmul %arg0
// CHECK-LABEL: func.func @gradients
// CHECK-NOT: nn.dropout
// CHECK-LABEL: func.func @train
// CHECK: %[[SEED:.*]] = train.read @train.random
// CHECK: nn.dropout %arg0, %[[SEED]]
// CHECK: %[[NEXT:.*]] = nn.add %[[SEED]], %{{.*}}
// CHECK: train.write %[[NEXT]], @train.random
train.parameter @w : tensor<3x3xf32> = dense<1.0> : tensor<3x3xf32>
func.func @infer(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  %w = train.read @w : tensor<3x3xf32>
  %seed = arith.constant dense<0> : tensor<i64>
  %d = nn.dropout %x, %seed {ratio = 0.5} : tensor<2x3xf32>, tensor<i64>
  %y = nn.matmul %d, %w : (tensor<2x3xf32>, tensor<3x3xf32>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}
