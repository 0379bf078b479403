// RUN: coppice-opt %s --kernels-tile="vector-bits=512 vector-registers=32" --canonicalize --cse --split-input-file | FileCheck %s

// The fill and the consumer run on the accumulators; rows of x are broadcast.
// CHECK-LABEL: func.func @matmul_bias_relu
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<16xf32>
// CHECK-NOT:     linalg
// CHECK:         scf.for %{{.*}} iter_args(%[[A:[a-z0-9]+]] = %[[ZERO]], %{{.*}} = %[[ZERO]]
// CHECK:           %[[X:.*]] = tensor.extract %{{.*}} : tensor<8x24xf32>
// CHECK:           %[[B:.*]] = vector.broadcast %[[X]] : f32 to vector<16xf32>
// CHECK:           %[[W:.*]] = vector.transfer_read %{{.*}} : tensor<24x16xf32>, vector<16xf32>
// CHECK:           vector.fma %[[B]], %[[W]], %[[A]]
// CHECK:         arith.addf
// CHECK:         arith.maximumf
// CHECK:         vector.transfer_write
// CHECK-NOT:     linalg
func.func @matmul_bias_relu(%x: tensor<8x24xf32>, %w: tensor<24x16xf32>,
                            %b: tensor<16xf32>) -> tensor<8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.empty() : tensor<8x16xf32>
  %1 = linalg.fill ins(%zero : f32) outs(%0 : tensor<8x16xf32>) -> tensor<8x16xf32>
  %2 = linalg.matmul ins(%x, %w : tensor<8x24xf32>, tensor<24x16xf32>)
      outs(%1 : tensor<8x16xf32>) -> tensor<8x16xf32>
  %3 = linalg.generic {
      indexing_maps = [affine_map<(m, n) -> (m, n)>, affine_map<(m, n) -> (n)>,
                       affine_map<(m, n) -> (m, n)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%2, %b : tensor<8x16xf32>, tensor<16xf32>) outs(%0 : tensor<8x16xf32>) {
  ^bb0(%a: f32, %c: f32, %out: f32):
    %s = arith.addf %a, %c : f32
    %r = arith.maximumf %s, %zero : f32
    linalg.yield %r : f32
  } -> tensor<8x16xf32>
  return %3 : tensor<8x16xf32>
}

// -----

// Both operands are contiguous along the reduction: its lanes are summed at the
// end, and the tail has a vector of its own.
// CHECK-LABEL: func.func @transposed_weights
// CHECK:         scf.for
// CHECK:           vector.transfer_read %{{.*}} : tensor<100xf32>, vector<16xf32>
// CHECK:           vector.transfer_read %{{.*}} : tensor<{{.*}}xf32>, vector<4xf32>
// CHECK:           vector.reduction <add>, %{{.*}} fastmath<reassoc> : vector<16xf32> into f32
// CHECK:           tensor.insert
func.func @transposed_weights(%x: tensor<1x100xf32>, %w: tensor<10x100xf32>,
                              %init: tensor<1x10xf32>) -> tensor<1x10xf32> {
  %0 = linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
                       affine_map<(m, n, k) -> (n, k)>,
                       affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<1x100xf32>, tensor<10x100xf32>)
      outs(%init : tensor<1x10xf32>) {
  ^bb0(%a: f32, %b: f32, %acc: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<1x10xf32>
  return %0 : tensor<1x10xf32>
}

// -----

// The window's column and the channel are one loop: neighbours in memory.
// CHECK-LABEL: func.func @convolution
// CHECK:         tensor.collapse_shape %{{.*}} {{\[\[}}0, 1], [2, 3]] : tensor<1x10x10x4xf32> into tensor<10x40xf32>
// CHECK:         tensor.collapse_shape %{{.*}} {{\[\[}}0], [1, 2], [3]] : tensor<3x3x4x16xf32> into tensor<3x12x16xf32>
// CHECK:         tensor.expand_shape
func.func @convolution(%x: tensor<1x10x10x4xf32>, %w: tensor<3x3x4x16xf32>)
    -> tensor<1x8x8x16xf32> {
  %zero = arith.constant 0.0 : f32
  %0 = tensor.empty() : tensor<1x8x8x16xf32>
  %1 = linalg.fill ins(%zero : f32) outs(%0 : tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  %2 = linalg.conv_2d_nhwc_hwcf
      ins(%x, %w : tensor<1x10x10x4xf32>, tensor<3x3x4x16xf32>)
      outs(%1 : tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>
  return %2 : tensor<1x8x8x16xf32>
}

// -----

// A kernel without a vector form is left to scalar loops.
// CHECK-LABEL: func.func @uses_index
// CHECK:         linalg.generic
func.func @uses_index(%x: tensor<7x5xf32>, %init: tensor<7xf32>) -> tensor<7xf32> {
  %0 = linalg.generic {
      indexing_maps = [affine_map<(m, k) -> (m, k)>, affine_map<(m, k) -> (m)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<7x5xf32>) outs(%init : tensor<7xf32>) {
  ^bb0(%a: f32, %acc: f32):
    %k = linalg.index 1 : index
    %i = arith.index_cast %k : index to i32
    %f = arith.sitofp %i : i32 to f32
    %p = arith.mulf %a, %f : f32
    %s = arith.addf %acc, %p : f32
    linalg.yield %s : f32
  } -> tensor<7xf32>
  return %0 : tensor<7xf32>
}
