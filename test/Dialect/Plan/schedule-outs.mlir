// RUN: coppice-opt %s --plan-form-kernels --plan-store-borders --plan-schedule | FileCheck %s

// The exponential dies at the logarithm, which takes its place; the body reads
// it through the out. The result becomes the content of an argument.
// CHECK-LABEL: func @in_place
// CHECK-SAME: %[[X:.*]]: tensor<4xf32>, %[[Y:.*]]: tensor<4xf32> {
// CHECK: %[[NEW:.*]] = bufferization.alloc_tensor() : tensor<4xf32>
// CHECK: %[[A:.*]] = plan.kernel ins(%[[X]] : tensor<4xf32>) outs(%[[NEW]] : tensor<4xf32>)
// CHECK: %[[B:.*]] = plan.kernel outs(%[[A]] : tensor<4xf32>)
// CHECK: nn.transpose %out0
// CHECK: %[[C:.*]] = plan.kernel ins(%[[B]] : tensor<4xf32>) outs(%[[Y]] : tensor<4xf32>)
// CHECK: return %[[C]]
func.func @in_place(%x: tensor<4xf32>, %y: tensor<4xf32> {bufferization.writable = true}) -> tensor<4xf32> {
  %a = plan.kernel ins(%x : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    %0 = nn.exp %in0 : tensor<4xf32>
    plan.yield %0 : tensor<4xf32>
  } -> tensor<4xf32>
  %b = plan.kernel ins(%a : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    %0 = nn.transpose %in0 {permutation = array<i64: 0>} : (tensor<4xf32>) -> tensor<4xf32>
    plan.yield %0 : tensor<4xf32>
  } {may_overwrite = array<i64: 0, 0>} -> tensor<4xf32>
  %c = plan.kernel ins(%b : tensor<4xf32>) {
  ^bb0(%in0: tensor<4xf32>):
    %0 = nn.log %in0 : tensor<4xf32>
    plan.yield %0 : tensor<4xf32>
  } -> tensor<4xf32>
  %d = bufferization.materialize_in_destination %c in %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %d : tensor<4xf32>
}

// One kernel makes both parts of the concatenation in slices of it. The
// argument is copied to its place by a kernel of its own.
// CHECK-LABEL: func @parts
// CHECK: %[[WHOLE:.*]] = bufferization.alloc_tensor() : tensor<2x20xf32>
// CHECK: %[[S0:.*]] = tensor.extract_slice %[[WHOLE]][0, 4] [2, 8] [1, 1]
// CHECK: %[[S1:.*]] = tensor.extract_slice %[[WHOLE]][0, 12] [2, 8] [1, 1]
// CHECK: %[[R:.*]]:2 = plan.kernel {{.*}} outs(%[[S0]], %[[S1]] :
// CHECK: %[[S2:.*]] = tensor.extract_slice %[[WHOLE]][0, 0] [2, 4] [1, 1]
// CHECK: %[[COPY:.*]] = plan.kernel {{.*}} outs(%[[S2]] :
// CHECK-NEXT: ^bb0
// CHECK-NEXT: materialize_in_destination %in0 in %out0
// CHECK: plan.assemble %[[WHOLE]] with %[[COPY]], %[[R]]#0, %[[R]]#1 :
func.func @parts(%x: tensor<2x4xf32>, %w: tensor<4x8xf32>) -> tensor<20x2xf32> {
  %a = nn.matmul %x, %w : (tensor<2x4xf32>, tensor<4x8xf32>) -> tensor<2x8xf32>
  %b = nn.relu %a : tensor<2x8xf32>
  %c = nn.concat %x, %a, %b {axis = 1 : i64} : (tensor<2x4xf32>, tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<2x20xf32>
  %d = nn.transpose %c {permutation = array<i64: 1, 0>} : (tensor<2x20xf32>) -> tensor<20x2xf32>
  return %d : tensor<20x2xf32>
}

// A kernel writes the border around the parts before the first part.
// CHECK-LABEL: func @frame
// CHECK: %[[WHOLE:.*]] = bufferization.alloc_tensor() : tensor<6x8xf32>
// CHECK: %[[FRAME:.*]] = plan.kernel outs(%[[WHOLE]] :
// CHECK: nn.pad %{{.*}} {high = array<i64: 0, 0>, low = array<i64: 6, 0>} : (tensor<0x8xf32>) -> tensor<6x8xf32>
// CHECK: tensor.extract_slice %[[FRAME]][1, 0] [2, 8] [1, 1]
// CHECK: %[[A:.*]] = plan.kernel
// CHECK: tensor.extract_slice %[[FRAME]][3, 0] [2, 8] [1, 1]
// CHECK: %[[B:.*]] = plan.kernel
// CHECK: plan.assemble %[[FRAME]] with %[[A]], %[[B]] :
func.func @frame(%x: tensor<2x8xf32>, %y: tensor<8x2xf32>) -> tensor<8x6xf32> {
  %a = nn.exp %x : tensor<2x8xf32>
  %b = nn.transpose %y {permutation = array<i64: 1, 0>} : (tensor<8x2xf32>) -> tensor<2x8xf32>
  %p = plan.kernel ins(%a, %b : tensor<2x8xf32>, tensor<2x8xf32>) {
  ^bb0(%in0: tensor<2x8xf32>, %in1: tensor<2x8xf32>):
    %c = nn.concat %in0, %in1 {axis = 0 : i64} : (tensor<2x8xf32>, tensor<2x8xf32>) -> tensor<4x8xf32>
    %0 = nn.pad %c {low = array<i64: 1, 0>, high = array<i64: 1, 0>} : (tensor<4x8xf32>) -> tensor<6x8xf32>
    plan.yield %0 : tensor<6x8xf32>
  } -> tensor<6x8xf32>
  %d = nn.transpose %p {permutation = array<i64: 1, 0>} : (tensor<6x8xf32>) -> tensor<8x6xf32>
  return %d : tensor<8x6xf32>
}
