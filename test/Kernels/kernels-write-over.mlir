// RUN: coppice-opt %s --kernels-write-over | FileCheck %s
// RUN: coppice-opt %s --coppice-bufferize | FileCheck %s --check-prefix=BUFFERS

// The powers of a softmax write over the input, which the body reads through
// the out, and the quotients over the powers.
// CHECK-LABEL: func @overwritten
// CHECK: %[[P:.*]] = linalg.generic {{.*}} ins(%out0, %{{.*}}) outs(%out0 :
// CHECK: linalg.generic {{.*}} ins(%[[P]], %{{.*}}) outs(%[[P]] :
// BUFFERS-LABEL: func @overwritten
// BUFFERS-COUNT-2: memref.alloc() {{.*}} : memref<4xf32>
// BUFFERS-NOT: memref.alloc
// BUFFERS-NOT: memref.copy
#all = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>
func.func @overwritten(%y: tensor<4x8xf32> {bufferization.writable = true}) -> tensor<4x8xf32> {
  %r = plan.kernel outs(%y : tensor<4x8xf32>) {
  ^bb0(%out0: tensor<4x8xf32>):
    %lowest = arith.constant 0xFF800000 : f32
    %zero = arith.constant 0.0 : f32
    %e0 = tensor.empty() : tensor<4xf32>
    %f0 = linalg.fill ins(%lowest : f32) outs(%e0 : tensor<4xf32>) -> tensor<4xf32>
    %max = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]} ins(%out0 : tensor<4x8xf32>) outs(%f0 : tensor<4xf32>) {
    ^bb1(%a: f32, %b: f32):
      %s = arith.maximumf %a, %b : f32
      linalg.yield %s : f32
    } -> tensor<4xf32>
    %e1 = tensor.empty() : tensor<4x8xf32>
    %powers = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]} ins(%out0, %max : tensor<4x8xf32>, tensor<4xf32>) outs(%e1 : tensor<4x8xf32>) {
    ^bb1(%a: f32, %b: f32, %c: f32):
      %d = arith.subf %a, %b : f32
      %s = math.exp %d : f32
      linalg.yield %s : f32
    } -> tensor<4x8xf32>
    %e2 = tensor.empty() : tensor<4xf32>
    %f2 = linalg.fill ins(%zero : f32) outs(%e2 : tensor<4xf32>) -> tensor<4xf32>
    %sum = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]} ins(%powers : tensor<4x8xf32>) outs(%f2 : tensor<4xf32>) {
    ^bb1(%a: f32, %b: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
    } -> tensor<4xf32>
    %e3 = tensor.empty() : tensor<4x8xf32>
    %quotient = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]} ins(%powers, %sum : tensor<4x8xf32>, tensor<4xf32>) outs(%e3 : tensor<4x8xf32>) {
    ^bb1(%a: f32, %b: f32, %c: f32):
      %s = arith.divf %a, %b : f32
      linalg.yield %s : f32
    } -> tensor<4x8xf32>
    %m = bufferization.materialize_in_destination %quotient in %out0 : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
    plan.yield %m : tensor<4x8xf32>
  } -> tensor<4x8xf32>
  return %r : tensor<4x8xf32>
}

// The body reads other elements of the operand than the one that it writes: the
// result has a tensor of its own.
// CHECK-LABEL: func @read_elsewhere
// BUFFERS-LABEL: func @read_elsewhere
// CHECK: %[[A:.*]] = linalg.generic
// CHECK: %[[E:.*]] = tensor.empty()
// CHECK: linalg.generic {{.*}} ins(%[[A]] : tensor<8xf32>) outs(%[[E]] :
#one = affine_map<(i) -> (i)>
func.func @read_elsewhere(%x: tensor<8xf32>, %y: tensor<8xf32> {bufferization.writable = true}) -> tensor<8xf32> {
  %r = plan.kernel ins(%x : tensor<8xf32>) outs(%y : tensor<8xf32>) {
  ^bb0(%in0: tensor<8xf32>, %out0: tensor<8xf32>):
    %c7 = arith.constant 7 : index
    %e0 = tensor.empty() : tensor<8xf32>
    %a = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%in0 : tensor<8xf32>) outs(%e0 : tensor<8xf32>) {
    ^bb1(%v: f32, %o: f32):
      %s = math.exp %v : f32
      linalg.yield %s : f32
    } -> tensor<8xf32>
    %e1 = tensor.empty() : tensor<8xf32>
    %b = linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]} ins(%a : tensor<8xf32>) outs(%e1 : tensor<8xf32>) {
    ^bb1(%v: f32, %o: f32):
      %i = linalg.index 0 : index
      %j = arith.subi %c7, %i : index
      %w = tensor.extract %a[%j] : tensor<8xf32>
      %s = arith.addf %v, %w : f32
      linalg.yield %s : f32
    } -> tensor<8xf32>
    %m = bufferization.materialize_in_destination %b in %out0 : (tensor<8xf32>, tensor<8xf32>) -> tensor<8xf32>
    plan.yield %m : tensor<8xf32>
  } -> tensor<8xf32>
  return %r : tensor<8xf32>
}
