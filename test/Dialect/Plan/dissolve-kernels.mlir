// RUN: coppice-opt %s --plan-dissolve-kernels | FileCheck %s

// The ops of a kernel stay next to each other, in its place; each result is the
// value that was yielded.
// CHECK-LABEL: func @results
// CHECK-SAME: (%[[X:.*]]: tensor<4xf32>, %[[W:.*]]: tensor<4xf32>)
// CHECK-NEXT: %[[A:.*]] = nn.exp %[[X]]
// CHECK-NEXT: %[[S:.*]] = nn.add %[[A]], %[[W]]
// CHECK-NEXT: %[[N:.*]] = nn.neg %[[A]]
// CHECK-NEXT: return %[[S]], %[[N]]
func.func @results(%x: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %k:2 = plan.kernel ins(%x, %w : tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>, %in1: tensor<4xf32>):
    %0 = nn.exp %in0 : tensor<4xf32>
    %1 = nn.add %0, %in1 : tensor<4xf32>, tensor<4xf32>
    plan.yield %1, %0 : tensor<4xf32>, tensor<4xf32>
  } -> tensor<4xf32>, tensor<4xf32>
  %n = nn.neg %k#1 : tensor<4xf32>
  return %k#0, %n : tensor<4xf32>, tensor<4xf32>
}

// On buffers the body reads and writes the kernel's operands.
// CHECK-LABEL: func @buffers
// CHECK-SAME: (%[[X:.*]]: memref<4xf32>, %[[Y:.*]]: memref<4xf32>)
// CHECK-NEXT: memref.copy %[[X]], %[[Y]]
// CHECK-NEXT: return
func.func @buffers(%x: memref<4xf32>, %y: memref<4xf32>) {
  plan.kernel ins(%x : memref<4xf32>) outs(%y : memref<4xf32>) {
  ^bb0(%in0: memref<4xf32>, %out0: memref<4xf32>):
    memref.copy %in0, %out0 : memref<4xf32> to memref<4xf32>
    plan.yield
  }
  return
}
