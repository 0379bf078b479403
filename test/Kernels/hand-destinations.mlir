// RUN: coppice-opt %s --kernels-write-over --kernels-hand-destinations | FileCheck %s
// RUN: coppice-opt %s --coppice-bufferize | FileCheck %s --check-prefix=BUFFERS

// A reshaped value is computed in the out, in its shape before the reshape.
// CHECK-LABEL: func @reshaped
// CHECK: %[[OUT:.*]] = tensor.collapse_shape %out0 {{.*}} into tensor<16xf32>
// CHECK: %[[V:.*]] = linalg.generic {{.*}} outs(%[[OUT]] :
// CHECK: %[[Y:.*]] = tensor.expand_shape %[[V]]
// CHECK: plan.yield %[[Y]]
// BUFFERS-LABEL: func @reshaped
// BUFFERS-NOT: memref.alloc
// BUFFERS-NOT: memref.copy
#id = affine_map<(i) -> (i)>
func.func @reshaped(%x: tensor<16xf32>, %y: tensor<2x8xf32> {bufferization.writable = true}) -> tensor<2x8xf32> {
  %r = plan.kernel ins(%x : tensor<16xf32>) outs(%y : tensor<2x8xf32>) {
  ^bb0(%in0: tensor<16xf32>, %out0: tensor<2x8xf32>):
    %e = tensor.empty() : tensor<16xf32>
    %v = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%in0 : tensor<16xf32>) outs(%e : tensor<16xf32>) {
    ^bb1(%a: f32, %b: f32):
      %s = arith.addf %a, %a : f32
      linalg.yield %s : f32
    } -> tensor<16xf32>
    %z = tensor.expand_shape %v [[0, 1]] output_shape [2, 8] : tensor<16xf32> into tensor<2x8xf32>
    %m = bufferization.materialize_in_destination %z in %out0 : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x8xf32>
    plan.yield %m : tensor<2x8xf32>
  } -> tensor<2x8xf32>
  return %r : tensor<2x8xf32>
}

// Insertions into a new tensor go into the out.
// CHECK-LABEL: func @assembled
// CHECK-NOT: tensor.empty() : tensor<4x8xf32>
// CHECK: %[[A:.*]] = tensor.insert_slice %{{.*}} into %out0[0, 0] [4, 4] [1, 2]
// CHECK: %[[B:.*]] = tensor.insert_slice %{{.*}} into %[[A]][0, 1] [4, 4] [1, 2]
// CHECK: plan.yield %[[B]]
// BUFFERS-LABEL: func @assembled
// BUFFERS-NOT: memref.alloc
// BUFFERS-NOT: memref.copy
func.func @assembled(%x: f32, %y: tensor<4x8xf32> {bufferization.writable = true}) -> tensor<4x8xf32> {
  %r = plan.kernel ins(%x : f32) outs(%y : tensor<4x8xf32>) {
  ^bb0(%in0: f32, %out0: tensor<4x8xf32>):
    %e = tensor.empty() : tensor<4x4xf32>
    %a = linalg.fill ins(%in0 : f32) outs(%e : tensor<4x4xf32>) -> tensor<4x4xf32>
    %w = tensor.empty() : tensor<4x8xf32>
    %w0 = tensor.insert_slice %a into %w[0, 0] [4, 4] [1, 2] : tensor<4x4xf32> into tensor<4x8xf32>
    %zero = arith.constant 0.0 : f32
    %e1 = tensor.empty() : tensor<4x4xf32>
    %b = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x4xf32>) -> tensor<4x4xf32>
    %w1 = tensor.insert_slice %b into %w0[0, 1] [4, 4] [1, 2] : tensor<4x4xf32> into tensor<4x8xf32>
    %m = bufferization.materialize_in_destination %w1 in %out0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
    plan.yield %m : tensor<4x8xf32>
  } -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// A loop fills the out.
// CHECK-LABEL: func @filled
// CHECK: %[[ZEROS:.*]] = linalg.fill {{.*}} outs(%out0 :
// CHECK: %[[V:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[ZEROS]])
// CHECK: plan.yield %[[V]]
// BUFFERS-LABEL: func @filled
// BUFFERS-NOT: memref.alloc
// BUFFERS-NOT: memref.copy
func.func @filled(%x: tensor<4xf32>, %y: tensor<8xf32> {bufferization.writable = true}) -> tensor<8xf32> {
  %r = plan.kernel ins(%x : tensor<4xf32>) outs(%y : tensor<8xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<8xf32>):
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c4 = arith.constant 4 : index
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<8xf32>
    %zeros = linalg.fill ins(%zero : f32) outs(%e : tensor<8xf32>) -> tensor<8xf32>
    %v = scf.for %i = %c0 to %c4 step %c1 iter_args(%t = %zeros) -> tensor<8xf32> {
      %a = tensor.extract %in0[%i] : tensor<4xf32>
      %j = arith.addi %i, %i : index
      %s = tensor.insert %a into %t[%j] : tensor<8xf32>
      scf.yield %s : tensor<8xf32>
    }
    %m = bufferization.materialize_in_destination %v in %out0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    plan.yield %m : tensor<8xf32>
  } -> tensor<8xf32>
  return %r : tensor<8xf32>
}

// Two ops write a part one after the other, and the part, without its axis of one
// element, is written at its place within the border.
// CHECK-LABEL: func @part
// CHECK: %[[ZEROS:.*]] = linalg.fill {{.*}} outs(%out0 :
// CHECK: %[[PART:.*]] = tensor.extract_slice %[[ZEROS]][0, 1] [1, 4] [1, 1] : tensor<1x6xf32> to tensor<4xf32>
// CHECK: %[[A:.*]] = linalg.exp {{.*}} outs(%[[PART]] :
// CHECK: %[[B:.*]] = linalg.negf ins(%{{.*}}) outs(%[[A]] :
// CHECK: tensor.insert_slice %[[B]] into %[[ZEROS]][0, 1] [1, 4] [1, 1] : tensor<4xf32> into tensor<1x6xf32>
// BUFFERS-LABEL: func @part
// BUFFERS-NOT: memref.alloc
// BUFFERS-NOT: memref.copy
func.func @part(%x: tensor<4xf32>, %y: tensor<1x6xf32> {bufferization.writable = true}) -> tensor<1x6xf32> {
  %r = plan.kernel ins(%x : tensor<4xf32>) outs(%y : tensor<1x6xf32>) {
  ^bb0(%in0: tensor<4xf32>, %out0: tensor<1x6xf32>):
    %zero = arith.constant 0.0 : f32
    %e = tensor.empty() : tensor<4xf32>
    %a = linalg.exp ins(%in0 : tensor<4xf32>) outs(%e : tensor<4xf32>) -> tensor<4xf32>
    %b = linalg.negf ins(%in0 : tensor<4xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
    %c = tensor.expand_shape %b [[0, 1]] output_shape [1, 4] : tensor<4xf32> into tensor<1x4xf32>
    %w = tensor.empty() : tensor<1x6xf32>
    %zeros = linalg.fill ins(%zero : f32) outs(%w : tensor<1x6xf32>) -> tensor<1x6xf32>
    %p = tensor.insert_slice %c into %zeros[0, 1] [1, 4] [1, 1] : tensor<1x4xf32> into tensor<1x6xf32>
    %m = bufferization.materialize_in_destination %p in %out0 : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32>
    plan.yield %m : tensor<1x6xf32>
  } -> tensor<1x6xf32>
  return %r : tensor<1x6xf32>
}

#all = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// The sums are made after the last read of the out's old content alone.
// CHECK-LABEL: func @late
// CHECK: %[[A:.*]] = linalg.generic {{.*}} ins(%in0 : {{.*}}) outs(%{{[0-9]+}} :
// CHECK: linalg.generic {{.*}} ins(%[[A]], %{{.*}}) outs(%out0 :
// BUFFERS-LABEL: func @late
// BUFFERS-COUNT-1: memref.alloc() {{.*}} : memref<4x4xf32>
// BUFFERS-NOT: memref.copy
func.func @late(%x: tensor<4x4xf32>, %y: tensor<4x4xf32> {bufferization.writable = true}) -> tensor<4x4xf32> {
  %r = plan.kernel ins(%x : tensor<4x4xf32>) outs(%y : tensor<4x4xf32>) {
  ^bb0(%in0: tensor<4x4xf32>, %out0: tensor<4x4xf32>):
    %e0 = tensor.empty() : tensor<4x4xf32>
    %a = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel"]} ins(%in0 : tensor<4x4xf32>) outs(%e0 : tensor<4x4xf32>) {
    ^bb1(%b: f32, %c: f32):
      %s = math.exp %b : f32
      linalg.yield %s : f32
    } -> tensor<4x4xf32>
    %e2 = tensor.empty() : tensor<4xf32>
    %zero = arith.constant 0.0 : f32
    %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<4xf32>) -> tensor<4xf32>
    %sum = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]} ins(%out0 : tensor<4x4xf32>) outs(%f2 : tensor<4xf32>) {
    ^bb1(%b: f32, %c: f32):
      %s = arith.addf %b, %c : f32
      linalg.yield %s : f32
    } -> tensor<4xf32>
    %e1 = tensor.empty() : tensor<4x4xf32>
    %d = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]} ins(%a, %sum : tensor<4x4xf32>, tensor<4xf32>) outs(%e1 : tensor<4x4xf32>) {
    ^bb1(%b: f32, %c: f32, %o: f32):
      %s = arith.addf %b, %c : f32
      linalg.yield %s : f32
    } -> tensor<4x4xf32>
    %m = bufferization.materialize_in_destination %d in %out0 : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    plan.yield %m : tensor<4x4xf32>
  } -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}
