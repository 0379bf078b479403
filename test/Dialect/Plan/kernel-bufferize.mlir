// RUN: coppice-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" --cse --canonicalize | FileCheck %s

// A kernel writes its outs: the fresh one, then the operand that dies. Nothing
// is copied, and only the fresh one is allocated.
// CHECK-LABEL: func @in_place
// CHECK-SAME: (%[[X:.*]]: memref<8xf32>, %[[Y:.*]]: memref<8xf32>)
// CHECK: %[[A:.*]] = memref.alloc()
// CHECK-NOT: alloc
// CHECK: plan.kernel ins(%[[X]] : memref<8xf32>) outs(%[[A]] : memref<8xf32>) {
// CHECK-NEXT: ^bb0(%in0: memref<8xf32>, %out0: memref<8xf32>):
// CHECK-NEXT: linalg.exp ins(%in0 : memref<8xf32>) outs(%out0 : memref<8xf32>)
// CHECK-NEXT: plan.yield
// CHECK-NEXT: }
// CHECK: plan.kernel ins(%[[Y]] : memref<8xf32>) outs(%[[A]] : memref<8xf32>) {
// CHECK: linalg.add ins(%in0, %out0 : memref<8xf32>, memref<8xf32>) outs(%out0 : memref<8xf32>)
// CHECK-NOT: copy
// CHECK: return %[[A]]
func.func @in_place(%x: tensor<8xf32>, %y: tensor<8xf32>) -> tensor<8xf32> {
  %buffer = bufferization.alloc_tensor() : tensor<8xf32>
  %a = plan.kernel ins(%x : tensor<8xf32>) outs(%buffer : tensor<8xf32>) {
  ^bb0(%in0: tensor<8xf32>, %out0: tensor<8xf32>):
    %0 = linalg.exp ins(%in0 : tensor<8xf32>) outs(%out0 : tensor<8xf32>) -> tensor<8xf32>
    %1 = bufferization.materialize_in_destination %0 in %out0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    plan.yield %1 : tensor<8xf32>
  } -> tensor<8xf32>
  %b = plan.kernel ins(%y : tensor<8xf32>) outs(%a : tensor<8xf32>) {
  ^bb0(%in0: tensor<8xf32>, %out0: tensor<8xf32>):
    %0 = linalg.add ins(%in0, %out0 : tensor<8xf32>, tensor<8xf32>) outs(%out0 : tensor<8xf32>) -> tensor<8xf32>
    %1 = bufferization.materialize_in_destination %0 in %out0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    plan.yield %1 : tensor<8xf32>
  } -> tensor<8xf32>
  return %b : tensor<8xf32>
}

// A part of a larger buffer: the layout reaches the body.
// CHECK-LABEL: func @part
// CHECK: plan.kernel {{.*}} outs(%{{.*}} : memref<4xf32, strided<[1], offset: 2>>)
// CHECK-NEXT: ^bb0(%in0: memref<4xf32>, %out0: memref<4xf32, strided<[1], offset: 2>>)
// CHECK-NOT: copy
// CHECK: return
func.func @part(%x: tensor<4xf32>) -> tensor<8xf32> {
  %buffer = bufferization.alloc_tensor() : tensor<8xf32>
  %slice = tensor.extract_slice %buffer[2] [4] [1] : tensor<8xf32> to tensor<4xf32>
  %a = plan.kernel ins(%x : tensor<4xf32>) outs(%slice : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<4xf32>):
    %0 = linalg.exp ins(%in0 : tensor<4xf32>) outs(%out0 : tensor<4xf32>) -> tensor<4xf32>
    %1 = bufferization.materialize_in_destination %0 in %out0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    plan.yield %1 : tensor<4xf32>
  } -> tensor<4xf32>
  %whole = tensor.insert_slice %a into %buffer[2] [4] [1] : tensor<4xf32> into tensor<8xf32>
  return %whole : tensor<8xf32>
}

// Kernels write parts of one buffer, and one reads a part while it writes
// another: no copy.
// CHECK-LABEL: func @assemble
// CHECK-COUNT-1: memref.alloc
// CHECK: plan.kernel
// CHECK: plan.kernel
// CHECK-NOT: memref.alloc
// CHECK-NOT: copy
// CHECK: return
func.func @assemble(%x: tensor<4xf32>) -> tensor<8xf32> {
  %base = bufferization.alloc_tensor() : tensor<8xf32>
  %low = tensor.extract_slice %base[0] [4] [1] : tensor<8xf32> to tensor<4xf32>
  %a = plan.kernel ins(%x : tensor<4xf32>) outs(%low : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<4xf32>):
    %0 = linalg.exp ins(%in0 : tensor<4xf32>) outs(%out0 : tensor<4xf32>) -> tensor<4xf32>
    %1 = bufferization.materialize_in_destination %0 in %out0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    plan.yield %1 : tensor<4xf32>
  } -> tensor<4xf32>
  %high = tensor.extract_slice %base[4] [4] [1] : tensor<8xf32> to tensor<4xf32>
  %b = plan.kernel ins(%a : tensor<4xf32>) outs(%high : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<4xf32>):
    %0 = linalg.exp ins(%in0 : tensor<4xf32>) outs(%out0 : tensor<4xf32>) -> tensor<4xf32>
    %1 = bufferization.materialize_in_destination %0 in %out0 : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    plan.yield %1 : tensor<4xf32>
  } -> tensor<4xf32>
  %c = plan.assemble %base with %a, %b : tensor<8xf32>, tensor<4xf32>, tensor<4xf32>
  return %c : tensor<8xf32>
}

// Kernels begin parts of one buffer, and fill them only partly: each reads the
// rest of its own part, not what the other writes.
// CHECK-LABEL: func @begun_parts
// CHECK-NOT: memref.alloc
// CHECK-COUNT-2: plan.kernel
// CHECK-NOT: memref.alloc
// CHECK: return
func.func @begun_parts(%x: tensor<1xf32>, %y: tensor<6xf32> {bufferization.writable = true}) -> tensor<6xf32> {
  %last = tensor.extract_slice %y[3] [2] [1] : tensor<6xf32> to tensor<2xf32>
  %a = plan.kernel ins(%x : tensor<1xf32>) outs(%last : tensor<2xf32>) {
  ^bb0(%in0: tensor<1xf32>, %out0: tensor<2xf32>):
    %0 = tensor.insert_slice %in0 into %out0[0] [1] [1] : tensor<1xf32> into tensor<2xf32>
    plan.yield %0 : tensor<2xf32>
  } -> tensor<2xf32>
  %first = tensor.extract_slice %y[0] [3] [1] : tensor<6xf32> to tensor<3xf32>
  %b = plan.kernel ins(%x : tensor<1xf32>) outs(%first : tensor<3xf32>) {
  ^bb0(%in0: tensor<1xf32>, %out0: tensor<3xf32>):
    %0 = tensor.insert_slice %in0 into %out0[0] [1] [1] : tensor<1xf32> into tensor<3xf32>
    plan.yield %0 : tensor<3xf32>
  } -> tensor<3xf32>
  %whole = plan.assemble %y with %b, %a : tensor<6xf32>, tensor<3xf32>, tensor<2xf32>
  return %whole : tensor<6xf32>
}
