// RUN: coppice-opt %s --kernels-tie-once | FileCheck %s
// RUN: coppice-opt %s --coppice-bufferize | FileCheck %s --check-prefix=BUFFERS

// CHECK-LABEL: func @two_results
// CHECK-SAME: %{{.*}}: tensor<4xf32>, %[[X:.*]]: tensor<4xf32> {{.*}}, %[[Y:.*]]: tensor<4xf32> {
// The value is made in the first destination and copied from there.
// BUFFERS-LABEL: func @two_results
// BUFFERS-SAME: %{{.*}}: memref<4xf32>, %[[X:.*]]: memref<4xf32>, %[[Y:.*]]: memref<4xf32>)
func.func @two_results(%in: tensor<4xf32>, %x: tensor<4xf32> {bufferization.writable = true},
    %y: tensor<4xf32> {bufferization.writable = true}) -> (tensor<4xf32>, tensor<4xf32>) {
  %empty = tensor.empty() : tensor<4xf32>
  // CHECK: %[[V:.*]] = linalg.exp
  // BUFFERS-NOT: memref.alloc
  // BUFFERS: linalg.exp {{.*}} outs(%[[X]] : memref<4xf32>)
  %v = linalg.exp ins(%in : tensor<4xf32>) outs(%empty : tensor<4xf32>) -> tensor<4xf32>
  // CHECK: %[[A:.*]] = bufferization.materialize_in_destination %[[V]] in %[[X]]
  // CHECK: %[[B:.*]] = bufferization.materialize_in_destination %[[A]] in %[[Y]]
  // BUFFERS: memref.copy %[[X]], %[[Y]]
  %a = bufferization.materialize_in_destination %v in %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %b = bufferization.materialize_in_destination %v in %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  // CHECK: return %[[A]], %[[B]]
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}

// Different values keep their destinations.
// CHECK-LABEL: func @two_values
// CHECK-SAME: %[[U:.*]]: tensor<4xf32>, %[[V:.*]]: tensor<4xf32>, %[[X:.*]]: tensor<4xf32> {{.*}}, %[[Y:.*]]: tensor<4xf32> {
func.func @two_values(%u: tensor<4xf32>, %v: tensor<4xf32>, %x: tensor<4xf32> {bufferization.writable = true},
    %y: tensor<4xf32> {bufferization.writable = true}) -> (tensor<4xf32>, tensor<4xf32>) {
  // CHECK: materialize_in_destination %[[U]] in %[[X]]
  // CHECK: materialize_in_destination %[[V]] in %[[Y]]
  %a = bufferization.materialize_in_destination %u in %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %b = bufferization.materialize_in_destination %v in %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %a, %b : tensor<4xf32>, tensor<4xf32>
}
