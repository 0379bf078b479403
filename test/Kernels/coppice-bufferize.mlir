// RUN: coppice-opt %s --coppice-bufferize | FileCheck %s

// The result is computed in its destination; the input is not written.
// CHECK-LABEL: func @tied
// CHECK-SAME: (%[[X:.*]]: memref<4xf32>, %[[Y:.*]]: memref<4xf32>) {
func.func @tied(%x: tensor<4xf32>, %y: tensor<4xf32> {bufferization.writable = true}) -> tensor<4xf32> {
  // CHECK-NOT: memref.alloc
  // CHECK: linalg.exp ins(%[[X]] : memref<4xf32>) outs(%[[Y]] : memref<4xf32>)
  // CHECK-NOT: memref.copy
  // CHECK: return
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  %z = bufferization.materialize_in_destination %r in %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %z : tensor<4xf32>
}

// Without a destination the result is a new argument.
// CHECK-LABEL: func @untied
// CHECK-SAME: (%[[X:.*]]: memref<4xf32>, %[[Y:.*]]: memref<4xf32> {coppice.role = #coppice.role<output "y">}) {
func.func @untied(%x: tensor<4xf32>) -> (tensor<4xf32> {coppice.role = #coppice.role<output "y">}) {
  // CHECK: %[[A:.*]] = memref.alloc() {alignment = 64 : i64} : memref<4xf32>
  // CHECK: linalg.exp ins(%[[X]] : memref<4xf32>) outs(%[[A]] : memref<4xf32>)
  // CHECK: memref.copy %[[A]], %[[Y]]
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.exp ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
