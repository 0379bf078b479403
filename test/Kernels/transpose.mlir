// RUN: coppice-run %s
// RUN: coppice-run %s --kernels
// RUN: coppice-opt %s --target-attach=target=x86-64-v3 --convert-nn-to-linalg \
// RUN:   --coppice-bufferize --kernels-vectorize | FileCheck %s

// Square blocks are loaded by rows and transposed in registers; what is left
// over is gathered.
// CHECK-LABEL: func.func @transpose
// CHECK-COUNT-24: vector.shuffle %{{.*}} : vector<8xf32>, vector<8xf32>
// CHECK: vector.store %{{.*}} vector<8xf32>
func.func @transpose() {
  %c33 = arith.constant 33 : index
  %0 = tensor.empty() : tensor<20x33xf32>
  %x = linalg.generic {
      indexing_maps = [affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]} outs(%0 : tensor<20x33xf32>) {
  ^bb0(%out: f32):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %row = arith.muli %i, %c33 : index
    %at = arith.addi %row, %j : index
    %n = arith.index_cast %at : index to i32
    %v = arith.sitofp %n : i32 to f32
    linalg.yield %v : f32
  } -> tensor<20x33xf32>
  %1 = tensor.empty() : tensor<33x20xf32>
  %expected = linalg.generic {
      indexing_maps = [affine_map<(j, i) -> (j, i)>],
      iterator_types = ["parallel", "parallel"]} outs(%1 : tensor<33x20xf32>) {
  ^bb0(%out: f32):
    %j = linalg.index 0 : index
    %i = linalg.index 1 : index
    %row = arith.muli %i, %c33 : index
    %at = arith.addi %row, %j : index
    %n = arith.index_cast %at : index to i32
    %v = arith.sitofp %n : i32 to f32
    linalg.yield %v : f32
  } -> tensor<33x20xf32>
  %y = nn.transpose %x {permutation = array<i64: 1, 0>} : (tensor<20x33xf32>) -> tensor<33x20xf32>
  check.expect_almost_eq %y, %expected {tolerance = 0.0} : tensor<33x20xf32>
  check.expect_almost_eq %x, %x {tolerance = 0.0} : tensor<20x33xf32>
  return
}
